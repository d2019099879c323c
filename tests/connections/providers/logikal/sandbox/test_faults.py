"""What goes wrong on request: errors at a rate or for the next calls, odd lists, and broken deliveries."""

from typing import Any

import pytest
import requests

from connections.providers.logikal.sandbox.accounts import SEVENTEEN_USER
from tests.connections.providers.logikal.sandbox.asking import Caller


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
def test_the_next_calls_fail(caller: Caller, status: int) -> None:
    alice = caller.signed_in()
    caller.logikal.faults.add({"kind": "error", "status": status, "times": 2})
    answers = [alice.get("directories") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].json().keys() == {"message", "code", "hints", "warnings", "errors"}


def test_calls_fail_at_a_rate(caller: Caller) -> None:
    alice = caller.signed_in()
    caller.logikal.faults.add({"kind": "error", "status": 503, "probability": 0.3, "seed": 1})
    failed = [alice.get("directories").status_code for _ in range(100)].count(503)
    assert 15 < failed < 45


def test_an_error_may_tell_how_long_to_wait(caller: Caller) -> None:
    caller.logikal.faults.add({"kind": "error", "status": 429, "seconds": 60, "times": 1})
    assert caller.ask_to_sign_in().headers["Retry-After"] == "60"


def test_an_error_may_be_spelled_out(caller: Caller) -> None:
    caller.logikal.faults.add({"kind": "error", "status": 418, "body": {"odd": True}})
    answer = caller.get("version")
    assert (answer.status_code, answer.json()) == (418, {"odd": True})


def test_one_object_may_fail_and_the_session_stays_where_it_was(caller: Caller) -> None:
    first, second, *_ = (one["id"] for one in caller.logikal.truth(SEVENTEEN_USER)["elevations"])
    rule = {"kind": "error", "status": 500, "path": "/elevations/select", "where": {"identifier": first}}
    caller.logikal.faults.add(rule)
    alice = caller.signed_in_at("phase")
    assert alice.select("elevations", first).status_code == 500
    assert alice.select("elevations", second).status_code == 200


def test_a_failed_login_opens_no_session(caller: Caller) -> None:
    caller.logikal.faults.add({"kind": "error", "status": 503, "path": "/auth"})
    assert caller.ask_to_sign_in().status_code == 503
    assert caller.logikal.open_sessions() == []


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"kind": "no_rows"}, []),
        ({"kind": "missing_rows", "count": 16}, ["Pos. 17"]),
        ({"kind": "duplicate_rows", "count": 1}, [f"Pos. {number:02d}" for number in [*range(1, 18), 1]]),
    ],
    ids=["none", "missing", "twice"],
)
def test_a_list_may_be_wrong(caller: Caller, rule: dict[str, Any], expected: list[str]) -> None:
    alice = caller.signed_in_at("phase")
    caller.logikal.faults.add(rule)
    assert [one["name"] for one in alice.data("elevations")] == expected


def test_a_record_may_be_malformed(caller: Caller) -> None:
    alice = caller.signed_in_at("phase")
    caller.logikal.faults.add({"kind": "malformed_record", "times": 1})
    assert [one["id"] is None for one in alice.data("elevations")] == [True, *[False] * 16]
    caller.logikal.faults.add({"kind": "malformed_record", "drop": ["versionId"], "index": 1, "times": 1})
    assert ["versionId" in one for one in alice.data("elevations")][:3] == [True, False, True]


def test_an_unknown_field_may_appear(caller: Caller) -> None:
    alice = caller.signed_in()
    caller.logikal.faults.add({"kind": "extra_field"})
    assert all("brandNewField" in one for one in alice.data("directories"))


def test_a_delivery_may_break(caller: Caller) -> None:
    alice = caller.signed_in_at("elevation")
    caller.logikal.faults.add({"kind": "truncated", "path": "parts-list", "times": 1})
    with pytest.raises(requests.exceptions.RequestException):
        alice.get("elevations/selected/parts-list")
    caller.logikal.faults.add({"kind": "garbage", "times": 1})
    with pytest.raises(requests.exceptions.JSONDecodeError):
        caller.get("version").json()
    assert caller.get("version").status_code == 200


def test_only_known_faults_can_be_asked_for_over_http(caller: Caller) -> None:
    address = f"{caller.server.url()}/_sandbox/logikal/faults"
    assert requests.post(address, json={"kind": "odd"}, timeout=10).status_code == 400
    assert caller.control("logikal/faults", {"kind": "error", "status": 503})["rules"][0]["kind"] == "error"
