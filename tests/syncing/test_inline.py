"""Background sync is off: threads of the process that serves the page do the workers' part."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from connections.access import Actor
from connections.models import Connection
from syncing import actions, inline, periodic, wakeups
from syncing.models import SchedulerHeartbeat, SyncChunk, SyncJob
from syncing.scope import Scope
from tests.fixtures.engine import (
    MakeAccount,
    assert_complete,
    bare_job,
    change,
    enqueue,
    eventually,
    insist,
    sync,
    telemetry,
    together,
)
from tests.fixtures.workers import Broker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_workers")]
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def every_second(settings: Any) -> None:
    settings.SWEEP_SECONDS = 1


def press(account: Connection, alice: User, *streams: str) -> actions.Started:
    return actions.sync_now(account, Actor(alice), now=timezone.now(), scope=Scope(streams))


def is_closed(job: SyncJob) -> bool:
    return SyncJob.objects.filter(pk=job.pk, closed_at__isnull=False).exists()


def named(name: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == name]


@pytest.mark.spec("A89")
def test_sync_now_runs_the_job_here(account: Connection, alice: User, broker: Broker) -> None:
    """Its answer comes before the job is done, and no message is sent."""
    started = press(account, alice)
    assert (started.deduplicated, started.degraded) == (False, False)
    eventually(lambda: is_closed(started.job), "the job to end")
    today = timezone.now().astimezone(account.zone).date()
    assert_complete(account, today - timedelta(days=13), today)
    assert not any(broker.waiting(queue) for queue in wakeups.QUEUES)
    eventually(lambda: not named("slice"), "the slices to end")


def test_the_leases_are_those_of_the_workers(make_account: MakeAccount, alice: User) -> None:
    account = make_account(campaigns=6, page_size=1, delay_ms=50)
    job = press(account, alice, "campaigns").job
    chunk = eventually(lambda: SyncChunk.objects.running(timezone.now()).first(), "a lease")
    assert (chunk.sync_job_id, chunk.status, chunk.attempts) == (job.pk, "running", 1)
    eventually(lambda: is_closed(job), "the job to end")


def test_pressing_again_joins_and_reads_nothing_twice(make_account: MakeAccount, alice: User, tmp_path: Path) -> None:
    journal = tmp_path / "calls"
    account = make_account(campaigns=8, page_size=1, delay_ms=50, journal=str(journal))
    first = press(account, alice, "campaigns")
    eventually(journal.exists, "the first call")
    again = [press(account, alice, "campaigns") for _ in range(3)]
    assert {each.job.pk for each in again} == {first.job.pk}
    assert all(each.deduplicated for each in again)
    eventually(lambda: is_closed(first.job), "the job to end")
    assert len(journal.read_text().splitlines()) == 8


def test_what_was_asked_for_meanwhile_follows(make_account: MakeAccount, alice: User) -> None:
    account = make_account(campaigns=4, page_size=1, delay_ms=50)
    press(account, alice, "campaigns")
    assert press(account, alice, "account_days").deduplicated
    eventually(lambda: SyncJob.objects.filter(closed_at__isnull=False).count() == 2, "both jobs to end")
    assert set(SyncJob.objects.values_list("status", flat=True)) == {"completed"}


def test_a_job_that_was_rolled_back_starts_nothing(account: Connection, alice: User) -> None:
    with suppress(ZeroDivisionError), transaction.atomic():
        press(account, alice)
        raise ZeroDivisionError
    assert not inline.threads()
    job = press(account, alice).job
    eventually(lambda: is_closed(job), "the job to end")


def test_failed_chunks_may_be_tried_again_at_any_moment(make_account: MakeAccount, alice: User) -> None:
    """Also in the moment in which the slice that ran them takes its leave."""
    account = make_account(errors=[{"kind": "misconfigured", "stream": "account_days"}])
    job = press(account, alice).job
    eventually(lambda: is_closed(job), "the job to end")
    change(account, errors=[])
    again = actions.retry_failed(SyncJob.objects.get(), Actor(alice), now=timezone.now()).job
    eventually(lambda: is_closed(again), "the chunks to be tried again")
    again.refresh_from_db()
    assert again.status == "completed"


def test_an_error_that_nobody_expects_ends_its_slice_only(
    account: Connection, alice: User, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    right, settings.LEASE_SECONDS = settings.LEASE_SECONDS, None
    job = press(account, alice).job
    eventually(lambda: "a slice ended with an error" in caplog.text, "the error")
    settings.LEASE_SECONDS = right
    eventually(lambda: is_closed(job), "the job to end")
    error = next(record for record in caplog.records if "a slice ended" in record.getMessage())
    assert "'exc_info': True" in error.getMessage()


# However much is asked for


def test_all_jobs_together_have_so_many_slices(make_account: MakeAccount, alice: User, settings: Any) -> None:
    """Also where several threads of the web server ask at once. The others wait in the database for their turn."""
    settings.WORKER_SLOTS = 3
    accounts = [make_account(campaigns=4, page_size=1, delay_ms=50) for _ in range(8)]
    together(lambda account: insist(lambda: press(account, alice, "campaigns")), accounts)
    most_slices, most_leases, deadline = 0, 0, time.monotonic() + 60
    while SyncJob.objects.active().exists() and time.monotonic() < deadline:
        assert len(named("keeper")) == 1
        most_slices = max(most_slices, len(named("slice")))
        most_leases = max(most_leases, SyncChunk.objects.running(timezone.now()).count())
        time.sleep(0.02)
    assert (most_slices, most_leases) == (3, 3)
    assert set(SyncJob.objects.values_list("status", flat=True)) == {"completed"}
    assert SyncJob.objects.count() == 8


def test_where_nothing_is_ready_nothing_is_done(make_account: MakeAccount, settings: Any) -> None:
    """Measured by the time that this process has computed, over two seconds with a job that may not run."""
    settings.SWEEP_SECONDS = 60
    bare_job(make_account(paused=True), chunks=2)
    inline.start()
    time.sleep(0.5)
    assert named("keeper")
    computed = time.process_time()
    time.sleep(2)
    assert time.process_time() - computed < 0.2
    assert not named("slice")


# Nobody asks


@pytest.mark.once
def test_a_job_that_has_to_wait_goes_on_by_itself(make_account: MakeAccount, alice: User) -> None:
    """The provider wants quiet for longer than a slice waits."""
    until = timezone.now() + timedelta(seconds=12)
    trouble = {"kind": "limited", "stream": "campaigns", "until": until.isoformat(), "retry_at": until.isoformat()}
    account = make_account(errors=[trouble])
    job = press(account, alice, "campaigns").job
    eventually(lambda: job.chunks.filter(error_kind="rate_limited").exists(), "the chunk to be parked")
    assert not SyncChunk.objects.running(timezone.now()).exists()
    eventually(lambda: is_closed(job), "the job to go on", 25)
    assert SyncJob.objects.get().status == "completed"


def test_a_paused_job_goes_on_once_it_is_resumed(make_account: MakeAccount, alice: User) -> None:
    account = make_account(campaigns=20, page_size=1, delay_ms=50)
    job = press(account, alice, "campaigns", "account_days").job
    eventually(lambda: SyncChunk.objects.running(timezone.now()).exists(), "the job to begin")
    Connection.objects.filter(pk=account.pk).update(paused=True)
    eventually(lambda: not named("slice"), "the slices to end")
    assert not is_closed(job)
    Connection.objects.filter(pk=account.pk).update(paused=False)
    eventually(lambda: is_closed(job), "the job to go on")


def test_what_a_dead_process_had_in_hand_is_taken_up(account: Connection) -> None:
    job = enqueue(account, timezone.now())
    soon = timezone.now() + timedelta(seconds=2)
    job.chunks.update(lease_token=uuid4(), status="running", attempts=1, ready_at=soon, started_at=timezone.now())
    inline.start()
    eventually(lambda: is_closed(job), "the job to go on")
    assert timezone.now() > soon
    assert telemetry(account).sync_status == "idle"


def test_a_job_that_nobody_closed_is_closed(account: Connection) -> None:
    job = bare_job(account, chunks=3)
    job.chunks.update(status="completed", finished_at=timezone.now(), read_to_end=True)
    inline.start()
    eventually(lambda: is_closed(job), "the sweep")


def test_rows_of_a_removed_account_are_deleted(account: Connection, alice: User, watch: Any) -> None:
    sync(account, watch)
    actions.remove(account, Actor(alice), now=timezone.now() - timedelta(hours=1))
    inline.start()
    eventually(lambda: not Connection.objects.exists(), "the sweep")


# Where it may not run


def test_with_workers_nothing_runs_here(account: Connection, settings: Any, broker: Broker) -> None:
    settings.BACKGROUND_SYNC_ENABLED = True
    bare_job(account, chunks=1)
    inline.start()
    inline.run()
    assert not inline.threads()


def test_commands_leave_it_to_those_who_stay(account: Connection) -> None:
    call_command("sync", str(account.pk), verbosity=0)
    assert not inline.threads()
    assert SyncJob.objects.get().status == "pending"


def open_connections() -> int:
    with database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


@pytest.mark.postgres
def test_threads_leave_no_connection_to_the_database(account: Connection, alice: User) -> None:
    before = open_connections()
    job = press(account, alice).job
    eventually(lambda: open_connections() > before, "a thread's connection")
    eventually(lambda: is_closed(job) and not named("slice"), "the slices to end")
    inline.hand_back()
    eventually(lambda: open_connections() == before, "the connections to be closed")


# The end of the process


RunProcess = Callable[..., float]


@pytest.fixture
def run_process(database_url: str, settings: Any, tmp_path: Path) -> RunProcess:
    """One of tests/syncing/processes, to its end. Returns the seconds that it took."""
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "SECRET_KEY": settings.SECRET_KEY,
        "TOKEN_ENCRYPTION_KEYS": ",".join(settings.TOKEN_ENCRYPTION_KEYS),
        "VAR_DIR": str(tmp_path),
        "BACKGROUND_SYNC_ENABLED": "false",
        "SWEEP_SECONDS": "1",
    }

    def run(name: str, *words: object) -> float:
        began = time.monotonic()
        command = [sys.executable, "-m", f"tests.syncing.processes.{name}", *map(str, words)]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=30)
        return time.monotonic() - began

    return run


def test_a_process_that_ends_hands_its_chunk_back(make_account: MakeAccount, run_process: RunProcess) -> None:
    """It does not wait for the twelve seconds that the job would still take."""
    account = make_account(campaigns=60, page_size=1, delay_ms=200)
    assert run_process("inline", account.pk, 1.5) < 8
    chunk = SyncChunk.objects.get()
    assert (chunk.status, chunk.lease_token, chunk.attempts) == ("pending", None, 0)
    assert chunk.records_read >= 2
    assert chunk.checkpoint == {"page": chunk.records_read - 1}


def test_a_process_that_serves_the_web_begins_by_itself(make_account: MakeAccount, run_process: RunProcess) -> None:
    """It is started again while a long job waits, and ended in the middle of it."""
    account = make_account(campaigns=60, page_size=1, delay_ms=200)
    enqueue(account, timezone.now(), "campaigns")
    assert run_process("serving", 1.5) < 8
    chunk = SyncChunk.objects.get()
    assert (chunk.status, chunk.lease_token, chunk.attempts) == ("pending", None, 0)
    assert chunk.records_read >= 1


def test_the_next_press_goes_on_from_there(
    make_account: MakeAccount, run_process: RunProcess, alice: User, tmp_path: Path
) -> None:
    journal = tmp_path / "calls"
    account = make_account(campaigns=12, page_size=1, delay_ms=200, journal=str(journal))
    run_process("inline", account.pk, 1)
    job = press(account, alice, "campaigns").job
    eventually(lambda: is_closed(job), "the job to end")
    pages = [int(line.split(" ")[-1]) for line in journal.read_text().splitlines()]
    assert pages == list(range(12))


def test_the_keeper_prunes_once_a_day_where_no_beat_does(
    account: Connection, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inline, "PRUNE_LOOK", 0)
    pruned = SchedulerHeartbeat.objects.filter(name="prune")
    press(account, alice)
    eventually(pruned.exists, "the first pruning")
    first = pruned.get().ran_at
    eventually(lambda: not named("pruner"), "the pruner to end")
    periodic.prune_if_overdue(threading.Event())
    assert pruned.get().ran_at == first
    pruned.update(ran_at=first - timedelta(days=1, seconds=1))
    periodic.prune_if_overdue(threading.Event())
    assert pruned.get().ran_at > first
