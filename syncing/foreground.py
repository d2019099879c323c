"""Run jobs in this process, in as many threads as slices may be in flight, until they are done or have to wait."""

import gc
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import OperationalError, connections
from django.utils import timezone

from connections.sources import Clock
from syncing import runner, scheduler
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
    failures = _in_threads(threads, lambda: _work(jobs, stop, purse, clock))
    purse.close()
    if failures:
        raise failures[0]
    return [] if stop.is_set() else _waiting(jobs, clock())


def _in_threads(number: int, work: Callable[[], None]) -> list[Exception]:
    """Not a pool's threads: at its end Python waits for those before anybody can tell them to stop."""
    failures: list[Exception] = []

    def run() -> None:
        try:
            work()
        except Exception as error:
            failures.append(error)

    slices = [threading.Thread(target=run, daemon=True, name=f"slice-{at}") for at in range(number)]
    for thread in slices:
        thread.start()
    for thread in slices:
        thread.join()
    return failures


def following(jobs: Sequence[UUID]) -> list[UUID]:
    """The jobs for what was asked while these ran."""
    return list(SyncJob.objects.filter(follows__in=jobs).exclude(pk__in=jobs).values_list("pk", flat=True))


def _collect_rarely() -> None:
    """Pages are many small objects without cycles: looking for cycles among them costs a fifth of a sync's time."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def _work(jobs: Sequence[UUID], stop: threading.Event, purse: Purse, clock: Clock) -> None:
    """A database that is away for some seconds is waited for; the leases see to it that nothing is lost meanwhile."""
    failures = 0
    while not stop.is_set():
        try:
            if not SyncChunk.objects.expected(clock(), runner.WORTH_WAITING, jobs=jobs).exists():
                break
            runner.run_ready(jobs=jobs, until=clock() + SHIFT, clock=clock, stop=stop, purse=purse)
            failures = 0
        except OperationalError:
            failures += 1
            if failures == DATABASE_TRIES:
                raise
            log.warning("the database does not answer, trying again", exc_info=True)
            stop.wait(1)
        finally:
            connections.close_all()


def _waiting(jobs: Sequence[UUID], now: datetime) -> list[Waiting]:
    return [
        _why(job, now)
        for job in SyncJob.objects.active()
        .filter(pk__in=jobs)
        .select_related("connection__sync", "connection__credential")
    ]


def _why(job: SyncJob, now: datetime) -> Waiting:
    if refusal := scheduler.refused(job.connection):
        return Waiting(job, None, f"{refusal.sentence} {refusal.remedy}")
    state = job.connection.sync
    if state.not_before and state.not_before > now:
        return Waiting(job, state.not_before, state.not_before_reason)
    chunk = job.chunks.open().order_by("ready_at").first()
    return Waiting(job, chunk.ready_at if chunk else None, chunk.error if chunk else "")
