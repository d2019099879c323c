"""The settings page about pace: what is asked for and what is, what it costs, what waits, and what stays silent."""

import re
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User

from connections.models import Connection
from syncing import scheduler
from syncing.models import ConnectionSync, SyncJob
from tests.fixtures.synced import make_chunk, make_job
from tests.syncing.views.test_settings import SignIn, page_of, text_of


def scheduled(connection: Connection, frequency: str, calls: float | None, now: datetime) -> None:
    ConnectionSync.set_frequency(connection.pk, frequency)
    scheduler.reschedule([connection.pk], now)
    connection.schedules.update(average_calls=calls, next_due_at=now + timedelta(minutes=12, seconds=30))


@pytest.mark.spec("C6")
def test_the_pace_that_was_asked_for_and_that_there_is_stand_beside_each_other_with_the_reason(
    alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    scheduled(connection, "realtime", 4, now)
    connection.schedules.exclude(stream="account_metrics").update(average_calls=0)
    text = text_of(signed_in(alice))
    why = "180 calls an hour are allowed, one in 25 s, and one round takes 4."
    assert f"Pace: Asked for every 30 s; runs about every 101 s: {why}" in text
    assert "Next sync: in 12 min" in text


def test_every_frequency_says_what_it_costs_this_account(
    alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    scheduled(connection, "hourly", None, now)
    assert "calls an hour" not in text_of(client)
    scheduled(connection, "hourly", 1, now)
    helps = dict(re.findall(r'<option value="(\w+)"[^>]* data-help="([^"]*)"', page_of(client)))
    assert "calls an hour" not in helps["manual"]
    assert re.search(r"About \d+ of 180 calls an hour\.$", helps["realtime"])
    assert helps["daily"].endswith("Less than one call an hour.")
    connection.schedules.update(average_calls=40)
    helps = dict(re.findall(r'<option value="(\w+)"[^>]* data-help="([^"]*)"', page_of(client)))
    assert re.search(r"It needs about \d+ calls an hour and 180 are allowed, so it runs slower\.$", helps["realtime"])


def test_a_manual_account_says_that_it_waits(
    alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    scheduled(connection, "manual", None, now)
    connection.schedules.update(next_due_at=None)
    text = text_of(signed_in(alice))
    assert "Next sync: when somebody presses Sync now" in text
    assert "Pace:" not in text


def test_what_the_schedule_has_parked_waits_for_calls_and_says_until_when(
    alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    until = now.replace(second=0, microsecond=0) + timedelta(minutes=23)
    ConnectionSync.objects.update(sync_status="syncing")
    job = make_job(connection, now, SyncJob.Status.IN_PROGRESS, trigger="schedule", total_chunks=1)
    make_chunk(job, 0, "ads", "pending", ready_at=until, error_code="budget")
    client = signed_in(alice)
    text = text_of(client)
    clock = f"{until.astimezone(ZoneInfo('Europe/Zurich')):%H:%M}"
    assert "Status: Waiting for calls " in text
    assert re.search(rf"Waiting for calls until (\d+ \w+, )?{clock}", text)
    assert "Status: Syncing" not in text
    make_chunk(job, 1, "ads", "running", lease_token=uuid4())
    assert "Status: Syncing" in text_of(client)


@pytest.mark.spec("T55")
def test_what_the_schedule_runs_is_silent_until_it_fails(
    alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    """Its word of state, and nothing else: no seconds, no line about the queue, no verdict, and Sync now stays."""
    ConnectionSync.objects.update(sync_status="syncing")
    job = make_job(connection, now, SyncJob.Status.IN_PROGRESS, trigger="schedule", total_chunks=3)
    client = signed_in(alice)
    page, text = page_of(client), text_of(client)
    assert "Status: Syncing" in text
    assert "Syncing..." not in text
    assert "chunks done" not in text
    assert f'value="{job.pk}' not in page
    assert f'id="sync-{connection.pk}" class="btn btn-sync btn-primary" type="submit"' in page
    SyncJob.objects.update(status="failed", closed_at=now)
    ConnectionSync.objects.update(sync_status="error", last_sync_error="It broke.")
    assert "Last error: It broke." in text_of(client)
