"""When the next sync comes, or why none comes by itself; what waits for calls; and whether the scheduler looks."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from connections.models import Connection, Workspace
from syncing.models import ConnectionSync, SchedulerHeartbeat
from syncing.status.connections import standing
from syncing.status.parked import parked
from syncing.status.pulse import pulse
from syncing.status.upcoming import announced, upcoming
from tests.fixtures.synced import make_chunk, make_connection, make_job

NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
EVERY = {"smart-sync": 300, "dispatch-realtime": 10}


def due(workspace: Workspace, at: datetime | None, *, sync: dict[str, Any] | None = None, **fields: Any) -> Connection:
    connection = make_connection(workspace, sync=sync or {}, **fields)
    connection.schedules.update(next_due_at=at, interval_seconds=3600 if at else None)
    return connection


@pytest.mark.parametrize(
    ("at", "fields", "expected"),
    [
        (None, {}, "when somebody presses Sync now"),
        (NOON, {}, "within 5 min"),
        (NOON, {"sync": {"sync_frequency": "realtime"}}, "within 10 s"),
        (NOON, {"sync": {"sync_status": "syncing"}}, "when the one that runs has ended"),
        (NOON, {"paused": True}, "not while it is paused"),
        (NOON + MINUTE, {"paused": True}, "not while it is paused"),
        (NOON, {"is_sandbox": False}, "not in this mode of the installation"),
    ],
)
def test_why_there_is_no_moment(workspace: Workspace, at: datetime | None, fields: Any, expected: str) -> None:
    found = upcoming(standing(due(workspace, at, **fields), {}, NOON), NOON)
    assert (found.at, found.words) == (None, expected)


def test_a_moment_is_that_of_the_first_stream_or_the_end_of_a_block(workspace: Workspace, settings: Any) -> None:
    connection = due(workspace, NOON + 12 * MINUTE)
    connection.schedules.filter(stream="ads").update(next_due_at=NOON + 3 * MINUTE)
    assert upcoming(standing(connection, {}, NOON), NOON).at == NOON + 3 * MINUTE
    ConnectionSync.block(connection.pk, NOON + 20 * MINUTE, "Too many calls.")
    blocked = Connection.objects.get(pk=connection.pk)
    assert upcoming(standing(blocked, {}, NOON), NOON).at == NOON + 20 * MINUTE
    settings.BACKGROUND_SYNC_ENABLED = False
    assert "background sync is off" in upcoming(standing(connection, {}, NOON), NOON).words


def test_a_dead_login_comes_first(workspace: Workspace) -> None:
    connection = due(workspace, NOON)
    connection.credential.mark_dead("Gone.")
    found = upcoming(standing(Connection.objects.get(pk=connection.pk), {}, NOON), NOON)
    assert found.words == "not before it has a new login"


@pytest.mark.spec("C8")
@pytest.mark.parametrize(
    ("at", "attempted", "said"),
    [
        (NOON, None, "First sync within 5 min."),
        (NOON, NOON - MINUTE, "Next sync within 5 min."),
        (NOON + 125 * MINUTE, NOON - MINUTE, "Next sync in 2 hours."),
        (NOON + timedelta(seconds=3), NOON - MINUTE, "Next sync in a moment."),
        (None, None, "First sync when somebody presses Sync now."),
    ],
)
def test_whoever_chooses_a_frequency_is_told_what_follows(
    workspace: Workspace, at: datetime | None, attempted: datetime | None, said: str
) -> None:
    connection = due(workspace, at, sync={"last_sync_attempted_at": attempted})
    assert announced(standing(connection, {}, NOON), NOON) == said


# Waiting for calls


def test_a_sync_waits_for_calls_when_all_that_is_left_of_it_does(connection: Connection, now: datetime) -> None:
    job, until = make_job(connection, now, "in_progress", trigger="schedule"), now + 20 * MINUTE
    make_chunk(job, 0, "campaigns")
    assert parked([connection.pk], now) == {}
    make_chunk(job, 1, "ads", "pending", ready_at=until, error_code="budget")
    make_chunk(job, 2, "ads", "pending", ready_at=until + MINUTE, error_code="budget")
    assert parked([connection.pk], now) == {connection.pk: until}
    assert parked([connection.pk], until + 2 * MINUTE) == {}
    running = make_chunk(job, 3, "ads", "running", lease_token=uuid4())
    assert parked([connection.pk], now) == {}
    running.delete()
    make_chunk(job, 4, "ads", "pending", ready_at=until, error_code="17")
    assert parked([connection.pk], now) == {}


# The scheduler


@pytest.mark.parametrize(
    ("ago", "error", "is_on", "expected"),
    [
        (None, "", True, "unseen"),
        (None, "", False, "off"),
        (8, "", True, "at_work"),
        (8, "", False, "at_work"),
        (900, "", True, "at_work"),
        (901, "", True, "late"),
        (901, "", False, "off"),
        (8, "OperationalError", True, "failing"),
    ],
)
@pytest.mark.django_db
def test_the_scheduler_is_what_its_heartbeats_say(
    settings: Any, ago: int | None, error: str, is_on: bool, expected: str
) -> None:
    """With the flag off it is at work all the same where an outside cron calls it."""
    settings.BACKGROUND_SYNC_ENABLED = is_on
    SchedulerHeartbeat.objects.create(name="sweep", ran_at=NOON)
    if ago is not None:
        ran_at = NOON - timedelta(seconds=ago)
        SchedulerHeartbeat.objects.create(name="smart-sync", ran_at=ran_at, error=error)
    found = pulse(EVERY, NOON)
    assert (found.state.code, found.every, found.is_on) == (expected, 300, is_on)
