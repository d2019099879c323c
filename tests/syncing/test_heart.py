"""The heart of a worker: it is seen while it lives, and a worker that is deaf ends."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection as database
from django.utils import timezone

from config.celery import app
from connections.models import Connection
from syncing.heart import Pulse
from syncing.models import SyncChunk, SyncJob, WorkerHeartbeat
from tests.fixtures.engine import MakeAccount, bare_job, enqueue, eventually
from tests.fixtures.workers import Broker, Workers

pytestmark = pytest.mark.django_db(transaction=True)

QUEUES = ["realtime", "sync"]
LONG_AGO = timedelta(minutes=3)


def pulse(*, hearing_for: timedelta = LONG_AGO) -> Pulse:
    made = Pulse("here:1", queues=QUEUES, slots=4)
    made.could_hear_since = timezone.now() - hearing_for
    return made


def waiting_chunk(account: Connection, since: timedelta = LONG_AGO, **fields: object) -> SyncChunk:
    chunk = bare_job(account, chunks=1).chunks.get()
    SyncChunk.objects.filter(pk=chunk.pk).update(**{"ready_at": timezone.now() - since, **fields})
    return chunk


# The row


@pytest.mark.once
def test_a_worker_is_seen_while_it_lives(start_worker: Workers) -> None:
    worker = start_worker(concurrency=3, queues="sync,realtime")
    row = eventually(lambda: WorkerHeartbeat.objects.first(), "the first beat")
    assert row.name.endswith(f":{worker.pid}")
    assert (sorted(row.queues), row.slots, row.has_beat) == (["realtime", "sync"], 3, True)
    assert list(WorkerHeartbeat.alive(timezone.now())) == [row]
    worker.terminate()
    assert not WorkerHeartbeat.objects.exists()


@pytest.mark.once
def test_a_killed_worker_counts_as_gone_after_half_a_minute(start_worker: Workers) -> None:
    worker = start_worker(with_beat=False)
    row = eventually(lambda: WorkerHeartbeat.objects.first(), "the first beat")
    worker.kill()
    assert WorkerHeartbeat.alive(row.seen_at + timedelta(seconds=29)).exists()
    assert not WorkerHeartbeat.alive(row.seen_at + timedelta(seconds=31)).exists()


def test_rows_of_long_ago_go(broker: Broker) -> None:
    for name, age in (("old", 25), ("young", 23)):
        moment = timezone.now() - timedelta(hours=age)
        WorkerHeartbeat.objects.create(name=name, slots=1, started_at=moment, seen_at=moment)
    pulse().beat(has_beat=False)
    assert set(WorkerHeartbeat.objects.values_list("name", flat=True)) == {"young", "here:1"}


# Who is deaf


def test_nothing_to_do_is_no_deafness(broker: Broker) -> None:
    assert not pulse().beat(has_beat=True)


def test_a_chunk_that_nobody_begins_for_two_minutes(account: Connection, broker: Broker) -> None:
    waiting_chunk(account)
    assert pulse().beat(has_beat=True)


@pytest.mark.parametrize(
    "chunk",
    [
        pytest.param({"since": timedelta(minutes=1)}, id="waits_for_a_minute_only"),
        pytest.param({"queue": "backfill"}, id="waits_in_another_queue"),
        pytest.param({"since": timedelta(minutes=-1)}, id="is_for_later"),
    ],
)
def test_a_chunk_that_is_not_waited_for(account: Connection, broker: Broker, chunk: dict[str, object]) -> None:
    waiting_chunk(account, **chunk)  # type: ignore[arg-type]
    assert not pulse().beat(has_beat=True)


BLOCKED = {"not_before": datetime(2100, 1, 1, tzinfo=UTC)}


@pytest.mark.parametrize("frozen", [{"paused": True}, {"sync": BLOCKED}], ids=["paused", "blocked"])
def test_a_chunk_that_may_not_run(make_account: MakeAccount, broker: Broker, frozen: dict[str, object]) -> None:
    waiting_chunk(make_account(**frozen))
    assert not pulse().beat(has_beat=True)


def test_a_chunk_that_may_run_again_is_no_older_than_that(make_account: MakeAccount, broker: Broker) -> None:
    """A pause of hours is over, and the next wake-up is seconds away."""
    account, worker = make_account(paused=True), pulse()
    waiting_chunk(account)
    assert not worker.beat(has_beat=True)
    Connection.objects.filter(pk=account.pk).update(paused=False)
    assert not worker.beat(has_beat=True)
    worker.could_hear_since -= LONG_AGO
    assert worker.beat(has_beat=True), "deaf after all"


@pytest.mark.parametrize("begun", [timedelta(seconds=30), timedelta(minutes=5)], ids=["just_begun", "begun_long_ago"])
def test_somebody_who_works_hears(make_account: MakeAccount, broker: Broker, begun: timedelta) -> None:
    now = timezone.now()
    waiting_chunk(make_account())
    waiting_chunk(make_account(), started_at=now - begun, ready_at=now + timedelta(seconds=50), lease_token="0" * 32)
    assert not pulse().beat(has_beat=True)


def test_a_worker_has_two_minutes_from_its_start(account: Connection, broker: Broker) -> None:
    waiting_chunk(account)
    assert not pulse(hearing_for=timedelta(minutes=1)).beat(has_beat=True)


def test_nobody_hears_an_absent_broker(account: Connection, broker: Broker) -> None:
    """And once it is back, a worker has its two minutes again."""
    waiting_chunk(account)
    broker.stop()
    worker = pulse()
    assert not worker.beat(has_beat=True)
    broker.start()
    assert not worker.beat(has_beat=True)
    worker.could_hear_since -= LONG_AGO
    assert worker.beat(has_beat=True)


# The watchdog


@pytest.mark.once
def test_a_deaf_worker_ends(account: Connection, start_worker: Workers) -> None:
    """It lives, its heart beats, and it takes no message of its queues any more."""
    worker = start_worker(deaf_seconds=2)
    for queue in ("realtime", "sync", "parser", "backfill"):
        app.control.cancel_consumer(queue)
    time.sleep(0.5)
    job = enqueue(account, timezone.now())
    assert worker.process.wait(20) == 0
    assert "none was started for two minutes, so this worker ends" in worker.log()
    assert not WorkerHeartbeat.objects.exists()
    start_worker(deaf_seconds=2)
    eventually(lambda: not SyncJob.objects.active().filter(pk=job.pk).exists(), "the next worker to run the job")


@pytest.mark.once
def test_a_worker_without_a_broker_lives_on(account: Connection, broker: Broker, start_worker: Workers) -> None:
    """A new one would not hear more."""
    worker = start_worker(deaf_seconds=1)
    broker.stop()
    asked_at = timezone.now()
    enqueue(account, asked_at)
    thrice_its_patience = asked_at + timedelta(seconds=3)
    beats = WorkerHeartbeat.objects.filter(seen_at__gt=thrice_its_patience)
    eventually(beats.exists, "a beat after it could have lost its patience")
    assert worker.is_alive()
    assert SyncJob.objects.get().status == "pending"


@pytest.mark.once
def test_a_worker_whose_beat_has_died_ends(start_worker: Workers) -> None:
    """Or nobody would sweep, and nothing would say so."""
    worker = start_worker(deaf_seconds=2, kills_beat=1)
    assert worker.process.wait(20) == 0
    assert "nobody sends the periodic tasks any more, so this worker ends" in worker.log()


@pytest.mark.postgres
def test_a_worker_outlives_its_connections_to_the_database(account: Connection, start_worker: Workers) -> None:
    """All are cut, as a restart of PostgreSQL does: the loops, Beat and the heart open new ones."""
    worker = start_worker(deaf_seconds=2)
    eventually(lambda: WorkerHeartbeat.objects.first(), "the first beat")
    for _ in range(3):
        with database.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        time.sleep(0.4)
    cut_at = timezone.now()
    enqueue(account, cut_at)
    eventually(lambda: not SyncJob.objects.active().exists(), "the job to end")
    eventually(lambda: WorkerHeartbeat.objects.get().seen_at > cut_at, "the next beat")
    later = len(worker.log())
    eventually(lambda: "syncing.sweep" in worker.log()[later:], "the next sweep")
    assert worker.is_alive()
