"""A worker that is told to end (SIGTERM): what it has in hand goes back, as far as it got."""

import time
from typing import Any

import pytest
from django.utils import timezone

from syncing.models import SyncChunk, SyncJob, WorkerHeartbeat
from tests.fixtures.engine import MakeAccount, enqueue, eventually
from tests.fixtures.workers import Workers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def half_read(job: SyncJob) -> SyncChunk | None:
    return job.chunks.filter(records_read__gte=2, lease_token__isnull=False).first()


@pytest.mark.parametrize("with_beat", [True, False], ids=["with_beat", "without_beat"])
@pytest.mark.parametrize("pool", ["threads", "prefork"])
def test_sigterm_hands_the_chunk_back(
    make_account: MakeAccount, start_worker: Workers, pool: str, with_beat: bool
) -> None:
    """Twelve seconds of pages are left when it is told to."""
    account = make_account(campaigns=60, page_size=1, delay_ms=200)
    worker = start_worker(pool=pool, with_beat=with_beat, lease_seconds=60)
    job = enqueue(account, timezone.now(), "campaigns")
    before = eventually(lambda: half_read(job), "two pages")
    assert worker.terminate() < 5
    assert worker.process.returncode == 0
    chunk = job.chunks.get()
    assert (chunk.status, chunk.lease_token, chunk.attempts, chunk.retry_count) == ("pending", None, 0, 0)
    assert chunk.records_read >= before.records_read
    assert chunk.checkpoint == {"page": chunk.records_read - 1}
    assert chunk.ready_at <= timezone.now()
    assert not WorkerHeartbeat.objects.exists()


def test_the_next_worker_goes_on_where_the_last_was_stopped(
    make_account: MakeAccount, start_worker: Workers, tmp_path: Any
) -> None:
    journal = tmp_path / "calls"
    account = make_account(campaigns=12, page_size=1, delay_ms=100, journal=str(journal))
    worker = start_worker(lease_seconds=60)
    job = enqueue(account, timezone.now(), "campaigns")
    eventually(lambda: half_read(job), "two pages")
    worker.terminate()
    start_worker(lease_seconds=60)
    eventually(lambda: SyncJob.objects.filter(closed_at__isnull=False).exists(), "the job to close")
    lines = [line.split(" ") for line in journal.read_text().splitlines()]
    assert [int(page) for *_, page in lines] == list(range(12)), "a page was read twice, or never"
    assert len({process for process, *_ in lines}) == 2


def test_an_idle_worker_ends_at_once(start_worker: Workers) -> None:
    worker = start_worker()
    time.sleep(0.5)
    assert worker.terminate() < 5
    assert worker.process.returncode == 0
