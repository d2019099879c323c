"""Put jobs and their chunks into the queue."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from connections.models import Connection
from connections.sources import Stream
from syncing import wakeups
from syncing.models import ConnectionSync, SyncChunk, SyncJob
from syncing.planner import Plan
from syncing.scheduler import plans
from syncing.scheduler.known import Known, known_of
from syncing.scope import Scope

log = structlog.get_logger(__name__)

UNATTENDED = (SyncJob.Trigger.SCHEDULE, SyncJob.Trigger.CRON, SyncJob.Trigger.CASCADE)
"""Nobody waits for what these start."""

STALE_RANK, USUAL_RANK = 0, 10

WORTH_WAKING = timedelta(seconds=10)
"""As long as a loop waits for a chunk whose time is near."""


def start_job(
    connection: Connection,
    scope: Scope,
    *,
    now: datetime,
    trigger: str,
    user: User | None = None,
    rerun: Sequence[dict[str, object]] = (),
    follows: SyncJob | None = None,
) -> SyncJob | None:
    """A new job with its first chunks, or None when one is active. With the connection or its last job locked."""
    known = known_of(connection)
    job = new_job(known, scope, now=now, trigger=trigger, user=user, rerun=rerun, follows=follows)
    chunks = _begin(job, known, scope, now)
    if not inserted([job]):
        return None
    SyncChunk.objects.bulk_create(chunks)
    _wake(chunks, now)
    return job


def start_jobs(wanted: Sequence[tuple[Known, Scope, str]], now: datetime) -> list[SyncJob]:
    """For many connections at once; each with its scope and trigger. With the connections locked.

    Returns the jobs that were made, in which those whose connection has an active one are missing.
    """
    jobs = [new_job(known, scope, now=now, trigger=trigger) for known, scope, trigger in wanted]
    first = {job.pk: _begin(job, known, scope, now) for job, (known, scope, _) in zip(jobs, wanted, strict=True)}
    made = inserted(jobs)
    chunks = [chunk for job in made for chunk in first[job.pk]]
    SyncChunk.objects.bulk_create(chunks)
    _wake(chunks, now)
    return made


def new_job(
    known: Known,
    scope: Scope,
    *,
    now: datetime,
    trigger: str,
    user: User | None = None,
    rerun: Sequence[dict[str, object]] = (),
    follows: SyncJob | None = None,
) -> SyncJob:
    """Not yet stored."""
    return SyncJob(
        connection=known.connection,
        user=user,
        sync_type=_sync_type(known.sync, scope, trigger),
        sync_phase=SyncJob.Phase.RECENT_90_DAYS if scope.recent else None,
        trigger=trigger,
        urgent=trigger not in UNATTENDED,
        scope=scope.as_json(),
        rerun=list(rerun),
        follows=follows,
        created_at=now,
    )


def inserted(jobs: Sequence[SyncJob]) -> list[SyncJob]:
    """Those that were stored: the others' connections have an active job in that lane."""
    SyncJob.objects.bulk_create(jobs, ignore_conflicts=True)
    ids = [job.pk for job in jobs]
    stored = set(SyncJob.objects.filter(pk__in=ids).values_list("pk", flat=True))  # bulk_create does not say it
    mine = [job for job in jobs if job.pk in stored]
    ConnectionSync.jobs_queued([job.connection_id for job in mine if job.lane == SyncJob.Lane.SYNC])
    for job in mine:
        names = {"trigger": str(job.trigger), "type": str(job.sync_type)}
        log.info("job queued", job=str(job.pk), connection=str(job.connection_id), **names)
    return mine


def plan_metrics(job: SyncJob, now: datetime) -> int:
    """Make the job's metric chunks, once. With the job locked. Returns their number."""
    known = known_of(job.connection)
    job.planned_at = now
    job.save(update_fields=["planned_at"])
    repeated = {
        (stream, *ids) for stream, ids in job.chunks.filter(start_date=None).values_list("stream", "entity_ids")
    }
    wanted = plans.metrics(known, Scope.from_json(job.scope), now)
    return add_chunks(
        job, [plan for plan in wanted if (plan.stream.name, *plan.piece.ids) not in repeated], now, known=known
    )


def add_chunks(
    job: SyncJob,
    wanted: Sequence[Plan],
    now: datetime,
    *,
    known: Known | None = None,
    begins_at: datetime | None = None,
) -> int:
    """Put chunks behind those that the job has. With the job locked or just made. begins_at: when the first may run."""
    last = SyncChunk.objects.filter(sync_job=job).aggregate(order=Max("chunk_order"))["order"]
    behind = 0 if last is None else last + 1
    chunks = _chunks(job, wanted, now, known=known or known_of(job.connection), behind=behind, begins_at=begins_at)
    SyncChunk.objects.bulk_create(chunks)
    _wake(chunks, now)
    return len(chunks)


def make_chunk(job: SyncJob, plan: Plan, *, order: int, ready_at: datetime, now: datetime, known: Known) -> SyncChunk:
    stream, piece = plan.stream, plan.piece
    rank = STALE_RANK if not job.urgent and known.is_stale(stream.name, now) else USUAL_RANK
    return SyncChunk(
        sync_job=job,
        connection_id=job.connection_id,
        chunk_order=order,
        stream=stream.name,
        chunk_type=stream.chunk_type,
        queue=_queue(job, stream, known),
        rank=rank + known.config(stream.name).priority,
        entity_ids=list(piece.ids),
        entity_offset=plan.offset,
        entity_limit=plan.limit,
        start_date=piece.since,
        end_date=piece.until,
        updated_since=piece.updated_since,
        ready_at=ready_at,
        max_retries=known.config(stream.name).max_retry_attempts,
        created_at=now,
    )


def enabled_streams(connection: Connection) -> list[Stream]:
    """All that nobody has switched off."""
    return plans.streams(known_of(connection), Scope())


def _begin(job: SyncJob, known: Known, scope: Scope, now: datetime) -> list[SyncChunk]:
    """What a job that is not stored yet begins with; whether its metrics are among it is noted with the job."""
    first, has_metrics = plans.first(known, scope, now)
    job.planned_at = now if has_metrics else None
    job.total_chunks = len(first)
    return _chunks(job, first, now, known=known, behind=0)


def _chunks(
    job: SyncJob,
    wanted: Sequence[Plan],
    now: datetime,
    *,
    known: Known,
    behind: int,
    begins_at: datetime | None = None,
) -> list[SyncChunk]:
    delay = timedelta(milliseconds=settings.CHUNK_DELAY_MS if job.lane == SyncJob.Lane.BACKFILL else 0)
    first = begins_at or now
    return [
        make_chunk(job, plan, order=behind + at, ready_at=first + at * delay, now=now, known=known)
        for at, plan in enumerate(wanted)
    ]


def _wake(chunks: Sequence[SyncChunk], now: datetime) -> None:
    """Where none is ready but one will be soon, a single slot waits for it: the next sweep may be later than that."""
    soon = {chunk.queue for chunk in chunks if chunk.ready_at <= now + WORTH_WAKING}
    ready = Counter(chunk.queue for chunk in chunks if chunk.ready_at <= now)
    for queue in sorted(soon):
        transaction.on_commit(partial(wakeups.send, queue, ready[queue] or 1), robust=True)


def _queue(job: SyncJob, stream: Stream, known: Known) -> str:
    """Whoever watches the clock is served first: a realtime connection, and a person who pressed a button."""
    if job.lane == SyncJob.Lane.BACKFILL:
        return "backfill"
    hurried = job.urgent and job.trigger in UNATTENDED  # somebody has come to wait for what the schedule began
    pressed = hurried or (job.trigger in ("user", "api") and job.sync_type == SyncJob.Type.MANUAL)
    is_realtime = known.sync.sync_frequency == ConnectionSync.Frequency.REALTIME
    return "realtime" if pressed or is_realtime else known.config(stream.name).queue


def _sync_type(sync: ConnectionSync, scope: Scope, trigger: str) -> str:
    if scope.is_range:
        return SyncJob.Type.RANGE
    if scope.recent:
        return SyncJob.Type.INITIAL
    if sync.last_sync_completed_at is None:
        return SyncJob.Type.INITIAL
    return SyncJob.Type.INCREMENTAL if trigger in UNATTENDED else SyncJob.Type.MANUAL
