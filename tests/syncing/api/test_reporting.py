"""What sync-status adds to the eight fields of the guide: freshness, the next look and the pace."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from connections.access import Actor
from connections.models import Connection
from syncing import actions
from syncing.models import ObjectSyncConfig
from tests.fixtures.api import Caller
from tests.fixtures.synced import make_job
from tests.syncing.api.test_sync import path, zulu

pytestmark = pytest.mark.django_db


@pytest.mark.spec("C6")
def test_the_status_adds_how_fresh_it_is_what_comes_next_and_at_which_pace(
    api: Caller, connection: Connection, now: datetime
) -> None:
    actions.set_frequency(connection, Actor(), "realtime", now=now)
    due_at = now + timedelta(minutes=12)
    connection.schedules.update(
        average_calls=0, last_completed_at=now, next_due_at=due_at, stale_at=now + timedelta(hours=2)
    )
    connection.schedules.filter(stream="account_metrics").update(average_calls=4)
    ObjectSyncConfig.objects.filter(object_type="ads").update(is_sync_enabled=False)
    found = api.get(path("sync_status", connection)).json()
    assert list(found)[8:] == ["freshness", "next_due_at", "pace", "object_types"]
    assert (found["freshness"], found["next_due_at"]) == ("fresh", zulu(due_at))
    assert found["pace"] == {
        "requested_interval_seconds": 30,
        "effective_interval_seconds": 101,
        "calls_per_hour": 480.0,
        "calls_allowed": 180,
        "sentence": "Asked for every 30 s; runs about every 101 s: 180 calls an hour are allowed,"
        " one in 25 s, and one round takes 4.",
    }
    freshness = {each["object_type"]: each["freshness"] for each in found["object_types"]}
    assert (freshness["account_metrics"], freshness["ads"]) == ("fresh", "not_scheduled")
    (totals,) = [each for each in found["object_types"] if each["object_type"] == "account_metrics"]
    assert totals == {
        "object_type": "account_metrics",
        "freshness": "fresh",
        "checked_at": zulu(now),
        "changed_at": None,
        "stale_at": zulu(now + timedelta(hours=2)),
        "next_due_at": zulu(due_at),
        "interval_seconds": 30,
    }
    actions.set_frequency(connection, Actor(), "manual", now=now)
    manual = api.get(path("sync_status", connection)).json()
    assert (manual["freshness"], manual["next_due_at"]) == ("not_scheduled", None)
    assert manual["pace"]["requested_interval_seconds"] is None


@pytest.mark.parametrize(("frequency", "queries"), [("hourly", 4), ("realtime", 5)])
def test_the_status_costs_few_queries_however_many_jobs_there_are(
    api: Caller, connection: Connection, django_assert_num_queries: Any, frequency: str, queries: int
) -> None:
    """For the token, the connection, its schedules and the object types; and for the pace of a fast one."""
    actions.set_frequency(connection, Actor(), frequency, now=timezone.now())
    api.get(path("sync_status", connection))
    for minutes in range(3):
        make_job(connection, timezone.now() - timedelta(minutes=minutes), trigger="schedule")
    with django_assert_num_queries(queries):
        api.get(path("sync_status", connection))
