"""Coverage through the API: the same answer as the page and the command."""

from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from connections.models import Workspace
from tests.fixtures.api import Caller
from tests.fixtures.calendar import STREAM, Ledger
from tests.fixtures.synced import make_connection

pytestmark = pytest.mark.django_db
COVERAGE = "/api/coverage/"
KEYS = "connection stream since until days read missing complete sentence note gaps".split()
TOTALS = "totals_compared totals_sentence drift".split()


def one(api: Caller, ledger: Ledger, query: str = "") -> dict[str, Any]:
    found = api.get(f"{COVERAGE}?connection={ledger.connection.pk}&stream={STREAM}{query}").json()["results"]
    assert len(found) == 1
    answer: dict[str, Any] = found[0]
    return answer


def test_gaps_and_counts_of_each_stream(api: Caller, ledger: Ledger) -> None:
    ledger.read(400, 51)
    ledger.read(48, 0)
    found = one(api, ledger)
    back = ledger.back
    assert list(found) == [*KEYS, *TOTALS]
    assert [found[name] for name in TOTALS] == [None, "", []]
    assert found["gaps"] == [{"since": str(back(50)), "until": str(back(49)), "days": 2}]
    assert (found["days"], found["read"], found["missing"], found["complete"]) == (400, 398, 2, False)
    assert (found["since"], found["until"]) == (str(back(400)), str(back(1)))
    assert str(found["sentence"]).startswith("2 days are missing: ")


def test_only_the_days_that_are_asked_for(api: Caller, ledger: Ledger) -> None:
    ledger.read(400, 51)
    assert one(api, ledger, f"&until={ledger.back(51)}")["complete"] is True
    found = one(api, ledger, f"&since={ledger.back(52)}&until={ledger.back(50)}")
    assert (found["days"], found["missing"]) == (3, 1)


def test_what_was_never_read_has_no_days(api: Caller, workspace: Workspace) -> None:
    ledger = Ledger(make_connection(workspace), None)  # type: ignore[arg-type]
    found = one(api, ledger)
    assert (found["since"], found["until"], found["days"], found["gaps"]) == (None, None, 0, [])
    assert found["sentence"] == "No day has been read yet."


def test_connections_come_in_pages_each_with_its_streams(
    api: Caller, ledger: Ledger, workspace: Workspace, strange_workspace: Workspace
) -> None:
    other = make_connection(workspace, "Other")
    make_connection(strange_workspace, "Strange")
    first = api.get(f"{COVERAGE}?page_size=1").json()
    assert {each["connection"] for each in first["results"]} == {str(ledger.connection.pk)}
    assert len(first["results"]) == 4
    second = api.get(first["next"]).json()
    assert {each["connection"] for each in second["results"]} == {str(other.pk)}
    assert second["next"] is None
    assert api.get(f"{COVERAGE}?connection={uuid4()}").json()["results"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("connection=7", "connection"),
        ("stream=campaigns", "stream"),
        ("stream=odd", "stream"),
        ("since=yesterday", "since"),
        ("since=2026-02-01&until=2026-01-01", "since"),
        ("page_size=0", "page_size"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(api: Caller, query: str, field: str) -> None:
    answer = api.get(f"{COVERAGE}?{query}")
    assert (answer.status_code, list(answer.json()["invalid"])) == (400, [field])


def test_the_page_says_the_same(api: Caller, callers: dict[str, Caller], ledger: Ledger) -> None:
    ledger.read(400, 51)
    page = callers["alice"].get(reverse("coverage", args=[ledger.connection.pk]) + f"?stream={STREAM}")
    assert str(one(api, ledger)["sentence"]) in page.content.decode()


def test_days_that_do_not_add_up_are_listed_with_their_sums(api: Caller, adrift: Ledger) -> None:
    found = one(api, adrift)
    assert (found["complete"], found["totals_compared"]) == (True, 400)
    assert str(found["totals_sentence"]).startswith("On 2 days the campaigns do not add up to the account: ")
    day = {"total_micros": 1_500_500_000}
    assert found["drift"] == [
        {"date": str(adrift.back(3)), **day, "sum_micros": 1_499_300_000, "difference_micros": -1_200_000},
        {"date": str(adrift.back(4)), **day, "sum_micros": 1_500_500_001, "difference_micros": 1},
    ]
    later = one(api, adrift, f"&since={adrift.back(2)}")
    assert [later[name] for name in TOTALS] == [
        2,
        "Totals agree to the micro on both days: the campaigns add up to the account.",
        [],
    ]
