"""Every error of Meta has one meaning: what to do next, in words for people."""

import json

import pytest

from connections.errors import (
    Misconfigured,
    NeedsReconnect,
    ObjectSkipped,
    RateLimited,
    TooMuchData,
    Transient,
)
from connections.providers.meta.errors import (
    BY_CODE,
    BY_SUBCODE,
    CursorRefused,
    FieldsRefused,
    PageTooBig,
    explain,
    limited_bucket,
)
from connections.providers.meta.faults import Fault
from connections.providers.meta.scrubbing import scrubber

SCRUB = scrubber("a-secret-token")
OF_CLASS = {
    "rate_limit_account": RateLimited,
    "rate_limit_endpoint": RateLimited,
    "reduce_data": TooMuchData,
    "transient": Transient,
    "transient_misc": Transient,
    "maybe_gone": ObjectSkipped,
    "reconnect": NeedsReconnect,
    "reconnect_checkpoint": NeedsReconnect,
    "permission": Misconfigured,
    "bad_object": ObjectSkipped,
    "config_field_removed": Misconfigured,
    "config_version": Misconfigured,
    "config_param": Misconfigured,
}


def meaning(fault):
    return RateLimited if limited_bucket(fault, account="act_42", app="app") else type(explain(fault))


def test_recorded_errors_mean_what_their_collectors_found(recordings_dir):
    lines = (recordings_dir / "meta/errors_and_headers/graph_errors.jsonl").read_text().splitlines()
    for line in map(json.loads, lines):
        fault = Fault.of(line["http_status"], line["body"], SCRUB)
        assert issubclass(meaning(fault), OF_CLASS[line["class"]]), line
    assert len(lines) == 24


def test_the_published_codes_of_insights_are_known(recordings_dir):
    table = json.loads((recordings_dir / "meta/errors_and_headers/insights_error_codes.json").read_text())
    actions = {row["subcode"]: meaning(Fault(400, row["code"], row["subcode"])) for row in table["rows"]}
    assert actions == {
        2490547: Transient,
        1504018: TooMuchData,
        1504022: RateLimited,
        1504038: TooMuchData,
        1504039: RateLimited,
        1504041: Misconfigured,
        1504042: Misconfigured,
        1504043: Transient,
        1504044: Transient,
        1487534: TooMuchData,
    }


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(400, 4), RateLimited),
        (Fault(400, 17, 2446079, is_transient=True), RateLimited),
        (Fault(400, 32), RateLimited),
        (Fault(400, 341), RateLimited),
        (Fault(400, 613, 1487742), RateLimited),
        *((Fault(400, code), RateLimited) for code in (*range(80000, 80007), 80008, 80009, 80014)),
        (Fault(500, 1, 99), Transient),
        (Fault(500, 1, message="Please reduce the amount of data you're asking for"), PageTooBig),
        (Fault(500, 2), Transient),
        (Fault(400, 100, message="Invalid parameter"), Misconfigured),
        (Fault(400, 100, message="Invalid appsecret_proof provided in the API argument"), Misconfigured),
        (Fault(400, 100, message="(#100) Invalid cursors values"), CursorRefused),
        (Fault(400, 100, message="(#100) param after must be a valid cursor"), CursorRefused),
        (Fault(400, 2642), CursorRefused),
        (Fault(400, 100, message="(#100) a, b_c are not valid for fields param. please"), FieldsRefused),
        (Fault(400, 100, 1487561), Misconfigured),
        *((Fault(400, 190, each), NeedsReconnect) for each in (None, 458, 459, 460, 463, 464, 467, 492, 493, 1)),
        *((Fault(400, code), Misconfigured) for code in (3, 10, 102, 200, 275, 299, 2635)),
        *((Fault(400, code), Transient) for code in (104, 960, -2, 31337)),
        (Fault(502, message="<html>"), Transient),
        (Fault(403, message="<html>"), Transient),
        (Fault(200, message=""), Transient),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else None,
)
def test_the_table(fault, error):
    found = meaning(fault)
    assert found is error or issubclass(found, error)


def test_every_meaning_speaks_to_people():
    for found in [*BY_SUBCODE.values(), *BY_CODE.values()]:
        assert found.sentence[0].isupper()
        assert found.sentence.endswith(".")
        assert not any(jargon in found.sentence for jargon in ("subcode", "OAuth", "HTTP", "#"))
        if issubclass(found.error, Misconfigured | NeedsReconnect):
            assert found.remedy.endswith(".")


def test_an_error_keeps_its_code_and_metas_words_for_people():
    body = {
        "error": {
            "code": 190,
            "error_subcode": "463",
            "message": "Session for a-secret-token expired",
            "error_user_title": "Sign in",
            "error_user_msg": "Please.",
            "fbtrace_id": "Abc",
        }
    }
    error = explain(Fault.of(400, body, SCRUB))
    assert error.code == "190/463"
    assert error.sentence == "The Meta sign-in has expired."
    assert error.original == "Session for [removed] expired - Sign in - Please. (trace Abc)"


def test_the_removed_fields_are_named():
    message = "(#100) store_visit_actions, cost_per_store_visit_action are not valid for fields param. please check"
    error = explain(Fault(400, 100, message=message))
    assert isinstance(error, FieldsRefused)
    assert error.fields == {"store_visit_actions", "cost_per_store_visit_action"}
    assert "store_visit_actions" in error.sentence


@pytest.mark.parametrize(
    "body",
    [
        None,
        "",
        "text",
        [],
        17,
        {"error": None},
        {"error": "text"},
        {"error": ["x"]},
        {"error": {}},
        {"error": {"code": "abc"}},
        {"error": {"code": {"a": 1}, "message": {"b": 2}}},
        {"error": {"code": float("inf"), "message": "x" * 10_000}},
    ],
    ids=repr,
)
def test_no_shape_of_an_error_breaks_us(body):
    error = explain(Fault.of(400, body, SCRUB))
    assert isinstance(error, Transient)
    assert len(error.original) <= 1100
