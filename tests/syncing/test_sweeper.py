"""The sweeper: closes what nobody closed, and wakes workers wherever a chunk is ready."""

from datetime import timedelta
from typing import Any

import pytest

from connections.models import Connection
from syncing.models import SyncJob
from syncing.sweeper import sweep
from tests.fixtures.engine import NOON, MakeAccount, Watch, bare_job, claim, insist, telemetry, together
from tests.fixtures.workers import Broker

pytestmark = pytest.mark.django_db(transaction=True)


def abandoned(account: Connection, **fields: Any) -> SyncJob:
    """Its chunks are done, and it was left open: what a crash between two transactions would leave."""
    job = bare_job(account, chunks=3, **fields)
    job.chunks.update(status="completed", finished_at=NOON, read_to_end=True)
    return job


def test_an_abandoned_job_is_closed(account: Connection) -> None:
    job = abandoned(account)
    sweep(NOON)
    job.refresh_from_db()
    assert (job.status, job.completed_chunks, job.closed_at) == ("completed", 3, NOON)
    assert telemetry(account).sync_status == "idle"


def test_an_abandoned_job_gets_the_metrics_that_were_never_planned(account: Connection, broker: Broker) -> None:
    """And workers are told of them by the same sweep."""
    job = abandoned(account, planned=False)
    broker.flush()
    sweep(NOON)
    job.refresh_from_db()
    assert job.is_active
    assert set(job.chunks.open().values_list("stream", flat=True)) == {"campaign_days", "account_days"}
    assert broker.waiting("sync") == 4


def test_four_sweepers_at_once_close_it_once(account: Connection) -> None:
    abandoned(account)
    together(lambda _: insist(lambda: sweep(NOON)), range(4))
    assert SyncJob.objects.get().status == "completed"
    assert telemetry(account).last_sync_completed_at == NOON


def test_a_job_that_has_something_to_do_is_left_alone(account: Connection) -> None:
    job = bare_job(account, chunks=2)
    sweep(NOON)
    job.refresh_from_db()
    assert job.is_active
    assert job.chunks.open().count() == 2


def test_a_job_that_makes_trouble_does_not_keep_the_others(
    make_account: MakeAccount, broker: Broker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A stream that is gone from its source, say: its job is in the log, every other one is closed."""
    odd, well = abandoned(make_account()), abandoned(make_account())
    odd.chunks.update(stream="of_yesterday", start_date=NOON.date(), end_date=NOON.date())
    bare_job(make_account(), chunks=1)
    broker.flush()
    sweep(NOON)
    well.refresh_from_db()
    odd.refresh_from_db()
    assert (well.status, odd.is_active) == ("completed", True)
    assert str(odd.pk) in caplog.text
    assert broker.waiting("sync") == 1


# Waking


def test_every_queue_with_a_ready_chunk_is_woken(make_account: MakeAccount, broker: Broker) -> None:
    for queue, chunks in (("realtime", 1), ("sync", 3), ("backfill", 9)):
        bare_job(make_account(sync={"slices_in_flight": 9}), chunks=chunks).chunks.update(queue=queue)
    broker.flush()
    for _ in range(3):
        sweep(NOON)
    waiting = {queue: broker.waiting(queue) for queue in ("realtime", "sync", "parser", "backfill")}
    assert waiting == {"realtime": 1, "sync": 3, "parser": 0, "backfill": 4}


def test_much_history_hides_nobody(make_account: MakeAccount, broker: Broker) -> None:
    bare_job(make_account(), chunks=1200).chunks.update(queue="backfill")
    bare_job(make_account(), chunks=1).chunks.update(queue="realtime")
    broker.flush()
    sweep(NOON)
    assert broker.waiting("realtime") == 1


def test_a_dead_workers_chunk_is_ready_when_its_lease_ends(account: Connection, watch: Watch, broker: Broker) -> None:
    bare_job(account, chunks=1)
    claim(watch)
    broker.flush()
    sweep(watch.move(seconds=59))
    assert broker.waiting("sync") == 0
    sweep(watch.move(seconds=1))
    assert broker.waiting("sync") == 1


@pytest.mark.parametrize(
    "why",
    [
        pytest.param({"paused": True}, id="paused"),
        pytest.param({"sync": {"not_before": NOON + timedelta(minutes=1)}}, id="blocked"),
    ],
)
def test_nobody_is_woken_for_a_connection_that_may_not_run(
    make_account: MakeAccount, broker: Broker, why: dict[str, object]
) -> None:
    bare_job(make_account(**why), chunks=2)
    broker.flush()
    sweep(NOON)
    assert broker.waiting("sync") == 0


def test_it_mends_without_a_broker_too(account: Connection, broker: Broker) -> None:
    broker.stop()
    job = abandoned(account)
    sweep(NOON)
    job.refresh_from_db()
    assert not job.is_active
