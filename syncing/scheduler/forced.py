"""Some entities are to be read again, whatever is held of them: now, or by the job that runs."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from connections.models import Connection
from connections.sources import Stream
from projects.tables import TABLES
from syncing.models import SyncChunk, SyncJob
from syncing.scheduler import batches, plans
from syncing.scheduler.asked import Enqueued, Note, NotRunnable, enqueue_now, locked
from syncing.scheduler.jobs import add_chunks
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
    note: Note | None = None,
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
            enqueued = enqueue_now(connection, now=now, trigger=trigger, scope=scope, user=user, note=note)
            if not enqueued.deduplicated or _is_taken_up(enqueued.job, scope, entities, now):
                return enqueued
    raise NotRunnable("The connection's jobs open and close too fast to join one.", "Try again in a moment.")


def _by_entity(connection: Connection) -> list[Stream]:
    found = [stream for stream in plans.streams(known_of(connection), Scope()) if stream.reads_changed]
    if not found:
        raise NotRunnable("Nothing of this connection is read object by object.", "Use Sync now.")
    return found


def _is_taken_up(job: SyncJob, scope: Scope, entities: Collection[str], now: datetime) -> bool:
    """False where it has closed in the meantime. Before its plan is made, or where another job follows, nothing is
    left to do: what was forgotten is planned with the rest."""
    job = SyncJob.objects.locked(job.pk)
    if not job.is_active:
        return False
    if job.planned_at is not None and Scope.from_json(job.scope).contains(scope):
        known = known_of(job.connection)
        wanted = [stream for stream in plans.streams(known, scope) if stream.reads_changed]
        waiting = {(stream, *ids) for stream, ids in _not_begun(job).values_list("stream", "entity_ids")}
        planned = batches.changed(known, wanted, among=entities)
        added = [plan for plan in planned if (plan.stream.name, *plan.piece.ids) not in waiting]
        add_chunks(job, added, now, known=known)
        job.count_chunks()
        job.save()
    return True


def _not_begun(job: SyncJob) -> "QuerySet[SyncChunk]":
    """Of what is at work some pages are read already, maybe those that somebody has just changed."""
    return job.chunks.open().filter(lease_token__isnull=True, checkpoint__isnull=True, read_to_end=False)
