"""The restatement log through the API."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils.http import urlencode

from connections.models import Workspace
from projects.models import Change
from tests.fixtures.api import Caller
from tests.fixtures.calendar import Ledger
from tests.fixtures.synced import make_connection

pytestmark = pytest.mark.django_db
CHANGES = "/api/changes/"
KEYS = "id connection table key date field before after seen_at job_id".split()


def found(api: Caller, **asked: Any) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = api.get(f"{CHANGES}?{urlencode(asked)}").json()["results"]
    return results


def test_before_and_after_newest_first(api: Caller, moved: Ledger, strange_workspace: Workspace) -> None:
    Ledger(make_connection(strange_workspace), moved.now).change(1)
    changes = found(api, connection=moved.connection.pk)
    assert len(changes) == 11
    assert [each["id"] for each in changes] == sorted((each["id"] for each in changes), reverse=True)
    assert list(changes[0]) == KEYS
    spend = next(each for each in changes if each["after"] == "112400000")
    assert (spend["before"], spend["field"], spend["key"]) == ("104500000", "spend_micros", "campaign/1")
    assert spend["date"] == str(moved.back(1))
    assert str(spend["seen_at"]).endswith("Z")


def test_the_list_may_be_narrowed(api: Caller, moved: Ledger) -> None:
    def count(**asked: Any) -> int:
        return len(found(api, connection=moved.connection.pk, **asked))

    assert count(field="spend_micros") == 4
    assert count(table="campaign") == 3
    assert count(table="daily_metric", key="campaign/77") == 1
    assert count(since=moved.back(3), until=moved.back(3)) == 2
    assert count(until=moved.back(4)) == 1
    assert count(seen_since=(moved.now - timedelta(hours=2)).isoformat()) == 9


def test_of_all_connections_only_what_was_seen_lately(api: Caller, moved: Ledger) -> None:
    assert len(found(api)) == 10
    assert len(found(api, seen_since=(moved.now - timedelta(days=30)).isoformat())) == 11


def test_thousands_of_one_moment_come_in_pages_each_once(api: Caller, ledger: Ledger) -> None:
    """A cursor by time alone would be stuck: one page of a provider's answer is one moment."""
    fields = {"table": "daily_metric", "field": "clicks", "before": "1", "after": "3", "seen_at": ledger.now}
    Change.objects.bulk_create(
        Change(connection=ledger.connection, date=ledger.today, key=f"ad/{number}", **fields) for number in range(1500)
    )
    seen, address = [], f"{CHANGES}?connection={ledger.connection.pk}&page_size=200"
    while address:
        answer = api.get(address).json()
        seen += [each["key"] for each in answer["results"]]
        address = answer["next"]
    assert len(seen) == len(set(seen)) == 1500


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("connection=7", "connection"),
        ("table=odd", "table"),
        ("since=yesterday", "since"),
        ("since=2026-02-01&until=2026-01-01", "since"),
        ("seen_since=soon", "seen_since"),
        ("key=%00", "key"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(api: Caller, query: str, field: str) -> None:
    answer = api.get(f"{CHANGES}?{query}")
    assert (answer.status_code, list(answer.json()["invalid"])) == (400, [field])
