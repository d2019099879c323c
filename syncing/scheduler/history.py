"""Read what was before the recent window: a job of its own, whose chunks go into the queue bit by bit, newest first."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Max

from connections.models import Connection
from syncing import planner
from syncing.models import SyncJob
from syncing.planner import Plan
from syncing.scheduler import plans
from syncing.scheduler.batches import Part, batches, entities
from syncing.scheduler.jobs import UNATTENDED, add_chunks, inserted
from syncing.scheduler.known import known_of
from syncing.scope import Scope

HAND_OVER = timedelta(seconds=5)
"""From the end of the recent phase to the beginning of history."""

IN_THE_QUEUE, FEW_LEFT = 20, 10
"""So many of a job's chunks wait at a time, and more follow when few are left: what waits costs every claim."""


def history_window(connection: Connection, now: datetime) -> tuple[date, date] | None:
    """The days of history; None where the provider keeps none before the recent window."""
    start = connection.history_start(now.astimezone(connection.zone).date())
    return planner.history_window(connection.anchor_date, start) if start else None


def start_backfill(
    connection: Connection,
    *,
    now: datetime,
    trigger: str,
    user: User | None = None,
    recent: SyncJob | None = None,
    begins_at: datetime | None = None,
) -> SyncJob | None:
    """The job that reads history; None where there is nothing to read, or one is active already.

    recent: the job that read the recent window, for which this happens once. With that or the connection locked.
    """
    days = history_window(connection, now)
    known = known_of(connection)
    dated = [stream.name for stream in plans.streams(known, Scope()) if stream.cursor_field]
    if days is None or not dated:
        return None
    job = SyncJob(
        connection=connection,
        user=user,
        lane=SyncJob.Lane.BACKFILL,
        sync_type=SyncJob.Type.INITIAL,
        sync_phase=SyncJob.Phase.HISTORICAL_BACKFILL,
        trigger=trigger,
        urgent=trigger not in UNATTENDED,
        scope=Scope(tuple(dated), *days).as_json(),
        backfill_of=recent,
        planned_at=now,
        created_at=now,
    )
    if not inserted([job]):
        return None
    release(job, now, begins_at=begins_at)
    job.count_chunks()
    job.save()
    return job


def release(job: SyncJob, now: datetime, *, begins_at: datetime | None = None) -> None:
    """Put the next of its chunks into the queue, where few are left in it. With the job locked; the caller saves it."""
    scope = Scope.from_json(job.scope)
    if job.sync_phase != SyncJob.Phase.HISTORICAL_BACKFILL or scope.partial:
        return
    waiting = job.chunks.open().count()
    if waiting > FEW_LEFT or job.connection.credential.needs_reconnect:
        return
    known, parts = known_of(job.connection), outline(job)
    held = entities(known, [part.stream for part in parts], job.planned_at or job.created_at)
    chunks: list[Plan] = []
    while job.released < len(parts) and waiting + len(chunks) < IN_THE_QUEUE:
        chunks += batches(known, parts[job.released], held)
        job.released += 1
    if chunks:
        add_chunks(job, chunks, now, known=known, begins_at=_next_start(job, begins_at or now))
    job.to_release = sum(len(batches(known, part, held)) for part in parts[job.released :])


def outline(job: SyncJob) -> list[Part]:
    """All of history, newest first: a pure function of what was asked for, so that it need not be stored."""
    scope = Scope.from_json(job.scope)
    if scope.since is None or scope.until is None:
        return []
    found = [stream for stream in job.connection.source_class.streams if stream.name in scope.streams]
    periods = planner.windows(scope.since, scope.until, planner.PERIOD_DAYS)
    return [Part(stream, since, until) for since, until in periods for stream in found]


def _next_start(job: SyncJob, earliest: datetime) -> datetime:
    """Behind the chunks that wait already: they start one after the other."""
    last = job.chunks.open().filter(lease_token=None).aggregate(Max("ready_at"))["ready_at__max"]
    return max(earliest, last + timedelta(milliseconds=settings.CHUNK_DELAY_MS)) if last else earliest
