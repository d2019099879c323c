"""Slots are shared fairly: who watches the clock is served first, and several workers share the work."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from connections.models import Connection
from syncing.models import SyncChunk, SyncJob, WorkerHeartbeat
from tests.fixtures.engine import MakeAccount, add_chunks, assert_complete, bare_job, enqueue, eventually
from tests.fixtures.workers import Broker, Workers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

HISTORY = 600


def history(make_account: MakeAccount, chunks: int = HISTORY, **options: Any) -> SyncJob:
    """A backfill whose chunks are all ready, with slices enough to fill every slot of a worker."""
    account = make_account(delay_ms=50, sync={"slices_in_flight": 20}, **options)
    job = bare_job(account, lane="backfill")
    add_chunks(job, chunks, now=timezone.now() - timedelta(hours=1))
    job.chunks.update(ready_at=timezone.now())
    assert set(job.chunks.values_list("queue", flat=True)) == {"backfill"}
    return job


def realtime_account(make_account: MakeAccount) -> Connection:
    return make_account(sync={"sync_frequency": "realtime"})


@pytest.mark.spec("A36")
@pytest.mark.parametrize("pool", ["threads", "prefork"])
def test_realtime_is_served_within_a_second_while_history_waits(
    make_account: MakeAccount, start_worker: Workers, pool: str
) -> None:
    """One worker with four slots, and 600 chunks of history before it."""
    past = history(make_account)
    watched = realtime_account(make_account)
    start_worker(pool=pool)
    eventually(lambda: SyncChunk.objects.running(timezone.now()).count() == 3, "history to hold three slots")
    waits = []
    for _ in range(5):
        asked_at = timezone.now()
        job = enqueue(watched, asked_at, "campaigns")
        begun_at = eventually(lambda: job.chunks.get().started_at, "the chunk to be begun")  # noqa: B023
        waits.append(begun_at - asked_at)
        eventually(lambda: not SyncJob.objects.active().filter(pk=job.pk).exists(), "the job to end")  # noqa: B023
    print(f"realtime chunks waited, {pool}: {[round(wait.total_seconds(), 2) for wait in waits]} s")
    assert max(waits) < timedelta(seconds=1)
    assert past.chunks.open().count() > 100, "history was over too soon"
    assert past.chunks.filter(status="completed").exists()


def test_history_never_takes_the_last_slot(make_account: MakeAccount, start_worker: Workers) -> None:
    """Also where it has nothing to share it with, and also between the processes of a pool."""
    history(make_account, 150)
    start_worker(pool="prefork", concurrency=3)
    seen = []
    until = time.monotonic() + 3
    while time.monotonic() < until:
        seen.append(SyncChunk.objects.running(timezone.now()).count())
        time.sleep(0.02)
    assert max(seen) == 2


@pytest.mark.spec("A37")
def test_two_workers_share_the_work(
    make_account: MakeAccount, broker: Broker, start_worker: Workers, tmp_path: Path
) -> None:
    journal = tmp_path / "calls"
    accounts = [make_account(campaigns=6, page_size=7, delay_ms=60, journal=str(journal)) for _ in range(6)]
    workers = [start_worker(), start_worker(with_beat=False)]
    for account in accounts:
        enqueue(account, timezone.now())
    eventually(lambda: not SyncJob.objects.active().exists(), "every job to be closed", 40)
    for account in accounts:
        today = timezone.now().astimezone(account.zone).date()
        assert_complete(account, today - timedelta(days=13), today)
    calls = [line.split(" ") for line in journal.read_text().splitlines()]
    assert {int(process) for process, *_ in calls} == {worker.pid for worker in workers}
    assert len(calls) == len({tuple(call) for _, *call in calls}), "a page was read twice"
    rows = WorkerHeartbeat.objects.order_by("started_at")
    assert list(rows.values_list("has_beat", "slots")) == [(True, 4), (False, 4)]
