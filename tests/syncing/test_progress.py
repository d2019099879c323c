"""How far a job is, as people are told."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from connections.models import Connection, Credential, Workspace
from projects.models import Campaign
from syncing.models import ConnectionSync, SyncJob
from syncing.status.progress import Progress, progress_of
from tests.fixtures.synced import make_chunk, make_connection, make_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def recent(connection: Connection, now: datetime) -> SyncJob:
    """Its lists are read; of its four chunks with numbers one is done, and one is at work."""
    job = make_recent(connection, now)
    make_chunk(job, 0, "campaigns")
    make_chunk(job, 1, "ad_metrics", actual_duration_seconds=30, calls=3)
    make_chunk(job, 2, "ad_metrics", "running", lease_token=job.pk, **days())
    for order in (3, 4):
        make_chunk(job, order, "ad_metrics", "pending", **days())
    return job


def days() -> dict[str, Any]:
    return {"start_date": date(2026, 1, 12), "end_date": date(2026, 4, 11)}


def make_recent(connection: Connection, now: datetime, **fields: Any) -> SyncJob:
    fields = {"planned_at": now, "total_chunks": 5, "completed_chunks": 2, "progress_percentage": 40} | fields
    return make_job(connection, now, SyncJob.Status.IN_PROGRESS, sync_phase="recent_90_days", **fields)


def of(job: SyncJob, now: datetime) -> Progress:
    return progress_of(
        [SyncJob.objects.select_related("connection__sync", "connection__credential").get(pk=job.pk)], now
    )[0]


@pytest.mark.spec("T26", "T27", "T28")
def test_it_says_what_is_read_what_is_held_and_how_long_it_takes(recent: SyncJob, now: datetime) -> None:
    Campaign.objects.create(
        connection=recent.connection, external_id="1", name="A", fingerprint=1, first_seen_at=now, changed_at=now
    )
    progress = of(recent, now)
    assert progress.state == "running"
    assert progress.activity == "Reading numbers of ads, 12 Jan \N{EN DASH} 11 Apr 2026"
    assert progress.counts == [("campaigns", 1), ("ad_sets", 0), ("ads", 0)]
    assert progress.seconds_left == 3 * 30 / 4, "three are left, four are read at a time"


def test_while_lists_are_read_it_names_them_and_no_time(connection: Connection, now: datetime) -> None:
    job = make_recent(connection, now, planned_at=None, total_chunks=3, completed_chunks=0)
    make_chunk(job, 0, "ad_sets", "running", lease_token=job.pk)
    progress = of(job, now)
    assert (progress.activity, progress.seconds_left) == ("Reading ad sets", None)


def test_durations_of_the_providers_last_jobs_count_while_it_has_none_of_its_own(
    recent: SyncJob, workspace: Workspace, now: datetime
) -> None:
    recent.chunks.filter(stream="ad_metrics", status="completed").delete()
    assert of(recent, now).seconds_left == 3 * 5 / 4, "of its lists"
    other = make_job(make_connection(workspace, "Other"), now - timedelta(hours=1), sync_phase="recent_90_days")
    make_chunk(other, 0, "ad_metrics", actual_duration_seconds=80)
    assert of(recent, now).seconds_left == 3 * 80 / 4


def test_a_provider_that_asked_for_quiet_is_waited_for(recent: SyncJob, now: datetime) -> None:
    until = now + timedelta(minutes=9)
    ConnectionSync.objects.filter(pk=recent.connection_id).update(not_before=until, not_before_reason="Too many.")
    progress = of(recent, now)
    assert (progress.state, progress.waits_until, progress.activity) == ("parked", until, "")
    assert [each.sentence for each in progress.troubles] == ["Too many."]


@pytest.mark.spec("T94")
def test_a_dead_login_and_failed_chunks_are_said_with_what_to_do(recent: SyncJob, now: datetime) -> None:
    for order in (5, 6):
        make_chunk(recent, order, "ads", "failed", error="No answer.", remedy="Retry it.")
    Credential.objects.update(needs_reconnect=True, needs_reconnect_reason="It has expired.")
    login, failed = of(recent, now).troubles
    assert (login.sentence, login.remedy) == ("It has expired.", "Connect the account again; its history is kept.")
    assert (failed.sentence, failed.remedy, failed.times, failed.is_final) == ("No answer.", "Retry it.", 2, True)


@pytest.mark.parametrize(
    ("status", "state"), [("completed", "done"), ("completed_with_failures", "failed"), ("failed", "failed")]
)
def test_the_ends(connection: Connection, now: datetime, status: str, state: str) -> None:
    assert of(make_job(connection, now, status), now).state == state


def test_many_jobs_cost_as_much_as_one(
    recent: SyncJob, workspace: Workspace, now: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        job = make_recent(make_connection(workspace, f"Account {number}"), now)
        make_chunk(job, 0, "ads", "running", lease_token=job.pk)
    jobs = list(SyncJob.objects.select_related("connection__sync", "connection__credential"))
    with django_assert_max_num_queries(6):
        assert len(progress_of(jobs, now)) == 6
