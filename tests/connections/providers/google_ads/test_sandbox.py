"""The stand-in refuses what Google refuses."""

import json
import urllib.request
from contextlib import suppress
from datetime import date
from time import sleep
from typing import Any
from urllib.error import HTTPError

import pytest
from cryptography import x509

from connections.errors import Misconfigured, NeedsReconnect, RateLimited, Transient
from connections.providers.google_ads.sandbox import gaql
from connections.providers.google_ads.sandbox.certificate import AUTHORITY, Certificate, authority
from connections.providers.google_ads.sandbox.errors import Refusal
from connections.providers.google_ads.sandbox.google import GoogleAdsSandbox
from connections.providers.google_ads.sandbox.world import MANAGER
from connections.sandbox.server import SandboxServer
from connections.sources import Slice
from tests.connections.providers.google_ads.reading import Reader

ROWS = [{"a.id": number, "a.state": state} for number, state in enumerate(("ON", "OFF", "ON", "GONE"))]


@pytest.mark.parametrize(
    ("clauses", "found"),
    [
        ("", [0, 1, 2, 3]),
        ("WHERE a.id >= 2", [2, 3]),
        ("WHERE a.id BETWEEN 1 AND 2 AND a.state = 'ON'", [2]),
        ("WHERE a.state IN ('OFF', 'GONE') ORDER BY a.id DESC", [3, 1]),
        ("where a.state != 'ON' order by a.id limit 1", [1]),
    ],
)
def test_a_question_is_understood(clauses: str, found: list[int]) -> None:
    assert [row["a.id"] for row in gaql.parse(f"SELECT a.id, a.state FROM a {clauses}").of(list(ROWS))] == found


@pytest.mark.parametrize("text", ["", "SELECT FROM a", "SELECT a.id", "SELECT a.id FROM a WHERE a.id LIKES 1"])
def test_what_is_no_question_is_refused(text: str) -> None:
    with pytest.raises(Refusal):
        gaql.parse(text)


@pytest.mark.once
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT campaign.nickname FROM campaign", "query_error.UNRECOGNIZED_FIELD"),
        ("SELECT campaign.start_date FROM campaign", "query_error.UNRECOGNIZED_FIELD"),
        ("SELECT campaign.id FROM campaign WHERE metrics.luck > 1", "query_error.UNRECOGNIZED_FIELD"),
        ("SELECT ad_group.id FROM campaign", "query_error.PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE"),
        ("SELECT campaign.id FROM campaigns", "query_error.BAD_RESOURCE_TYPE_IN_FROM_CLAUSE"),
        (
            "SELECT campaign.id FROM campaign ORDER BY campaign.name",
            "query_error.EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE",
        ),
    ],
)
def test_an_unknown_word_is_refused_over_the_wire(reader: Reader, query: str, code: str) -> None:
    with pytest.raises(Misconfigured) as raised:
        list(reader.source().api.search(query))
    assert raised.value.code == code
    assert "sandbox-request" in raised.value.original


@pytest.mark.once
def test_a_manager_has_no_numbers(reader: Reader) -> None:
    source = reader.source(MANAGER)
    piece = Slice(since=date(2026, 3, 1), until=date(2026, 3, 2))
    with pytest.raises(Misconfigured, match="no numbers of its own"):
        list(source.read(source.stream("account_metrics"), piece, None))


@pytest.mark.once
def test_days_are_kept_for_37_months(reader: Reader) -> None:
    with pytest.raises(Misconfigured, match="37 months"):
        reader.records("account_metrics", Slice(since=date(2023, 2, 11), until=date(2023, 2, 12)))
    assert reader.records("account_metrics", Slice(since=date(2023, 2, 12), until=date(2023, 2, 12)))


def asked(reader: Reader, path: str, method: str = "GET", **wishes: Any) -> Any:
    request = urllib.request.Request(f"{reader.server.url()}/_sandbox/google_ads/{path}", method=method)
    request.data = json.dumps(wishes).encode() if method == "POST" else None
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


@pytest.mark.once
def test_it_is_controlled_over_http_as_the_others_are(reader: Reader) -> None:
    before = reader.records("account_metrics")
    assert asked(reader, "restate", "POST", days=["2026-03-09"])["restated"] == {"2026-03-09": 1}
    assert reader.records("account_metrics") != before
    asked(reader, "customers", "POST", campaigns=2, groups=1, ads=1)
    assert len(reader.records("campaigns")) == 2
    asked(reader, "faults", "POST", kind="error", error="internal_error.INTERNAL_ERROR", times=1)
    with pytest.raises(Transient):
        reader.records("campaigns")
    assert asked(reader, "quota", "POST", per_day=1)["made"] == 4
    with pytest.raises(RateLimited):
        reader.records("campaigns")
    assert asked(reader, "calls", "GET")["count"] == 6, "one renewed the login"
    asked(reader, "logins", "DELETE")
    with pytest.raises(NeedsReconnect):
        reader.records("campaigns")
    asked(reader, "logins", "POST")
    asked(reader, "quota", "POST", per_day=None)
    assert reader.records("campaigns")


@pytest.mark.once
def test_a_wish_that_nobody_can_have_is_refused(reader: Reader) -> None:
    with pytest.raises(HTTPError, match="400"):
        asked(reader, "customers", "POST", luck=7)


def test_who_vouches_for_it_never_changes_and_is_known_as_a_file() -> None:
    assert AUTHORITY.read_bytes() == authority()
    assert x509.load_pem_x509_certificate(authority()).not_valid_after_utc.year == 2126


def test_whoever_trusts_it_trusts_only_what_it_vouches_for_on_this_machine() -> None:
    its = x509.load_pem_x509_certificate(authority())
    x509.load_pem_x509_certificate(Certificate.made().chain).verify_directly_issued_by(its)
    constraint = its.extensions.get_extension_for_class(x509.NameConstraints)
    assert (constraint.critical, constraint.value.permitted_subtrees) == (True, [x509.DNSName("localhost")])


@pytest.mark.once
def test_one_that_is_started_anew_is_found_where_it_was_and_trusted(reader: Reader) -> None:
    """By a process that has read the old one's answers, and asked in vain meanwhile."""
    with SandboxServer([GoogleAdsSandbox]) as old:
        mine = Reader(old, old.google_ads.also_at()["grpc"])
        before = mine.records("campaigns")
    with pytest.raises(Transient):
        mine.records("campaigns")
    with SandboxServer([GoogleAdsSandbox], port=old.port) as new:
        assert new.google_ads.also_at() == {"grpc": mine.settings["endpoint"]}
        for _ in range(50):  # the library waits a moment before it calls again
            with suppress(Transient):
                assert mine.records("campaigns") == before
                return
            sleep(0.1)
        pytest.fail("It is not found.")
