"""Some entities are to be read again, whatever is held of them: now, or by the job that runs."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from connections.models import Connection
from connections.sources import Stream
from projects.tables import TABLES
from syncing.models import SyncChunk, SyncJob
from syncing.scheduler import asked, batches, plans
from syncing.scheduler.asked import Enqueued, NotRunnable, locked
from syncing.scheduler.jobs import UNATTENDED, add_chunks, start_job
from syncing.scheduler.known import known_of
from syncing.scope import Scope


def enqueue_forced(
    connection: Connection,
    entities: Collection[str],
    *,
    below: Collection[str] | None = None,
    now: datetime,
    trigger: str,
    user: User | None = None,
) -> Enqueued:
    """A job that reads these entities again, by their ids, or the running one, which then reads them too.

    below: of what is held below them, only these are asked for again; None means all. Raises NotRunnable, also where
    the connection's source is not read entity by entity.
    """
    with transaction.atomic():
        connection = locked(connection.pk)
        streams = _by_entity(connection)
        for name in {stream.entity_stream for stream in streams}:
            TABLES[connection.source_class.stream(name or "").table].forget(
                connection.pk, entities, now=now, below=below
            )
        scope = Scope(tuple(stream.name for stream in streams))
        for _ in range(10):
            if running := asked.running_job(connection):
                if _is_taken_up(running.pk, streams, entities, now, hurry=trigger not in UNATTENDED):
                    return Enqueued(running, deduplicated=True)
            elif job := start_job(connection, scope, now=now, trigger=trigger, user=user):
                return Enqueued(job, deduplicated=False)
    raise NotRunnable("The connection's jobs open and close too fast to join one.", "Try again in a moment.")


def _by_entity(connection: Connection) -> list[Stream]:
    found = [stream for stream in plans.streams(known_of(connection), Scope()) if stream.reads_changed]
    if not found:
        raise NotRunnable("Nothing of this connection is read object by object.", "Use Sync now.")
    return found


def _is_taken_up(job_id: UUID, streams: list[Stream], entities: Collection[str], now: datetime, *, hurry: bool) -> bool:
    """False where it has closed in the meantime. What it was asked to read does not matter: it looks for what has
    changed only once, and where it has done so already, these entities are added to what it found."""
    job = SyncJob.objects.locked(job_id)
    if not job.is_active:
        return False
    if hurry and not job.urgent:
        asked.hurry(job, now)
        job.urgent = True
    if job.planned_at is None:
        scope = Scope.from_json(job.scope)
        more = tuple(stream.name for stream in streams if scope.streams and stream.name not in scope.streams)
        job.scope = replace(scope, streams=(*scope.streams, *more)).as_json()
    else:
        _add(job, streams, entities, now)
    job.save()
    return True


def _add(job: SyncJob, streams: list[Stream], entities: Collection[str], now: datetime) -> None:
    """In the place of what would read less of the same entity, so that none is opened twice."""
    known, waiting = known_of(job.connection), {}
    for chunk in _not_begun(job):
        waiting[chunk.stream, *chunk.entity_ids] = chunk.pk
    added, replaced = [], []
    for plan in batches.changed(known, streams, among=entities):
        replaced += [waiting[key] for name in plan.stream.brings if (key := (name, *plan.piece.ids)) in waiting]
        if (plan.stream.name, *plan.piece.ids) not in waiting:
            added.append(plan)
    _not_begun(job).filter(pk__in=replaced).delete()
    add_chunks(job, added, now, known=known)
    job.count_chunks()


def _not_begun(job: SyncJob) -> "QuerySet[SyncChunk]":
    """Of what is at work some pages are read already, maybe those that somebody has just changed."""
    return job.chunks.open().filter(lease_token__isnull=True, checkpoint__isnull=True, read_to_end=False)
