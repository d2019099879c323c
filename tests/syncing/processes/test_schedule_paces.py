"""With a worker that runs: who is due starts in time, and a pace that was changed holds from the next tick on."""

import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from connections.access import Actor
from connections.models import Connection
from syncing import actions, receivers
from syncing.models import ConnectionSync, ObjectSyncConfig, SyncChunk, SyncJob, SyncSchedule
from tests.fixtures.engine import MakeAccount, add_chunks, bare_job, eventually
from tests.fixtures.workers import Workers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

AS_SHIPPED: dict[str, Any] = {"dispatch_seconds": 10, "sweep_seconds": 10, "lease_seconds": 60}
QUICK: dict[str, Any] = {"dispatch_seconds": 1, "smart_seconds": 2, "lease_seconds": 60}
IN_TIME = timedelta(seconds=15)
TICK = timedelta(seconds=2)


def long_sync(make_account: MakeAccount, lane: str) -> SyncJob:
    """More chunks than any test waits for, of three seconds each, and one account may fill every slot."""
    account = make_account(delay_ms=3000, sync={"slices_in_flight": 20})
    job = bare_job(account, lane=lane)
    add_chunks(job, 200, now=timezone.now() - timedelta(hours=1))
    job.chunks.update(ready_at=timezone.now())
    return job


def choose(account: Connection, frequency: str) -> None:
    actions.set_frequency(account, Actor(), frequency, now=timezone.now())


def runs(account: Connection, since: datetime) -> list[datetime]:
    """When the first chunk of each job was begun."""
    jobs = SyncJob.objects.filter(connection=account, created_at__gte=since).order_by("created_at")
    return [job.started_at for job in jobs if job.started_at]


def next_due(account: Connection, stream: str) -> datetime:
    due_at = SyncSchedule.objects.get(connection=account, stream=stream).next_due_at
    assert due_at
    return due_at


@pytest.mark.spec("A39", "C5")
@pytest.mark.parametrize("others", [("sync",), ("sync", "backfill")], ids=["a long sync", "history too"])
def test_a_realtime_connection_starts_in_time_while_every_slot_is_busy(
    make_account: MakeAccount, start_worker: Workers, others: tuple[str, ...]
) -> None:
    for lane in others:
        long_sync(make_account, lane)
    watched = make_account(campaigns=1)
    start_worker(**AS_SHIPPED)
    eventually(lambda: SyncChunk.objects.running(timezone.now()).count() == 4, "every slot to be busy")
    choose(watched, "realtime")
    waits = []
    for turn in range(2):
        time.sleep(5 * turn)  # or each would be due just after a tick
        due_at = timezone.now()
        SyncSchedule.objects.filter(connection=watched, stream="account_days").update(next_due_at=due_at)
        begun_at = eventually(lambda: runs(watched, due_at), "it to be started", 40)[0]  # noqa: B023
        waits.append(begun_at - due_at)
        eventually(lambda: not SyncJob.objects.active().filter(connection=watched).exists(), "it to end")
    assert max(waits) <= IN_TIME
    assert SyncChunk.objects.ready(timezone.now()).exclude(connection=watched).exists(), "the others were done"


@pytest.mark.spec("C8")
def test_a_frequency_that_was_changed_holds_from_the_next_tick_and_disturbs_no_job(
    make_account: MakeAccount, start_worker: Workers
) -> None:
    account = make_account(campaigns=2, page_size=7, delay_ms=1500)
    start_worker(**QUICK)
    choose(account, "daily")
    job = eventually(lambda: SyncJob.objects.filter(status="in_progress").first(), "the first sync")
    chunk = eventually(lambda: job.chunks.filter(lease_token__isnull=False).first(), "its first chunk")
    choose(account, "realtime")
    every = SyncSchedule.objects.filter(connection=account, stream="account_days").values_list("interval_seconds")
    assert every.get() == (30,)
    eventually(lambda: not SyncJob.objects.active().filter(pk=job.pk).exists(), "it to end")
    job.refresh_from_db()
    assert set(job.chunks.values_list("status", "attempts")) == {("completed", 1)}
    assert job.chunks.get(pk=chunk.pk).started_at == chunk.started_at, "it was begun again"
    due_at = next_due(account, "account_days")
    assert due_at <= timezone.now() + timedelta(seconds=30)
    assert job.closed_at
    begun_at = eventually(lambda: runs(account, job.closed_at), "the next sync", 40)[0]
    assert begun_at - max(due_at, job.closed_at) <= TICK + timedelta(seconds=1)


def test_an_interval_that_was_changed_holds_from_the_next_tick(
    make_account: MakeAccount, start_worker: Workers
) -> None:
    receivers.seed_object_types()
    account = make_account(campaigns=1)
    start_worker(**QUICK)
    choose(account, "smart")
    eventually(lambda: SyncJob.objects.filter(status="completed").exists(), "the first sync")
    assert next_due(account, "campaigns") > timezone.now() + TICK
    lists = SyncSchedule.objects.filter(connection=account, stream="campaigns")
    lists.update(last_attempted_at=timezone.now() - timedelta(minutes=3))
    changed_at = timezone.now()
    config = ObjectSyncConfig.objects.get(provider="plain", object_type="campaigns")
    config.sync_interval_minutes = 2
    config.save()
    (begun_at,) = eventually(lambda: runs(account, changed_at), "the next sync")
    assert begun_at - changed_at <= TICK + timedelta(seconds=1)
    assert SyncJob.objects.latest("created_at").scope["streams"] == ["campaigns"]
    assert ConnectionSync.objects.get(pk=account.pk).sync_status in ("syncing", "idle")
