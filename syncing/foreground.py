"""Run jobs in this process, in as many threads as slices may be in flight, until they are done or have to wait."""

import gc
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import OperationalError, connections
from django.utils import timezone

from connections.sources import Clock
from syncing import runner
from syncing.budget import Purse
from syncing.models import SyncChunk, SyncJob

log = structlog.get_logger(__name__)

SHIFT = timedelta(seconds=60)
DATABASE_TRIES = 20


@dataclass(frozen=True)
class Waiting:
    """Why a job does not go on now."""

    job: SyncJob
    until: datetime | None
    reason: str


def run_jobs(
    jobs: Sequence[UUID], *, threads: int, stop: threading.Event, clock: Clock = timezone.now
) -> list[Waiting]:
    """Returns those that have to wait for more than a few seconds; empty when all are closed or `stop` was set."""
    _collect_rarely()
    purse = Purse(clock)
    workers = [
        threading.Thread(target=_work, args=(jobs, stop, purse, clock), name=f"slice-{number}", daemon=True)
        for number in range(threads)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        while worker.is_alive():
            worker.join(timeout=0.2)  # in short turns, so that a signal is heard
    purse.close()
    return [] if stop.is_set() else _waiting(jobs, clock())


def _collect_rarely() -> None:
    """Pages are many small objects without cycles: looking for cycles among them costs a fifth of a sync's time."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def _work(jobs: Sequence[UUID], stop: threading.Event, purse: Purse, clock: Clock) -> None:
    failures = 0
    try:
        while failures < DATABASE_TRIES and not stop.is_set() and _has_more(jobs, clock()):
            try:
                runner.run_ready(jobs=jobs, until=clock() + SHIFT, clock=clock, stop=stop, purse=purse)
                failures = 0
            except OperationalError:
                failures += 1
                log.exception("the database does not answer, trying again")
                connections.close_all()
                stop.wait(1)
    finally:
        connections.close_all()


def _has_more(jobs: Sequence[UUID], now: datetime) -> bool:
    return SyncChunk.objects.expected(now, runner.WORTH_WAITING, jobs=jobs).exists()


def _waiting(jobs: Sequence[UUID], now: datetime) -> list[Waiting]:
    return [_why(job, now) for job in SyncJob.objects.active().filter(pk__in=jobs).select_related("connection__sync")]


def _why(job: SyncJob, now: datetime) -> Waiting:
    state = job.connection.sync
    if state.not_before and state.not_before > now:
        return Waiting(job, state.not_before, state.not_before_reason)
    chunk = job.chunks.open().order_by("ready_at").first()
    return Waiting(job, chunk.ready_at if chunk else None, chunk.error if chunk else "")
