"""A job that is cancelled, wherever it stands, and resumed: the rows are those of a run that nobody disturbed."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from connections.access import Actor
from connections.models import AuditEvent, Connection
from projects.models import Coverage
from syncing import actions, cancelling, runner, scheduler
from syncing.budget import Purse
from syncing.models import LeaseLost, SyncChunk, SyncJob, SyncSchedule
from tests.fixtures import plain as provider
from tests.fixtures.engine import TODAY, MakeAccount, Watch, change, claim, drain, enqueue, numbers, telemetry
from tests.fixtures.plain import truth
from tests.syncing.test_two_phases import DAY, RECENT_FROM, STREAMS, covered, days, finish, first_sync, history_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storied")]
OPENED = TODAY - 120 * DAY


def run(watch: Watch, chunks: int, job: SyncJob) -> None:
    purse = Purse(watch)
    for _ in range(chunks):
        while (chunk := SyncChunk.claim_next(watch.now, jobs=[job.pk])) is None:
            watch.move(seconds=1)
        runner.run_chunk(chunk, clock=watch, stop=threading.Event(), purse=purse)
    purse.close()


def in_the_queue(account: Connection, watch: Watch, job: SyncJob) -> None:
    assert job.status == "pending"


def after_the_structure(account: Connection, watch: Watch, job: SyncJob) -> None:
    run(watch, 1, job)
    assert job.chunks.filter(stream="campaign_days").exists()


def among_the_metrics(account: Connection, watch: Watch, job: SyncJob) -> None:
    run(watch, 3, job)


def before_the_last(account: Connection, watch: Watch, job: SyncJob) -> None:
    run(watch, 4, job)
    assert job.chunks.open().count() == 1


def while_a_retry_waits(account: Connection, watch: Watch, job: SyncJob) -> None:
    change(account, errors=[{"kind": "transient", "stream": "campaigns"}])
    run(watch, 1, job)
    assert job.chunks.open().get().retry_count == 1
    change(account, errors=[])


STAGES = [in_the_queue, after_the_structure, among_the_metrics, before_the_last, while_a_retry_waits]


@pytest.mark.spec("C32", "T83")
@pytest.mark.parametrize("stage", STAGES)
def test_cancelled_anywhere_and_resumed(make_account: MakeAccount, watch: Watch, stage: Callable[..., Any]) -> None:
    account = make_account(campaigns=120, opened=OPENED)
    job = first_sync(account, watch)
    stage(account, watch, job)
    done = set(job.chunks.filter(status="completed").values_list("stream", "entity_offset"))
    cancelling.cancel(job.pk, watch.now)
    drain(watch, jobs=[job.pk])
    assert telemetry(account).sync_status == "idle"
    again = scheduler.resume(SyncJob.objects.get(pk=job.pk), now=watch.now, trigger="user").job
    assert (again.follows_id, again.lane, again.sync_phase) == (job.pk, "sync", "recent_90_days")
    opened = set(again.chunks.open().values_list("stream", "entity_offset"))
    assert not opened & done, "what was finished is not read again"
    assert finish(again, watch).status == "completed"
    assert numbers(account) == truth(account.options, account.external_account_id, RECENT_FROM, TODAY)
    assert covered(account, "campaign_days") == covered(account, "account_days") == days(RECENT_FROM, TODAY)
    assert set(Coverage.objects.filter(stream="campaign_days").values_list("row_count", flat=True)) == {120}
    finish(history_of(account), watch)
    assert telemetry(account).phase_2_completed_at
    assert not SyncSchedule.objects.exclude(consecutive_failures=0).exists()


@pytest.mark.spec("C32")
def test_history_goes_on_with_the_rest_of_its_outline(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(campaigns=60, opened=TODAY - 729 * DAY)
    finish(first_sync(account, watch), watch)
    history = history_of(account)
    run(watch, 3, history)
    cancelling.cancel(history.pk, watch.now)
    history.refresh_from_db()
    assert history.to_release
    change(account, campaigns=70)
    again = scheduler.resume(history, now=watch.now, trigger="user").job
    assert (again.lane, again.total_chunks - again.completed_chunks) == ("backfill", history.total_chunks - 3)
    assert finish(again, watch).status == "completed"
    for stream in STREAMS:
        assert covered(account, stream) == days(TODAY - 729 * DAY, TODAY)
    assert set(Coverage.objects.filter(stream="campaign_days").values_list("row_count", flat=True)) == {60}


@pytest.mark.spec("C32")
def test_a_worker_in_the_middle_of_a_page_notices(account: Connection, watch: Watch, caplog: Any) -> None:
    job = enqueue(account, watch.now)
    chunk = claim(watch)
    cancelling.cancel(job.pk, watch.now)
    with pytest.raises(LeaseLost):
        chunk.renew(watch.now)
    purse = Purse(watch)
    runner.run_chunk(chunk, clock=watch, stop=threading.Event(), purse=purse)
    purse.close()
    assert job.chunks.get().status == "cancelled"
    assert numbers(account) == []
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_cancel_of_history_leaves_the_state_of_the_sync_alone(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(opened=OPENED)
    finish(first_sync(account, watch), watch)
    enqueue(account, watch.now)
    cancelling.cancel(history_of(account).pk, watch.now)
    assert telemetry(account).sync_status == "queued"


def test_a_connection_that_had_failed_shows_so_again(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(errors=[{"kind": "misconfigured", "stream": "account_days"}])
    finish(enqueue(account, watch.now), watch)
    cancelling.cancel(enqueue(account, watch.now).pk, watch.now)
    assert telemetry(account).sync_status == "error"


def test_what_was_to_follow_is_dropped_and_told(account: Connection, watch: Watch, alice: User) -> None:
    job = enqueue(account, watch.now, "account_days")
    enqueue(account, watch.now, "campaigns")
    assert actions.cancel(job, Actor(alice), now=watch.now) == 1
    drain(watch)
    assert SyncJob.objects.count() == 1
    event = AuditEvent.objects.get()
    assert (event.action, event.after) == ("sync cancelled", {"job": str(job.pk), "dropped": 1})
    with pytest.raises(cancelling.HasEnded):
        cancelling.cancel(job.pk, watch.now)


def test_a_second_press_joins_the_first(account: Connection, watch: Watch, alice: User) -> None:
    job = enqueue(account, watch.now)
    with pytest.raises(scheduler.NotRunnable, match="was not interrupted"):
        scheduler.resume(job, now=watch.now, trigger="user")
    cancelling.cancel(job.pk, watch.now)
    with pytest.raises(scheduler.NotRunnable, match="was cancelled"):
        scheduler.retry_failed(SyncJob.objects.get(pk=job.pk), now=watch.now, trigger="user")
    first, second = (actions.resume(job, Actor(alice), now=watch.now) for _ in range(2))
    assert (first.job, first.deduplicated, second.deduplicated) == (second.job, False, True)
    assert AuditEvent.objects.filter(action="sync resumed").count() == 1
    finish(first.job, watch)
    with pytest.raises(scheduler.NotRunnable, match="resumed already"):
        actions.resume(job, Actor(alice), now=watch.now)


def test_without_its_chunks_it_cannot_be_resumed(account: Connection, watch: Watch) -> None:
    job = enqueue(account, watch.now)
    cancelling.cancel(job.pk, watch.now)
    job.chunks.all().delete()
    with pytest.raises(scheduler.NotRunnable, match="no longer kept"):
        scheduler.resume(job, now=watch.now, trigger="user")


@pytest.mark.spec("C32")
def test_a_renewed_login_goes_on_with_what_was_left(make_account: MakeAccount, watch: Watch, alice: User) -> None:
    account = make_account(campaigns=120, opened=OPENED, errors=[])
    job = first_sync(account, watch)
    run(watch, 3, job)
    change(account, errors=[{"kind": "reconnect"}])
    finish(job, watch)
    change(account, errors=[])
    account = Connection.objects.get(pk=account.pk)
    account.credential.seal({"token": provider.TOKEN})
    account.credential.save()
    again = actions.start_first(account, Actor(alice), now=watch.now).job
    assert (again.follows_id, again.chunks.open().count()) == (job.pk, 2)
    assert finish(again, watch).status == "completed"
    finish(history_of(account), watch)
    assert numbers(account) == truth(account.options, account.external_account_id, OPENED, TODAY)


@pytest.mark.spec("T24")
def test_history_can_be_asked_for(make_account: MakeAccount, watch: Watch, alice: User) -> None:
    """The recent window first, then history itself; the job that runs, and one that goes on with what was stopped."""
    account, actor = make_account(opened=TODAY - 200 * DAY), Actor(alice)
    recent = actions.start_history(account, actor, now=watch.now).job
    assert recent.sync_phase == "recent_90_days"
    finish(recent, watch)
    joined = actions.start_history(account, actor, now=watch.now)
    assert (joined.job, joined.deduplicated) == (history_of(account), True)
    actions.cancel(joined.job, actor, now=watch.now)
    resumed = actions.start_history(account, actor, now=watch.now).job
    assert resumed.follows == joined.job
    finish(resumed, watch)
    assert telemetry(account).phase_2_completed_at
    assert AuditEvent.objects.filter(action="history started").count() == 2, "joining is no start"


def test_there_may_be_no_history(make_account: MakeAccount, watch: Watch, alice: User) -> None:
    account = make_account(opened=TODAY)
    finish(first_sync(account, watch), watch)
    with pytest.raises(scheduler.NotRunnable, match="nothing before the recent days"):
        actions.start_history(account, Actor(alice), now=watch.now)
