"""Run again what a job has not read: what failed of it, or all that was left when it was stopped."""

from copy import copy
from dataclasses import replace
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from connections.models import Connection
from syncing.models import ConnectionSync, SyncChunk, SyncJob
from syncing.planner import Plan
from syncing.scheduler.asked import Enqueued, Note, NotRunnable, enqueue_first, locked
from syncing.scheduler.history import release, start_backfill
from syncing.scheduler.jobs import UNATTENDED, add_chunks, inserted
from syncing.scope import Scope

NOT_RUN = "not_run"
"""What a chunk failed with that a dead login kept from running."""


def retry_failed(
    job: SyncJob, *, now: datetime, trigger: str, user: User | None = None, note: Note | None = None
) -> SyncJob:
    """A new job with the chunks of a closed one that failed; what succeeded is not read again. Raises NotRunnable.

    note: called with the new job and its scope, in the transaction that makes it.
    """
    with transaction.atomic():
        connection = locked(job.connection_id)
        if job.status == SyncJob.Status.CANCELLED:
            raise NotRunnable("This job was cancelled.", "Resume it: that reads what had failed, too.")
        chunks = _to_repeat(job)
        if not chunks and job.failed_chunks:
            raise NotRunnable("The chunks of this job are no longer kept.", "Sync the account anew.")
        if not chunks:
            raise NotRunnable("No chunk of this job has failed.", "There is nothing to try again.")
        again = _inserted(connection, job, now=now, trigger=trigger, user=user)
        _fill(again, chunks, now)
        if note:
            note(again, Scope.from_json(again.scope))
    return again


def resume(
    job: SyncJob, *, now: datetime, trigger: str, user: User | None = None, note: Note | None = None
) -> Enqueued:
    """A new job with all that a cancelled or interrupted one has not read, or the one that does so already.

    Raises NotRunnable. note: as of retry_failed.
    """
    with transaction.atomic():
        connection = locked(job.connection_id)
        job = SyncJob.objects.get(pk=job.pk)
        later = SyncJob.objects.filter(follows=job).order_by("-created_at").first()
        if later and later.is_active:
            return Enqueued(later, deduplicated=True)
        if later:
            raise NotRunnable("This job was resumed already.", "Look at the job that followed it.")
        if not is_interrupted(job):
            raise NotRunnable("This job was not interrupted.", "There is nothing to resume.")
        chunks = list(job.chunks.order_by("chunk_order", "id"))
        if not chunks:
            raise NotRunnable("The chunks of this job are no longer kept.", "Sync the account anew.")
        again = _inserted(connection, job, now=now, trigger=trigger, user=user)
        left = [chunk for chunk in chunks if chunk.status != SyncChunk.Status.COMPLETED]
        _carry(again, [chunk for chunk in chunks if chunk not in left and _counts_with(chunk, left)])
        _fill(again, left, now)
        if note:
            note(again, Scope.from_json(again.scope))
    return Enqueued(again, deduplicated=False)


def resume_phases(connection: Connection, *, now: datetime, trigger: str, user: User | None = None) -> list[SyncJob]:
    """Once the login is renewed: what its end has interrupted of the two phases. Raises NotRunnable."""
    return [resume(job, now=now, trigger=trigger, user=user).job for job in _interrupted_phases(connection)]


def enqueue_history(
    connection: Connection, *, now: datetime, trigger: str, user: User | None = None, note: Note | None = None
) -> Enqueued:
    """What was before the recent window: the job that reads it, one that goes on with what of it was stopped, or a new
    one; where the recent window is not complete, that first. Raises NotRunnable. note: as of retry_failed."""
    if not ConnectionSync.objects.filter(pk=connection.pk, phase_1_completed_at__isnull=False).exists():
        return enqueue_first(connection, now=now, trigger=trigger, user=user, note=note)
    its = SyncJob.objects.filter(connection=connection, sync_phase=SyncJob.Phase.HISTORICAL_BACKFILL)
    last = its.order_by("-created_at").first()
    if last and last.is_active:
        return Enqueued(last, deduplicated=True)
    if last and is_interrupted(last):
        return resume(last, now=now, trigger=trigger, user=user, note=note)
    with transaction.atomic():
        job = start_backfill(locked(connection.pk), now=now, trigger=trigger, user=user)
        if job is None:
            raise NotRunnable("There is nothing before the recent days.", "The provider has no older numbers.")
        if note:
            note(job, Scope.from_json(job.scope))
    return Enqueued(job, deduplicated=False)


def is_interrupted(job: SyncJob) -> bool:
    """Somebody cancelled it, or its login died before all of it had run."""
    if job.is_active:
        return False
    return job.status == SyncJob.Status.CANCELLED or job.chunks.filter(error_kind=NOT_RUN).exists()


def _interrupted_phases(connection: Connection) -> list[SyncJob]:
    """What somebody has cancelled stays so. The newest of each lane: what is older, others have read since."""
    newest = [
        SyncJob.objects.filter(connection=connection, lane=lane).order_by("-created_at").first()
        for lane in SyncJob.Lane.values
    ]
    closed = [job for job in newest if job and job.sync_phase and job.status != SyncJob.Status.CANCELLED]
    return [job for job in closed if is_interrupted(job)]


def _inserted(connection: Connection, job: SyncJob, *, now: datetime, trigger: str, user: User | None) -> SyncJob:
    """The new job, without chunks. History keeps its outline, and where in it the job before had come to."""
    is_history = job.sync_phase == SyncJob.Phase.HISTORICAL_BACKFILL
    scope = Scope.from_json(job.scope)
    again = SyncJob(
        connection=connection,
        user=user,
        lane=job.lane,
        sync_type=job.sync_type,
        sync_phase=job.sync_phase,
        trigger=trigger,
        scope=(scope if is_history else replace(scope, partial=True)).as_json(),
        follows=job,
        planned_at=_planned_at(job, now),
        released=job.released,
        to_release=job.to_release,
        urgent=trigger not in UNATTENDED,
        created_at=now,
    )
    if not inserted([again]):
        raise NotRunnable("A sync of this connection is running.", "Wait until it has ended, then try again.")
    return again


def _planned_at(job: SyncJob, now: datetime) -> datetime | None:
    """Where its metrics were never planned, they are to follow. History asks for what was held when it was planned."""
    if job.sync_phase == SyncJob.Phase.HISTORICAL_BACKFILL:
        return job.planned_at
    return now if job.planned_at and not _looks_for_entities(job) else None


def _looks_for_entities(job: SyncJob) -> bool:
    """What the list says that failed is not known before it is read."""
    lists = {stream.entity_stream for stream in job.connection.source_class.streams if stream.reads_changed}
    return job.chunks.exclude(status=SyncChunk.Status.COMPLETED).filter(stream__in=lists).exists()


def _fill(again: SyncJob, chunks: list[SyncChunk], now: datetime) -> None:
    add_chunks(again, [_plan_of(chunk) for chunk in chunks], now)
    release(again, now)
    again.count_chunks()
    again.save()


def _carry(again: SyncJob, done: list[SyncChunk]) -> None:
    """Not to be read again: the days of a stream are counted over all the chunks of one job."""
    carried = [copy(chunk) for chunk in done]
    for order, chunk in enumerate(carried):
        chunk.pk, chunk.sync_job, chunk.chunk_order, chunk.calls = None, again, order, 0
        for name in again.counts():
            setattr(chunk, f"records_{name}", 0)
    SyncChunk.objects.bulk_create(carried)


def _counts_with(chunk: SyncChunk, left: list[SyncChunk]) -> bool:
    return any(chunk.stream == other.stream and _overlap(chunk, other) for other in left)


def _overlap(one: SyncChunk, other: SyncChunk) -> bool:
    if not (one.start_date and one.end_date and other.start_date and other.end_date):
        return False
    return one.start_date <= other.end_date and other.start_date <= one.end_date


def _to_repeat(job: SyncJob) -> list[SyncChunk]:
    """Those that failed. Where the entities of a day were read in parts, all parts: they are counted together."""
    chunks = list(job.chunks.order_by("chunk_order", "id"))
    failed = [chunk for chunk in chunks if chunk.status == SyncChunk.Status.FAILED]
    dated = [chunk for chunk in failed if chunk.entity_ids and chunk.start_date]
    parts = {(chunk.stream, chunk.start_date, chunk.end_date) for chunk in dated}
    return [chunk for chunk in chunks if chunk in failed or (chunk.stream, chunk.start_date, chunk.end_date) in parts]


def _plan_of(chunk: SyncChunk) -> Plan:
    stream = chunk.connection.source_class.stream(chunk.stream)
    return Plan(stream, chunk.piece, chunk.entity_offset, chunk.entity_limit)
