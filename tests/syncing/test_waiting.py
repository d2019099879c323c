"""What a provider makes ready in its own time is looked at again and again, and nobody is held up meanwhile."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connections.models import Connection
from syncing import ending, runner
from syncing.foreground import run_jobs
from syncing.models import LeaseLost, SyncChunk, SyncJob
from syncing.models.chunks import CURSOR_AGE, MAX_ATTEMPTS
from tests.fixtures.engine import (
    NOON,
    Impatience,
    MakeAccount,
    Watch,
    add_chunks,
    assert_complete,
    bare_job,
    claim,
    drain,
    enqueue,
    sync,
)
from tests.syncing.test_runner import run

pytestmark = pytest.mark.django_db

SLOW = {"account_days": 3}


def waiting() -> int:
    return SyncChunk.objects.open().filter(checkpoint__isnull=False, lease_token=None).count()


def journal_of(path: Path) -> list[str]:
    """Process, account, stream, first date, ids and page of each call."""
    return path.read_text().splitlines()


@pytest.fixture
def account(make_account: MakeAccount, tmp_path: Path) -> Connection:
    return make_account(looks=SLOW, journal=str(tmp_path / "calls"))


@pytest.mark.spec("T48", "T71")
def test_a_look_stores_its_checkpoint_and_lets_go_of_the_chunk(account: Connection, watch: Watch) -> None:
    bare_job(account, chunks=1)
    chunk = run(claim(watch), watch)
    assert (chunk.status, chunk.lease_token, chunk.checkpoint) == ("pending", None, {"looks": 1})
    assert chunk.ready_at == watch.now + timedelta(seconds=10)
    assert (chunk.attempts, chunk.retry_count, chunk.error, chunk.calls) == (0, 0, "", 1)
    assert (chunk.records_read, chunk.read_to_end) == (0, False)
    assert SyncChunk.claim_next(watch.now) is None


def test_it_is_looked_at_until_it_is_ready_and_then_read(account: Connection, watch: Watch, tmp_path: Path) -> None:
    job = sync(account, watch)
    assert_complete(account)
    assert (job.status, job.failed_chunks) == ("completed", 0)
    assert set(job.chunks.values_list("attempts", "retry_count", "error")) == {(1, 0, "")}
    looks = [line for line in journal_of(tmp_path / "calls") if "account_days" in line]
    assert len(looks) == 2 * (3 + 1)
    assert watch.now - NOON == timedelta(seconds=30)


def test_no_number_of_looks_makes_a_chunk_suspicious(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(looks={"account_days": 4 * MAX_ATTEMPTS})
    assert sync(account, watch).status == "completed"
    assert_complete(account)


def test_one_that_dies_while_it_looks_is_followed_by_one_that_knows(account: Connection, watch: Watch) -> None:
    """Its lease ends, and the checkpoint is there."""
    bare_job(account, chunks=1)
    run(claim(watch), watch)
    watch.move(seconds=10)
    dead = claim(watch)
    watch.move(seconds=61)
    chunk = run(claim(watch), watch)
    assert chunk.checkpoint == {"looks": 2}
    with pytest.raises(LeaseLost):
        ending.wait(dead, watch.now, until=watch.now)
    drain(watch)
    assert SyncJob.objects.get().status == "completed"


def test_what_nobody_has_looked_at_for_hours_is_asked_for_anew(account: Connection, watch: Watch) -> None:
    """It would be as old as that."""
    bare_job(account, chunks=1)
    run(claim(watch), watch)
    watch.now += CURSOR_AGE + timedelta(seconds=1)
    assert claim(watch).checkpoint is None


def test_a_signal_leaves_the_time_of_the_next_look(account: Connection, watch: Watch) -> None:
    bare_job(account, chunks=1)
    stop = threading.Event()
    stop.set()
    chunk = run(claim(watch), watch, stop)
    assert (chunk.checkpoint, chunk.ready_at) == ({"looks": 1}, watch.now + timedelta(seconds=10))


# How many wait


def test_no_more_of_a_job_wait_than_may_be_in_flight(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(looks=SLOW, sync={"slices_in_flight": 2})
    job, seen = bare_job(account, chunks=7), set()
    while job.chunks.open().exists():
        while chunk := SyncChunk.claim_next(watch.now):
            run(chunk, watch)
            seen.add(waiting())
        watch.move(seconds=1)
    assert max(seen) == 2
    assert set(job.chunks.values_list("status", flat=True)) == {"completed"}


def test_another_job_of_the_connection_is_not_held_up(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(looks=SLOW, sync={"slices_in_flight": 1})
    history = bare_job(account, chunks=3, lane="backfill")
    run(claim(watch), watch)
    assert SyncChunk.claim_next(watch.now) is None, "more of the same job than may be in flight"
    other = bare_job(account)
    add_chunks(other, 1, "campaign_days")
    assert claim(watch).sync_job_id == other.pk
    assert history.chunks.filter(ready_at=watch.now + timedelta(seconds=10)).count() == 3


# Who waits


@pytest.mark.django_db(transaction=True)
def test_a_loop_waits_for_the_next_look_while_it_has_nothing_else_to_do(account: Connection, watch: Watch) -> None:
    job = bare_job(account, chunks=1)
    options: dict[str, Any] = {"queues": ["sync"], "clock": watch, "stop": Impatience(watch)}
    assert runner.run_ready(until=NOON + timedelta(hours=1), **options) == 3 + 1
    job.refresh_from_db()
    assert job.status == "completed"


@pytest.mark.django_db(transaction=True)
def test_a_loop_leaves_its_slot_at_once_where_another_queue_has_work(
    account: Connection, make_account: MakeAccount, watch: Watch
) -> None:
    bare_job(account, chunks=1)
    history = bare_job(make_account(), chunks=1, lane="backfill")
    history.chunks.update(queue="backfill")
    options: dict[str, Any] = {"queues": ["sync"], "clock": watch, "stop": Impatience(watch)}
    assert runner.run_ready(until=NOON + timedelta(hours=1), **options) == 1
    assert watch.now == NOON, "it has waited"
    history.chunks.update(ready_at=NOON + timedelta(hours=2))
    watch.move(seconds=9)
    assert runner.run_ready(until=NOON + timedelta(hours=1), **options) == 3


@pytest.mark.django_db(transaction=True)
def test_the_foreground_goes_on_until_it_is_ready(account: Connection, watch: Watch) -> None:
    job = enqueue(account, watch.now)
    assert run_jobs([job.pk], threads=1, stop=Impatience(watch), clock=watch) == []
    job.refresh_from_db()
    assert job.status == "completed"
    assert watch.now >= NOON + timedelta(seconds=30)
    assert_complete(account)
