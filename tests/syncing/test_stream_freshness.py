"""How fresh one stream is, in a word and what goes with it; and all of them together, in Python and in SQL."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from django.contrib.auth.models import User

from connections.access import Actor
from connections.models import Connection, Workspace
from syncing.models import ObjectSyncConfig, SyncSchedule
from syncing.status.connections import connections_of, standings_of
from syncing.status.freshness import freshness, paced, spoken, worst
from syncing.status.listing import Listing
from syncing.status.overall import overall
from syncing.status.states import FRESHNESS
from tests.fixtures.synced import make_connection

NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ON, OFF = ObjectSyncConfig(is_sync_enabled=True), ObjectSyncConfig(is_sync_enabled=False)
READ = {"last_completed_at": NOON - HOUR}
SCHEDULED = READ | {"interval_seconds": 3600, "next_due_at": NOON + HOUR, "stale_at": NOON + HOUR}


@pytest.mark.parametrize(
    ("schedule", "expected", "note"),
    [
        ({}, "never", ""),
        ({"consecutive_failures": 1}, "failing", "the last try failed"),
        (READ, "not_scheduled", "read when somebody asks"),
        (SCHEDULED, "fresh", ""),
        (SCHEDULED | {"next_due_at": NOON}, "due", ""),
        (SCHEDULED | {"next_due_at": NOON, "verdict": "budget"}, "due", "no calls left"),
        (SCHEDULED | {"next_due_at": NOON, "verdict": "started"}, "due", ""),
        (SCHEDULED | {"stale_at": NOON}, "stale", ""),
        (SCHEDULED | {"consecutive_failures": 2}, "failing", "the last 2 tries failed"),
    ],
)
def test_a_streams_freshness(schedule: dict[str, object], expected: str, note: str) -> None:
    found = freshness(SyncSchedule(**schedule), ON, paused=False, now=NOON)
    assert (found.state.code, found.note) == (expected, note)
    assert freshness(SyncSchedule(**schedule), ON, paused=True, now=NOON).state.code == "paused"
    off = freshness(SyncSchedule(**schedule), OFF, paused=False, now=NOON)
    assert (off.state.code, off.note, off.is_wanted) == ("not_scheduled", "switched off", False)


def test_a_manual_schedule_is_never_due_nor_stale_however_old() -> None:
    for age in (HOUR, 1000 * HOUR):
        schedule = SyncSchedule(last_completed_at=NOON - age)
        found = freshness(schedule, ON, paused=False, now=NOON)
        assert (found.state.code, found.stale_after, found.every) == ("not_scheduled", None, None)


def test_why_nothing_runs_is_said_of_what_is_due() -> None:
    due = SyncSchedule(**(SCHEDULED | {"next_due_at": NOON}))
    assert freshness(due, ON, paused=False, now=NOON, why_not="waits for a new login").note == "waits for a new login"


@pytest.mark.parametrize(
    ("interval", "read_at", "stale_at", "expected"),
    [(30, None, None, 3600), (86_400, None, None, 172_800), (3600, NOON, NOON + 3 * HOUR, 10_800)],
    ids=["the type's threshold", "twice the interval", "as it was reckoned"],
)
def test_the_age_at_which_somebody_should_know(
    interval: int, read_at: datetime | None, stale_at: datetime | None, expected: int
) -> None:
    config = ObjectSyncConfig(staleness_threshold_minutes=60)
    schedule = SyncSchedule(interval_seconds=interval, last_completed_at=read_at, stale_at=stale_at)
    assert freshness(schedule, config, paused=False, now=NOON).stale_after == expected


def test_a_connection_is_as_fresh_as_its_worst_stream_that_is_wanted() -> None:
    fresh = freshness(SyncSchedule(**SCHEDULED), ON, paused=False, now=NOON)
    stale = freshness(SyncSchedule(**(SCHEDULED | {"stale_at": NOON})), ON, paused=False, now=NOON)
    off = freshness(SyncSchedule(), OFF, paused=False, now=NOON)
    assert worst([fresh, stale]).code == "stale"
    assert worst([fresh, off]).code == "fresh"
    assert worst([off]).code == worst([]).code == "not_scheduled"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        *[(30, "30 s"), (80, "80 s"), (60, "1 min"), (900, "15 min"), (5400, "90 min"), (7200, "2 h"), (14_400, "4 h")],
        *[(86_400, "1 day"), (90_000, "25 h"), (604_800, "7 days"), (3599, "1 h")],
    ],
)
def test_lengths_are_said_in_one_unit(seconds: int, said: str) -> None:
    assert spoken(seconds) == said


def test_a_pace_is_said_as_people_say_it() -> None:
    assert [paced(each) for each in (30, 3600, 86_400, 172_800)] == [
        "every 30 s",
        "every hour",
        "every day",
        "every 2 days",
    ]


# All of them


@pytest.fixture
def of_all_sorts(workspace: Workspace) -> list[Connection]:
    """Each combination of what matters, of one stream; beside it another whose type is switched off."""
    moments = (None, NOON - HOUR, NOON + HOUR)
    made: list[Connection] = []
    for failures, read_at, due_at, stale_at in product((0, 1), (None, NOON - HOUR), moments, moments):
        connection = make_connection(workspace, paused=len(made) % 5 == 4)
        off, on = connection.schedules.order_by("stream").values_list("stream", flat=True)[:2]
        connection.schedules.exclude(stream__in=[off, on]).delete()
        connection.schedules.filter(stream=on).update(
            consecutive_failures=failures, last_completed_at=read_at, next_due_at=due_at, stale_at=stale_at
        )
        if len(made) % 7 == 6:
            connection.schedules.filter(stream=on).delete()
        made.append(connection)
    ObjectSyncConfig.objects.filter(object_type=off).update(is_sync_enabled=False)
    return made


def test_the_lists_and_the_counts_say_what_the_pills_say(of_all_sorts: list[Connection], alice: User) -> None:
    """The filters are the database's, the pills are Python's: both have to mean the same."""
    everything = connections_of(Actor(alice))
    stands = standings_of(everything, NOON)
    expected = {code: {each.connection for each in stands if each.freshness.code == code} for code in FRESHNESS}
    assert {code: set(Listing(everything, NOON, state=code).found) for code in FRESHNESS} == expected
    counts = {state.code: number for state, number in overall(everything, NOON).counts}
    assert counts == {code: len(found) for code, found in expected.items()}
    assert all(counts.values())


def test_the_share_counts_what_is_scheduled_and_may_run(workspace: Workspace, alice: User) -> None:
    fresh, stale, never, paused, manual = (make_connection(workspace) for _ in range(5))
    for connection, stale_at in ((fresh, NOON + HOUR), (stale, NOON), (never, None), (paused, NOON)):
        connection.schedules.update(next_due_at=NOON, stale_at=stale_at)
    Connection.objects.filter(pk=paused.pk).update(paused=True)
    found, streams = overall(connections_of(Actor(alice)), NOON), manual.schedules.count()
    assert (found.scheduled, found.within) == (3 * streams, streams)
    assert round(found.percentage or 0, 1) == 33.3


def test_it_is_never_a_hundred_percent_while_one_is_late(workspace: Workspace, alice: User) -> None:
    for _ in range(3):
        make_connection(workspace).schedules.update(next_due_at=NOON, stale_at=NOON + HOUR)
    assert overall(connections_of(Actor(alice)), NOON).percentage == 100
    SyncSchedule.objects.filter(pk=SyncSchedule.objects.first().pk).update(stale_at=NOON)  # type: ignore[union-attr]
    assert 90 < (overall(connections_of(Actor(alice)), NOON).percentage or 0) < 100
    assert overall(connections_of(Actor()), NOON).percentage is None
