"""Workers that are killed at any moment: nothing is lost, nothing is doubled, nothing stays behind."""

import os
import random
import signal
import time
from collections import defaultdict
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum
from django.utils import timezone

from connections.models import Connection
from projects.models import Change, Coverage, DailyMetric
from syncing.models import ConnectionSync, SyncChunk, SyncJob
from syncing.models.chunks import MAX_ATTEMPTS
from tests.fixtures.engine import MakeAccount, assert_complete, bare_job, enqueue, eventually, insist
from tests.fixtures.workers import Worker, Workers

pytestmark = pytest.mark.django_db(transaction=True)

LEASE, SWEEP = 3, 1


def feed(make_account: MakeAccount, fed: list[Connection], journal: Path) -> None:
    """So much work that every kill hits some, and rarely the same: two more accounts where little is ready."""
    if insist(SyncChunk.objects.ready(timezone.now()).count) < 8:
        for _ in range(2):
            fed.append(insist(lambda: make_account(campaigns=6, page_size=3, delay_ms=60, journal=str(journal))))
            insist(lambda: enqueue(fed[-1], timezone.now()))


def is_anything_in_hand() -> bool:
    return bool(insist(SyncChunk.objects.running(timezone.now()).exists))


def may_be_killed() -> bool:
    """A chunk that dies a third time is given up, rightly, and chance may want that on a busy machine."""
    at_its_last = SyncChunk.objects.open().filter(attempts__gte=MAX_ATTEMPTS)
    return is_anything_in_hand() and not insist(at_its_last.exists)


def in_its_days(account: Connection) -> tuple[date, date]:
    today = timezone.now().astimezone(account.zone).date()
    return today - timedelta(days=13), today


def assert_as_if_nothing_had_happened(fed: list[Connection]) -> None:
    failed = SyncChunk.objects.filter(status="failed")
    assert not failed.exists(), list(failed.values("pk", "attempts", "retry_count", "error", "error_detail"))
    for account in fed:
        assert_complete(account, *in_its_days(account))
    assert set(SyncJob.objects.values_list("status", flat=True)) == {"completed"}
    assert not Change.objects.exists()
    read = SyncJob.objects.aggregate(read=Sum("records_read"), created=Sum("records_created"))
    rows = DailyMetric.objects.count() + 6 * len(fed)
    assert read == {"read": rows, "created": rows}  # each page was stored once
    assert Coverage.objects.filter(fewer_than_before=True).count() == 0
    states = ConnectionSync.objects.values_list("sync_status", "total_syncs_attempted", "total_syncs_with_changes")
    assert set(states) == {("idle", 1, 1)}


def taken_over(journal: Path) -> int:
    """Chunks that more than one process has read."""
    readers = defaultdict(set)
    for line in journal.read_text().splitlines():
        process, *chunk, _ = line.split(" ")
        readers[tuple(chunk)].add(process)
    return sum(len(processes) > 1 for processes in readers.values())


def kill_a_child(worker: Worker, chance: random.Random) -> None:
    with suppress(ProcessLookupError):
        os.kill(chance.choice(worker.children()), signal.SIGKILL)


@pytest.mark.spec("A4", "A32")
def test_twenty_kills_at_random_change_nothing(
    make_account: MakeAccount, start_worker: Workers, tmp_path: Path
) -> None:
    """Fifteen processes of a pool, and the whole worker five times."""
    chance, fed, journal = random.Random(20), list[Connection](), tmp_path / "calls"
    worker = start_worker(pool="prefork")

    def is_fed_and_at_work() -> bool:
        feed(make_account, fed, journal)
        return may_be_killed()

    for kill in range(20):
        time.sleep(chance.uniform(0.1, 0.6))
        eventually(is_fed_and_at_work, "a chunk to be in hand")
        if kill % 4 < 3:
            kill_a_child(worker, chance)
        else:
            worker.kill()
            worker = start_worker(pool="prefork")
    eventually(lambda: not SyncJob.objects.active().exists(), "every job to be closed", LEASE + SWEEP + 20)
    assert taken_over(journal) >= 5, "the kills hit nothing"
    assert_as_if_nothing_had_happened(fed)


@pytest.mark.once
@pytest.mark.parametrize(
    ("pool", "lease", "sweep"),
    [("threads", LEASE, SWEEP), ("prefork", LEASE, SWEEP), ("threads", 60, 10)],
    ids=["threads", "prefork", "with the usual lease and sweep"],
)
def test_another_worker_takes_over_within_lease_and_sweep(
    make_account: MakeAccount, start_worker: Workers, pool: str, lease: int, sweep: int
) -> None:
    account = make_account(campaigns=30, page_size=1, delay_ms=200)
    usual: dict[str, Any] = {"lease_seconds": lease, "sweep_seconds": sweep}
    killed = start_worker(pool=pool, concurrency=2, with_beat=False, **usual)
    job = enqueue(account, timezone.now(), "campaigns")
    chunk = eventually(lambda: job.chunks.filter(records_read__gte=2).first(), "two pages")
    start_worker(concurrency=2, **usual)
    killed.kill()
    killed_at = timezone.now()
    again = eventually(lambda: job.chunks.filter(attempts=2).first(), "the second claim", lease + sweep + 20)
    assert again.started_at - killed_at < timedelta(seconds=lease + sweep + 1)
    assert again.lease_token not in (None, chunk.lease_token)
    assert again.records_read >= chunk.records_read, "it began at its beginning again"


def supervise(start_worker: Workers, job: SyncJob, **settings: Any) -> int:
    """Start the next worker when one has died, until the job is closed. Returns the number of deaths."""
    for deaths in range(10):
        worker = start_worker(**settings)
        eventually(lambda: not worker.is_alive() or is_closed(job), "the worker to die, or the job to end")  # noqa: B023
        if is_closed(job):
            return deaths
        assert worker.process.wait() == -signal.SIGKILL, worker.log()
    pytest.fail("ten workers have died")


def is_closed(job: SyncJob) -> bool:
    return not insist(SyncJob.objects.active().filter(pk=job.pk).exists)


@pytest.mark.once
def test_a_chunk_that_kills_its_worker_is_given_up(make_account: MakeAccount, start_worker: Workers) -> None:
    """Each time it takes three others with it, which are not to blame: all of these get done."""
    job = bare_job(make_account(delay_ms=100), chunks=4)
    poison = job.chunks.get(chunk_order=2)
    assert supervise(start_worker, job, kills_its_process=poison.pk) == 3
    poison.refresh_from_db()
    job.refresh_from_db()
    assert (poison.status, poison.attempts, poison.lease_token) == ("failed", 4, None)
    assert "ended its process three times" in poison.error
    assert (job.status, job.completed_chunks, job.failed_chunks) == ("completed_with_failures", 3, 1)
    assert DailyMetric.objects.count() == 3
