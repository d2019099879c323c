"""From the queue to the row, by a worker that was started as people start it."""

import base64
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from redis.exceptions import RedisError

from config.celery import app
from connections.accounts import connect
from connections.models import Connection, Workspace
from connections.sandbox.server import SandboxServer
from projects.models import DailyMetric
from syncing import scheduler, tasks
from syncing.models import ConnectionSync, SchedulerHeartbeat, SyncChunk, SyncJob
from tests.fixtures.engine import (
    MakeAccount,
    bare_job,
    enqueue,
    eventually,
    expected_numbers,
    numbers,
)
from tests.fixtures.sandbox import assert_true
from tests.fixtures.workers import Broker, Workers

pytestmark = pytest.mark.django_db(transaction=True)


def ended(job: SyncJob) -> SyncJob | None:
    return SyncJob.objects.filter(pk=job.pk, closed_at__isnull=False).first()


@pytest.mark.spec("A31", "A33", "A36", "L5", "C14")
@pytest.mark.parametrize("pool", ["threads", "prefork"])
def test_a_worker_runs_what_is_enqueued(make_account: MakeAccount, start_worker: Workers, pool: str) -> None:
    account = make_account(page_size=7)
    worker = start_worker(pool=pool)
    assert len(worker.children()) == (5 if pool == "prefork" else 0)  # four for chunks, one for the schedule
    asked_at = timezone.now()
    enqueued = enqueue(account, asked_at)
    job = eventually(lambda: ended(enqueued), "the job to end")
    assert (job.status, job.completed_chunks) == ("completed", 5)
    assert (job.closed_at - asked_at).total_seconds() < 5
    days = job.chunks.values_list("start_date", "end_date").exclude(start_date=None)
    since, until = min(day for day, _ in days), max(day for _, day in days)
    assert numbers(account) == expected_numbers(account, since, until)
    structure, *metrics = job.chunks.order_by("started_at", "pk")
    assert structure.stream == "campaigns"
    assert min(chunk.started_at for chunk in metrics) >= structure.finished_at
    assert "Traceback" not in worker.log()
    assert "celery.backend" not in worker.log()


@pytest.mark.spec("A32")
def test_status_and_attempts_move_with_the_job(make_account: MakeAccount, start_worker: Workers) -> None:
    account = make_account(campaigns=6, page_size=1, delay_ms=100)
    job = enqueue(account, timezone.now(), "campaigns")
    assert standing(account) == ("queued", 0, None)
    start_worker()
    eventually(lambda: standing(account)[:2] == ("syncing", 1), "the attempt to be counted")
    assert SyncJob.objects.get().status == "in_progress"
    assert standing(account)[2]
    eventually(lambda: standing(account)[:2] == ("idle", 1), "the connection to be idle")
    assert ended(job)


def standing(account: Connection) -> tuple[str, int, datetime | None]:
    state = ConnectionSync.objects.get(pk=account.pk)
    return state.sync_status, state.total_syncs_attempted, state.last_sync_attempted_at


@pytest.mark.spec("A1", "A4", "C39", "C38")
def test_messages_say_which_queue_and_nothing_else(
    workspace: Workspace, sandbox: SandboxServer, broker: Broker, start_worker: Workers
) -> None:
    """From an account that is connected to its rows: whatever a process says to the broker meanwhile is overheard."""
    young = timezone.now().date() - timedelta(days=60)  # so that no history follows
    sandbox.meta.add_account("777000111", tokens=[CANARY], name="Canary Bird Seeds", ads=6, start_date=young)
    start_worker()
    with overheard(broker) as said:
        connection, _ = connect(workspace, "meta", "act_777000111", {"access_token": CANARY}, now=timezone.now())
        job = SyncJob.objects.get(connection=connection)
        eventually(lambda: ended(job), "the job to end", 60)
    assert set(job.chunks.values_list("status", flat=True)) == {"completed"}
    assert app.conf["result_backend"] is None
    assert not [line for line in said if "celery-task-meta" in line], "a result was stored in the broker"
    assert_true(sandbox, connection, young)
    bodies = [base64.b64decode(body) for body in re.findall(r'"body": ?"([^"]*)"', " ".join(said).replace("\\", ""))]
    assert len([body for body in bodies if b'"queue"' in body]) >= 2, "nothing was overheard"
    for secret in (CANARY, "777000111", "Canary Bird", str(connection.pk), str(job.pk)):
        assert not [line for line in [*said, *map(repr, bodies)] if secret in line]
        assert secret.encode() not in broker.dump()


CANARY = "a-canary-that-sings-nowhere"


@contextmanager
def overheard(broker: Broker) -> Iterator[list[str]]:
    """Every command that reaches the broker, as it was said."""
    said: list[str] = []
    client = broker.client()

    def listen() -> None:
        with suppress(RedisError, ValueError, OSError, AttributeError):
            said.extend(str(heard["command"]) for heard in monitor.listen())

    with client.monitor() as monitor:
        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield said
    client.close()
    thread.join(5)


def test_a_queue_that_nobody_knows_is_run_all_the_same(account: Connection) -> None:
    """Somebody may have written it into a row; behind all the others then."""
    job = bare_job(account, chunks=2)
    job.chunks.update(queue="of my own")
    tasks.run_ready(queue="of my own")
    assert DailyMetric.objects.count() == 2


def test_a_loop_of_history_leaves_its_slot_after_one_chunk_when_others_wait(
    make_account: MakeAccount, broker: Broker
) -> None:
    """And sends messages for both."""
    history = bare_job(make_account(), chunks=3, lane="backfill")
    history.chunks.update(queue="backfill")
    bare_job(make_account(), chunks=1).chunks.update(queue="realtime")
    tasks.run_ready(queue="backfill")
    assert history.chunks.open().count() == 2
    assert (broker.waiting("realtime"), broker.waiting("backfill")) == (1, 1)


def test_a_worker_that_is_told_to_end_sends_no_message(
    account: Connection, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare_job(account, chunks=1)
    broker.flush()
    flag = type(tasks.stop)()
    flag.set()
    monkeypatch.setattr(tasks, "stop", flag)
    tasks.run_ready(queue="sync")
    assert SyncChunk.objects.ready(timezone.now()).count() == 1
    assert broker.waiting("sync") == 0


SCHEDULED = ("sweep", "smart_sync", "dispatch_realtime", "prune")


def due_account(account: Connection) -> Connection:
    ConnectionSync.set_frequency(account.pk, "realtime")
    scheduler.reschedule([account.pk], timezone.now())
    return account


@pytest.mark.spec("L3")
@pytest.mark.parametrize("name", SCHEDULED)
def test_with_the_switch_off_a_scheduled_task_does_nothing(account: Connection, settings: Any, name: str) -> None:
    due_account(account)
    settings.BACKGROUND_SYNC_ENABLED = False
    getattr(tasks, name)()
    assert not SchedulerHeartbeat.objects.exists()
    assert not SyncJob.objects.exists()
    settings.BACKGROUND_SYNC_ENABLED = True
    getattr(tasks, name)()
    assert SchedulerHeartbeat.objects.get().name == name.replace("_", "-")
    assert SyncJob.objects.exists() == (name in ("smart_sync", "dispatch_realtime"))


@pytest.mark.spec("L3")
@pytest.mark.once
def test_with_the_switch_off_a_worker_that_still_runs_hears_beat_and_starts_nothing(
    account: Connection, broker: Broker, start_worker: Workers
) -> None:
    due_account(account)
    worker = start_worker(background_sync_enabled="false", dispatch_seconds=1, smart_seconds=1)
    for name in ("sweep", "smart-sync", "dispatch-realtime"):
        said = f"Sending due task {name}"
        eventually(lambda: worker.log().count(said) >= 2, f"Beat to send {name}")  # noqa: B023
    eventually(lambda: broker.waiting("scheduler") == 0, "the worker to take the messages")
    assert not SchedulerHeartbeat.objects.exists()
    assert not SyncJob.objects.exists()
