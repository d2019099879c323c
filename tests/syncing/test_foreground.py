"""Jobs in this process, in several threads, until they are done or have to wait."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from connections.models import Connection
from syncing import foreground, runner
from syncing.foreground import run_jobs
from syncing.models import CallBudget, SyncChunk, SyncJob
from tests.fixtures.engine import (
    MakeAccount,
    assert_complete,
    enqueue,
    eventually,
    telemetry,
)

pytestmark = pytest.mark.django_db(transaction=True)


def today_of(account: Connection) -> Any:
    return timezone.now().astimezone(account.zone).date()


def start(account: Connection, *streams: str) -> SyncJob:
    return enqueue(account, timezone.now(), *streams)


def complete(account: Connection) -> None:
    assert_complete(account, today_of(account) - timedelta(days=13), today_of(account))


@pytest.mark.parametrize("threads", [1, 6])
def test_jobs_are_run_to_their_end(make_account: MakeAccount, threads: int) -> None:
    accounts = [make_account(campaigns=8, page_size=5) for _ in range(3)]
    jobs = [start(account).pk for account in accounts]
    assert run_jobs(jobs, threads=threads, stop=threading.Event()) == []
    for account in accounts:
        complete(account)


def test_other_jobs_are_left_alone(make_account: MakeAccount) -> None:
    mine, other = start(make_account()), start(make_account())
    assert run_jobs([mine.pk], threads=2, stop=threading.Event()) == []
    assert SyncJob.objects.get(pk=other.pk).status == "pending"


def test_slices_are_read_side_by_side(make_account: MakeAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four at a time: each call waits until three others are under way."""
    from tests.fixtures.plain import PlainSource

    account = make_account()
    job = start(account, "campaign_days", "account_days")
    assert job.chunks.count() == 4
    barrier, original = threading.Barrier(4), PlainSource._call

    def call(self: Any, *arguments: Any) -> Any:
        barrier.wait(10)
        return original(self, *arguments)

    monkeypatch.setattr(PlainSource, "_call", call)
    assert run_jobs([job.pk], threads=4, stop=threading.Event()) == []
    assert SyncJob.objects.get().status == "completed"


def test_a_job_that_has_to_wait_says_why_and_until_when(make_account: MakeAccount) -> None:
    later = timezone.now() + timedelta(minutes=10)
    account = make_account(errors=[{"kind": "limited", "retry_at": later.isoformat()}])
    job = start(account)
    (waiting,) = run_jobs([job.pk], threads=3, stop=threading.Event())
    assert (waiting.job.pk, waiting.until, waiting.reason) == (job.pk, later, "Slow down.")
    assert not SyncChunk.objects.filter(lease_token__isnull=False).exists()


def test_calls_that_were_reserved_and_not_made_are_given_back(make_account: MakeAccount) -> None:
    job = start(make_account(per_hour=100), "campaigns")
    run_jobs([job.pk], threads=2, stop=threading.Event())
    assert sum(CallBudget.objects.values_list("calls", flat=True)) == 1


def test_a_signal_hands_every_chunk_back(make_account: MakeAccount) -> None:
    account = make_account(campaigns=60, page_size=1, delay_ms=20)
    job, stop = start(account, "campaigns"), threading.Event()
    started = threading.Thread(target=lambda: eventually_stop(stop))
    started.start()
    assert run_jobs([job.pk], threads=3, stop=stop) == []
    started.join()
    chunk = job.chunks.get()
    assert (chunk.status, chunk.lease_token, chunk.attempts) == ("pending", None, 0)
    assert chunk.checkpoint == {"page": chunk.records_read - 1}
    assert run_jobs([job.pk], threads=3, stop=threading.Event()) == []
    assert job.chunks.get().records_read == 60


def eventually_stop(stop: threading.Event) -> None:
    try:
        eventually(lambda: SyncChunk.objects.filter(records_read__gt=2).exists(), "pages to be stored")
    finally:
        stop.set()
        connections.close_all()


def test_what_was_asked_for_meanwhile_is_found(account: Connection) -> None:
    job = start(account, "campaigns")
    start(account, "account_days")
    assert foreground.following([job.pk]) == []
    run_jobs([job.pk], threads=1, stop=threading.Event())
    (follower,) = foreground.following([job.pk])
    assert SyncJob.objects.get(pk=follower).scope["streams"] == ["account_days"]
    assert foreground.following([job.pk, follower]) == []


@pytest.mark.spec("T65")
def test_one_connections_trouble_is_not_anothers(make_account: MakeAccount) -> None:
    well, ill = make_account(), make_account(errors=[{"kind": "reconnect"}])
    assert run_jobs([start(well).pk, start(ill).pk], threads=4, stop=threading.Event()) == []
    complete(well)
    assert telemetry(ill).sync_status == "error"


def test_no_database_connection_stays_open(account: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    original: Callable[..., int] = runner.run_ready

    def run_ready(**options: Any) -> int:
        opened.append(connections["default"])
        return original(**options)

    monkeypatch.setattr(runner, "run_ready", run_ready)
    run_jobs([start(account).pk], threads=3, stop=threading.Event())
    assert opened
    assert all(connection.connection is None for connection in opened)


def test_a_connection_that_is_paused_meanwhile_waits(account: Connection) -> None:
    job = start(account)
    account.paused = True
    account.save()
    (waiting,) = run_jobs([job.pk], threads=1, stop=threading.Event())
    assert waiting.job.pk == job.pk
