"""Of streams that are read entity by entity: what has failed of a stream, and what is one entity's own affair?"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from connections.errors import NeedsReconnect, ObjectSkipped, RateLimited
from connections.sources import Stream
from projects.restated.names import objects_of
from projects.tables import TABLES
from syncing.models import ObjectSyncConfig, SyncChunk, SyncJob
from syncing.scheduler.known import Known

NOT_ITS_OWN = ("not_run", NeedsReconnect.kind, RateLimited.kind)
"""Kinds of errors that say nothing of the entity that was just being read."""

LONGEST_NAME = 80

Status = SyncChunk.Status


def failures(known: Known, chunks: Sequence[SyncChunk]) -> list[SyncChunk]:
    """Those that tell against the stream. An entity that failed beside others that were read does not, nor does one
    that was refused where anything could be read."""
    failed = [chunk for chunk in chunks if chunk.status != Status.COMPLETED]
    done = [chunk for chunk in chunks if chunk.status == Status.COMPLETED]
    if any(_is_of_entities(known, chunk) for chunk in done):
        return [chunk for chunk in failed if not _is_of_entities(known, chunk)]
    return [chunk for chunk in failed if not (done and chunk.lacks_entities_only)]


def skipped(chunk: SyncChunk) -> ObjectSkipped | None:
    """How a chunk ends that was read to its end, but for some entities: with each of them by its name."""
    if not chunk.skipped:
        return None
    source = chunk.connection.source_class
    table = source.stream(source.stream(chunk.stream).entity_stream or "").table
    named = objects_of(chunk.connection, [(table, entity) for entity in chunk.skipped])
    said = (
        f"{its.kind} {its.said[:LONGEST_NAME]} was skipped. {chunk.skipped[entity]}"
        for (_, entity), its in named.items()
    )
    return ObjectSkipped(" ".join(said))


def are_all_of_entities(known: Known, chunks: Iterable[SyncChunk]) -> bool:
    """Then they were asked for one by one, and say nothing of their stream."""
    return all(_is_of_entities(known, chunk) for chunk in chunks)


def leave_failed_alone(known: Known, job: SyncJob, now: datetime) -> None:
    """The schedule tries an entity more and more seldom that fails where others can be read."""
    chunks = list(job.chunks.all())
    if not any(chunk.status == Status.COMPLETED for chunk in chunks):
        return  # nobody was there to answer
    for chunk in chunks:
        has_failed = chunk.status == Status.FAILED and chunk.error_kind not in (*NOT_ITS_OWN, ObjectSkipped.kind)
        if has_failed and _is_of_entities(known, chunk):
            _leave_alone(known, chunk, now)


def _leave_alone(known: Known, chunk: SyncChunk, now: datetime) -> None:
    stream = known.connection.source_class.stream(chunk.stream)
    names = (stream.name, *stream.brings)
    TABLES[known.connection.source_class.stream(stream.entity_stream or "").table].fail(
        chunk.connection_id,
        names,
        chunk.entity_ids,
        reason=chunk.error,
        planned_at=chunk.created_at,
        every=ObjectSyncConfig.shortest_interval(known.connection.provider, names),
        now=now,
    )


def _is_of_entities(known: Known, chunk: SyncChunk) -> bool:
    stream: Stream | None = known.stream(chunk.stream)
    return stream is not None and stream.reads_changed
