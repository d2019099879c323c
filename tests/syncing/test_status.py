"""The read models: states, freshness, numbers and drawings."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from connections.models import Connection, Workspace
from syncing.models import ConnectionSync, ObjectSyncConfig, SyncChunk, SyncJob, SyncSchedule
from syncing.status.connections import connections_of, standing, standings
from syncing.status.freshness import freshness, pace, worst
from syncing.status.gantt import gantt
from syncing.status.held import held
from syncing.status.jobs import chunk_row, job_row, original_error
from syncing.status.numbers import account_numbers, totals
from syncing.status.states import FRESHNESS
from syncing.status.streams import object_types
from syncing.status.ticks import summary, ticks
from tests.fixtures.synced import MICROS, make_chunk, make_connection, make_days, make_job

NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


# A connection's state: the first that applies


@pytest.mark.parametrize(
    ("dead", "paused", "real", "sync", "expected", "red"),
    [
        (False, False, False, {}, "never_synced", False),
        (False, False, False, {"last_sync_attempted_at": NOON}, "idle", False),
        (False, False, False, {"sync_status": "queued"}, "queued", False),
        (False, False, False, {"sync_status": "syncing"}, "syncing", False),
        (False, False, False, {"sync_status": "error", "last_sync_error": "x"}, "retrying", False),
        (False, False, False, {"sync_status": "error", "last_sync_remedy": "do"}, "error", True),
        (False, False, False, {"sync_status": "syncing", "not_before": NOON + HOUR}, "rate_limited", False),
        (False, False, False, {"sync_status": "syncing", "not_before": NOON - HOUR}, "syncing", False),
        (False, False, True, {"sync_status": "syncing"}, "wrong_mode", False),
        (False, True, True, {"sync_status": "error", "last_sync_remedy": "do"}, "paused", False),
        (True, True, False, {"sync_status": "syncing"}, "needs_reconnect", True),
    ],
)
def test_the_state_is_what_a_person_should_hear_first(
    workspace: Workspace, dead: bool, paused: bool, real: bool, sync: dict[str, object], expected: str, red: bool
) -> None:
    connection = make_connection(workspace, sync=sync, paused=paused)
    connection.credential.needs_reconnect = dead
    connection.is_sandbox ^= real
    found = standing(connection, {}, NOON)
    assert found.state.code == expected
    assert found.needs_you is red
    assert found.state.word
    assert found.state.meaning


def test_a_person_has_the_connections_of_her_workspaces(alice: User, charlie: User, connection: Connection) -> None:
    assert [found.connection for found in standings(alice, NOON)] == [connection]
    assert standings(charlie, NOON) == []


def test_the_share_of_syncs_that_brought_changes(connection: Connection, workspace: Workspace) -> None:
    assert round(standing(connection, {}, NOON).changes_percentage, 1) == 26.7
    assert standing(make_connection(workspace), {}, NOON).changes_percentage == 0


# Freshness of a stream


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ({}, "never"),
        ({"consecutive_failures": 1}, "failing"),
        ({"last_completed_at": NOON - HOUR}, "not_scheduled"),
        ({"last_completed_at": NOON - HOUR, "next_due_at": NOON + HOUR}, "fresh"),
        ({"last_completed_at": NOON - HOUR, "next_due_at": NOON}, "due"),
        ({"last_completed_at": NOON - 3 * HOUR, "next_due_at": NOON}, "stale"),
        ({"last_completed_at": NOON, "next_due_at": NOON + HOUR, "consecutive_failures": 2}, "failing"),
    ],
)
def test_a_streams_freshness(schedule: dict[str, object], expected: str) -> None:
    assert freshness(SyncSchedule(**schedule), 2 * HOUR, paused=False, now=NOON).code == expected
    assert freshness(SyncSchedule(**schedule), 2 * HOUR, paused=True, now=NOON).code == "paused"


@pytest.mark.parametrize(
    ("frequency", "own", "config", "stale_after"),
    [
        ("realtime", None, (30, 60), timedelta(minutes=60)),
        ("30min", None, (30, 60), timedelta(minutes=60)),
        ("hourly", None, (30, 60), timedelta(hours=2)),
        ("daily", None, (60, 120), timedelta(days=2)),
        ("smart", None, (15, 90), timedelta(minutes=90)),
        ("daily", 240, (60, 120), timedelta(hours=8)),
        ("smart", None, None, timedelta(hours=2)),
    ],
)
def test_data_is_stale_after_the_types_threshold_or_twice_the_interval(
    frequency: str, own: int | None, config: tuple[int, int] | None, stale_after: timedelta
) -> None:
    kind = ObjectSyncConfig(sync_interval_minutes=config[0], staleness_threshold_minutes=config[1]) if config else None
    assert pace(SyncSchedule(interval_minutes=own), frequency, kind).stale_after == stale_after


def test_a_connection_is_as_fresh_as_its_worst_stream() -> None:
    assert worst([FRESHNESS["fresh"], FRESHNESS["stale"], FRESHNESS["due"]]).code == "stale"
    assert worst([]).code == "never"


# Numbers


def test_the_last_28_days_end_today_in_the_accounts_time_zone(workspace: Workspace) -> None:
    connection = make_connection(workspace, timezone="Pacific/Auckland")
    make_days(connection, date(2026, 3, 21), 60)
    numbers = account_numbers(connection, NOON, days=90)
    assert (numbers.since, numbers.until) == (date(2026, 2, 22), date(2026, 3, 21))
    assert numbers.before
    assert numbers.recent.spend_micros == numbers.before.spend_micros == 28 * 100 * MICROS
    assert numbers.recent.roas == Decimal("3.5")
    assert len(numbers.days) == 60


def test_a_period_that_is_only_partly_held_is_nothing_to_compare_with(workspace: Workspace) -> None:
    connection = make_connection(workspace)
    make_days(connection, NOON.date(), 29)
    assert account_numbers(connection, NOON, days=90).before is None


def test_days_after_today_and_other_accounts_do_not_count(workspace: Workspace) -> None:
    connection, other = make_connection(workspace), make_connection(workspace)
    make_days(connection, NOON.date() + timedelta(days=1), 2)
    make_days(other, NOON.date(), 28)
    assert account_numbers(connection, NOON, days=28).recent.clicks == 200


def test_nothing_spent_has_no_return() -> None:
    assert totals([]).roas is None


def test_what_is_held_is_told_by_stream(synced: Connection, alice: User, now: datetime) -> None:
    found = connections_of(alice).get(pk=synced.pk)
    rows = {each.label: (each.rows, each.freshness.code) for each in held(found, object_types(), now)}
    assert rows == {"Campaigns": (1, "never"), "Ads by day": (60, "fresh")}


# Drawings


def test_ticks_stand_at_the_right_and_grow_with_what_was_written(connection: Connection, now: datetime) -> None:
    jobs = [
        make_job(connection, now, SyncJob.Status.IN_PROGRESS),
        make_job(connection, now - HOUR, SyncJob.Status.FAILED),
        make_job(connection, now - 2 * HOUR, SyncJob.Status.CANCELLED),
        make_job(connection, now - 3 * HOUR),
        make_job(connection, now - 4 * HOUR, records_created=5),
        make_job(connection, now - 5 * HOUR, records_updated=5000),
    ]
    drawn = ticks(jobs)
    assert [tick.kind for tick in drawn] == ["changed", "changed", "quiet", "cancelled", "failed", "active"]
    assert drawn[0].height > drawn[1].height > drawn[2].height
    assert drawn[-1].x == 13 * 8
    assert summary(drawn).startswith("Last 6 syncs: 2 brought changes, 1 found nothing new")


def test_chunks_at_the_same_time_stand_below_each_other(connection: Connection) -> None:
    job = make_job(connection, NOON)
    seconds = [(0, 10), (0, 20), (10, 30), (20, 40)]
    for order, (begin, end) in enumerate(seconds):
        make_chunk(
            job, order, "ads", started_at=NOON + timedelta(seconds=begin), finished_at=NOON + timedelta(seconds=end)
        )
    chart = gantt([chunk_row(chunk, connection, {}) for chunk in job.chunks.order_by("chunk_order")], NOON + HOUR)
    assert chart
    assert [(bar.lane, bar.left, bar.width) for bar in chart.groups[0].bars] == [
        (0, 0, 25),
        (1, 0, 50),
        (0, 25, 50),
        (1, 50, 50),
    ]
    assert [mark.after.total_seconds() for mark in chart.marks] == [0, 10, 20, 30, 40]


def test_a_running_chunk_reaches_until_now_and_a_waiting_one_until_it_stopped(connection: Connection) -> None:
    job = make_job(connection, NOON, SyncJob.Status.IN_PROGRESS)
    make_chunk(job, 0, "ads", SyncChunk.Status.RUNNING, started_at=NOON)
    make_chunk(job, 1, "ads", SyncChunk.Status.PENDING, started_at=NOON, actual_duration_seconds=25)
    rows = [chunk_row(chunk, connection, {}) for chunk in job.chunks.order_by("chunk_order")]
    chart = gantt(rows, NOON + timedelta(seconds=100))
    assert chart
    assert sorted(bar.width for bar in chart.groups[0].bars) == [25, 100]
    assert [state.code for state in chart.states] == ["pending", "running"]


def test_there_is_nothing_to_draw_before_a_chunk_has_started() -> None:
    assert gantt([], NOON) is None


# Jobs


@pytest.mark.parametrize(("remedy", "tone"), [("", "wait"), ("Give it access.", "bad")])
def test_red_is_for_what_a_person_must_do(connection: Connection, remedy: str, tone: str) -> None:
    assert job_row(make_job(connection, NOON, SyncJob.Status.FAILED, remedy=remedy)).state.tone == tone


def test_a_job_says_what_it_is_and_who_asked(connection: Connection, alice: User) -> None:
    asked = job_row(make_job(connection, NOON, sync_type="manual", user=alice))
    history = job_row(make_job(connection, NOON, lane="backfill", trigger="cascade"))
    assert (asked.kind, asked.asked_by) == ("Sync now", "by alice@example.com")
    assert (history.kind, history.asked_by) == ("Backfill of history", "after its parent changed")


def test_the_original_words_are_those_of_the_newest_job(connection: Connection, now: datetime) -> None:
    for hours, words in ((2, "older"), (1, "newer")):
        failed = make_job(connection, now - hours * HOUR, SyncJob.Status.FAILED)
        make_chunk(failed, 0, "ads", SyncChunk.Status.FAILED, error_detail=words)
    assert original_error(connection) == "newer"
    make_job(connection, now)
    assert original_error(connection) == ""


def test_telemetry_that_is_not_there_yet_is_that_of_a_new_connection(workspace: Workspace) -> None:
    connection = make_connection(workspace)
    ConnectionSync.objects.all().delete()
    assert standing(Connection.objects.get(pk=connection.pk), {}, NOON).state.code == "never_synced"
