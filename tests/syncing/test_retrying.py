"""Failed chunks run again as a job of their own, which changes nothing of what it did not read."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from connections.access import Actor
from connections.models import AuditEvent, Connection
from projects.models import Coverage, DailyMetric
from syncing import actions, planner, scheduler
from syncing.models import SyncJob, SyncSchedule
from tests.fixtures import plain as provider
from tests.fixtures.engine import (
    TODAY,
    MakeAccount,
    Watch,
    bare_job,
    change,
    drain,
    enqueue,
    expected_numbers,
    numbers,
    sync,
    telemetry,
)

pytestmark = pytest.mark.django_db

BROKEN = {"kind": "misconfigured", "stream": "account_days"}


@pytest.fixture
def broken(make_account: MakeAccount) -> Connection:
    """One of its streams fails."""
    return make_account(errors=[BROKEN])


def retry(job: SyncJob, alice: User, watch: Watch) -> SyncJob:
    again = actions.retry_failed(job, Actor(alice), now=watch.now).job
    drain(watch, jobs=[again.pk])
    again.refresh_from_db()
    return again


def clocks(account: Connection) -> dict[str, tuple[Any, Any, int]]:
    schedules = SyncSchedule.objects.filter(connection=account)
    return {
        each.stream: (each.last_completed_at, each.last_changed_at, each.consecutive_failures) for each in schedules
    }


def test_only_what_failed_is_read_again(broken: Connection, watch: Watch, alice: User) -> None:
    job = sync(broken, watch)
    assert job.status == "completed_with_failures"
    change(broken, errors=[])
    again = retry(job, alice, watch)
    assert (again.status, again.follows_id, again.user) == ("completed", job.pk, alice)
    assert set(again.chunks.values_list("stream", flat=True)) == {"account_days"}
    assert again.total_chunks == job.failed_chunks
    assert numbers(broken) == expected_numbers(broken)
    state = telemetry(broken)
    assert (state.sync_status, state.last_sync_error, state.total_syncs_attempted) == ("idle", "", 2)
    assert SyncJob.objects.get(pk=job.pk).status == "completed_with_failures"


@pytest.mark.parametrize("days", [0, 3])
def test_no_stream_is_fresher_than_what_was_read_again(
    broken: Connection, watch: Watch, alice: User, days: int
) -> None:
    """Days later the windows that failed do not reach that day: the stream has changed, and is not up to date."""
    job = sync(broken, watch)
    before = clocks(broken)
    change(broken, errors=[])
    watch.move(days=days, hours=1)
    retry(job, alice, watch)
    after = clocks(broken)
    assert before.pop("account_days") == (None, None, 1)
    assert after.pop("account_days") == (None if days else watch.now, watch.now, 0)
    assert after == before


def test_a_retry_that_fails_again_changes_no_count(broken: Connection, watch: Watch, alice: User) -> None:
    job = sync(broken, watch)
    before = telemetry(broken)
    watch.move(hours=1)
    assert retry(job, alice, watch).status == "failed"
    after = telemetry(broken)
    assert after.total_syncs_with_changes == before.total_syncs_with_changes == 1
    assert after.last_metrics_changed_at == before.last_metrics_changed_at
    assert after.sync_status == "error"


def test_the_ledger_of_days_says_what_is_stored(make_account: MakeAccount, watch: Watch, alice: User) -> None:
    """Restated between the failure and the retry, which goes on from nothing and so counts whole days."""
    account = make_account(page_size=3, errors=[BROKEN | {"page": 1}])
    job = sync(account, watch)
    change(account, errors=[], salt="restated")
    retry(job, alice, watch)
    for day in planner.days(TODAY - timedelta(days=13), TODAY):
        covered = Coverage.objects.get(connection=account, stream="account_days", date=day)
        (stored,) = DailyMetric.objects.filter(level="account", date=day).values_list("spend_micros", flat=True)
        assert (covered.row_count, int(covered.total)) == (1, stored)


def test_where_a_days_entities_were_read_in_parts_all_parts_are_read(
    make_account: MakeAccount, watch: Watch, alice: User
) -> None:
    account = make_account(campaigns=4, most_ids=2)
    job = sync(account, watch, "campaigns", "campaign_days")
    day = job.chunks.exclude(entity_ids=[]).filter(start_date=TODAY)
    assert day.count() > 1
    day.filter(pk=day.first().pk).update(status="failed")  # type: ignore[union-attr]
    again = retry(job, alice, watch)
    assert again.chunks.count() == day.count()
    assert Coverage.objects.get(stream="campaign_days", date=TODAY).row_count == 4


def test_where_the_metrics_were_never_planned_they_follow(make_account: MakeAccount, watch: Watch, alice: User) -> None:
    account = make_account(errors=[{"kind": "reconnect", "stream": "campaigns"}])
    job = sync(account, watch)
    assert job.planned_at is None
    change(account, errors=[])
    account.credential.seal({"token": provider.TOKEN})
    account.credential.save()
    assert retry(job, alice, watch).status == "completed"
    assert DailyMetric.objects.filter(connection=account, level="account").count() == 14


def test_what_cannot_be_retried_says_why(broken: Connection, watch: Watch, alice: User) -> None:
    job = sync(broken, watch)
    bare_job(broken, 1)
    with pytest.raises(scheduler.NotRunnable, match="A sync of this connection is running"):
        retry(job, alice, watch)
    SyncJob.objects.active().delete()
    change(broken, errors=[])
    again = retry(job, alice, watch)
    with pytest.raises(scheduler.NotRunnable, match="No chunk of this job has failed"):
        retry(again, alice, watch)
    assert AuditEvent.objects.filter(action="failed chunks retried").count() == 1


def test_a_retry_of_some_chunks_does_not_answer_for_a_whole_sync(account: Connection, watch: Watch) -> None:
    failing = {"kind": "misconfigured", "stream": "account_days"}
    failed = sync(change(account, errors=[failing]), watch)
    change(account, errors=[])
    retry = scheduler.retry_failed(failed, now=watch.move(hours=1), trigger="user")
    asked = scheduler.enqueue_now(account, now=watch.move(hours=4), trigger="user")
    assert (asked.job.pk, asked.deduplicated) == (retry.pk, True)
    assert len(SyncJob.objects.get(pk=retry.pk).rerun) == 1
    drain(watch)
    following = SyncJob.objects.get(follows=retry)
    assert set(following.chunks.values_list("stream", flat=True)) == {"campaigns", "campaign_days", "account_days"}


def test_a_job_that_was_paused_over_midnight_does_not_answer_for_today(account: Connection, watch: Watch) -> None:
    before = enqueue(account, watch.now)
    asked = scheduler.enqueue_now(account, now=watch.move(days=3), trigger="user")
    assert (asked.job.pk, asked.deduplicated) == (before.pk, True)
    drain(watch)
    assert SyncJob.objects.get(follows=before).chunks.filter(end_date=watch.now.date()).exists()
