"""Run chunks: claim one, read its pages, store each, end it, look for the next."""

import threading
from collections.abc import Mapping, Sequence
from copy import copy
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import IntegrityError, OperationalError, close_old_connections, transaction
from django.utils import timezone

from connections.errors import NeedsReconnect, SyncError, TooMuchData, Transient
from connections.sources import Clock, Page, Source
from projects.tables import TABLES, Changes, Table
from syncing import ending, entities, retry, smart_log
from syncing.budget import Purse
from syncing.gate import ChunkGate
from syncing.models import LeaseLost, ObjectSyncConfig, QuarantinedRecord, SyncChunk
from syncing.sessions import ChunkSessions
from syncing.stopping import Stop

log = structlog.get_logger(__name__)

CHUNK_LIMIT = timedelta(seconds=400)
WORTH_WAITING = timedelta(seconds=10)
"""A loop does not end while a chunk becomes ready this soon, so that short retries keep their time."""
PATIENCE = timedelta(seconds=0.25)
SAVE_TRIES = 4


class ChunkDied(SyncError):
    """The chunk has taken its process with it, more than once."""

    kind = "unexpected"


def run_ready(
    *,
    queues: Sequence[str] = (),
    jobs: Sequence[UUID] = (),
    until: datetime,
    clock: Clock = timezone.now,
    stop: Stop | None = None,
    purse: Purse | None = None,
    faster: Sequence[str] = (),
) -> int:
    """Claim and run the best ready chunk, again and again, until none is ready or time is up. Returns their number.

    queues, jobs: only theirs; empty means any. stop: set it to have the chunk in hand given back between two pages.
    purse: shared with other loops; else one of its own. faster: queues for whose chunks this loop leaves its slot, but
    not in its first turn, or it would never get on.
    """
    stop, mine, ran, turns = stop or threading.Event(), purse or Purse(clock), 0, 0
    try:
        while clock() < until and not stop.is_set():
            close_old_connections()
            if turns and faster and SyncChunk.objects.ready(clock()).filter(queue__in=faster).exists():
                break
            chunk = SyncChunk.claim_next(clock(), queues=queues, jobs=jobs)
            if chunk:
                run_chunk(chunk, clock=clock, stop=stop, purse=mine)
                ran += 1
            elif _is_worth_waiting(clock(), queues, jobs):
                stop.wait(PATIENCE.total_seconds())
            else:
                break
            turns += 1
    finally:
        if purse is None:
            mine.close()
    return ran


def _is_worth_waiting(now: datetime, queues: Sequence[str], jobs: Sequence[UUID]) -> bool:
    """Not for the next look at what a provider makes ready, say, while other queues have work for this slot."""
    if not SyncChunk.objects.expected(now, WORTH_WAITING, queues=queues, jobs=jobs).exists():
        return False
    return not queues or not SyncChunk.objects.ready(now).exclude(queue__in=queues).exists()


def run_chunk(chunk: SyncChunk, *, clock: Clock, stop: Stop, purse: Purse) -> None:
    """Read the slice from its checkpoint on, a transaction a page. Never raises what a retry can mend.

    Every line of the log says meanwhile for whom, also those of a provider's own library.
    """
    about = {"connection": str(chunk.connection_id), "job": str(chunk.sync_job_id)}
    with structlog.contextvars.bound_contextvars(**about, chunk=chunk.pk, stream=chunk.stream):
        _run(chunk, clock, stop, purse)


def _run(chunk: SyncChunk, clock: Clock, stop: Stop, purse: Purse) -> None:
    try:
        if chunk.sync_job.mark_started(clock()):
            smart_log.started(chunk.sync_job)
        if _read_all(chunk, clock, stop, purse):
            ending.finish(chunk, clock(), error=entities.skipped(chunk))
    except LeaseLost:
        log.warning("another process has taken the chunk over", chunk=chunk.pk, stream=chunk.stream)
    except Exception as error:
        _settle(chunk, error, clock())


def _read_all(chunk: SyncChunk, clock: Clock, stop: Stop, purse: Purse) -> bool:
    """True when the slice has been read to its end; False when it was given back for later."""
    if chunk.read_to_end:
        return True
    if chunk.is_poison:
        raise ChunkDied("This chunk ended its process three times.", remedy="Report it, with the log of the time.")
    gate = ChunkGate(chunk, purse, clock)
    left_at = _read_pages(_source(chunk, gate, clock), chunk, gate, clock, stop)
    # Only now, when the source has let go of what it held open at the provider, may somebody else begin.
    if left_at is None:
        return True
    if left_at.again_after is not None:
        ending.wait(chunk, clock(), until=clock() + left_at.again_after)
    else:
        chunk.give_back(clock(), ready_at=clock())
    return False


def _read_pages(source: Source, chunk: SyncChunk, gate: ChunkGate, clock: Clock, stop: Stop) -> Page | None:
    """The page after which it was left; None where the slice was read to its end."""
    for page in source.read(source.stream(chunk.stream), chunk.piece, chunk.checkpoint):
        _save(chunk, page, clock, calls=gate.taken())
        gate.renewed()
        has_time = not stop.is_set() and clock() - _started(chunk) <= CHUNK_LIMIT
        if page.again_after is not None or (page.checkpoint is not None and not has_time):
            return page
    return None


def _source(chunk: SyncChunk, gate: ChunkGate, clock: Clock) -> Source:
    def held(stream: str, entity: str) -> Mapping[str, str]:
        return _table(chunk, stream).held(chunk.connection_id, entity)

    return chunk.connection.source(
        gate=gate,
        clock=clock,
        scheduled=not chunk.sync_job.urgent,
        held=held,
        sessions=ChunkSessions(chunk, clock),
    )


def _table(chunk: SyncChunk, stream: str) -> Table:
    return TABLES[chunk.connection.source_class.stream(stream).table]


def _save(chunk: SyncChunk, page: Page, clock: Clock, *, calls: int) -> None:
    """One page, all of it or none. Two writers of the same new row, or a deadlock: read again and try again."""
    for attempt in range(1, SAVE_TRIES + 1):
        try:
            saved = _save_once(copy(chunk), page, clock(), calls)
        except (IntegrityError, OperationalError):
            if attempt == SAVE_TRIES:
                raise
            log.info("page could not be stored, trying again", chunk=chunk.pk, attempt=attempt, exc_info=True)
        else:
            chunk.date_counts, chunk.changed_streams, chunk.attempts = saved.date_counts, saved.changed_streams, 1
            chunk.skipped = saved.skipped
            return


def _save_once(chunk: SyncChunk, page: Page, now: datetime, calls: int) -> SyncChunk:
    """Returns the chunk, which is changed, so give it a copy."""
    table = _table(chunk, page.stream or chunk.stream)
    with transaction.atomic():
        chunk.renew(now)
        changes = table.upsert(chunk.connection_id, page.records, seen_at=page.fetched_at, job_id=chunk.sync_job_id)
        returned = table.settle(chunk.connection_id, page.records, complete=page.complete, seen_at=page.fetched_at)
        _end_entities(chunk, page, now)
        _release_quarantined(chunk, page)
        _quarantine(chunk, page, now)
        before = {} if page.is_first else chunk.date_counts
        chunk.date_counts = _added(before, table.day_totals(page.records))
        chunk.changed_streams = _changed_streams(chunk, page, changes, returned)
        chunk.skipped = _skipped(chunk, page)
        counts = {
            "read": len(page.records) + len(page.quarantined),
            "created": changes.created,
            "updated": changes.updated,
            "unchanged": changes.unchanged,
            "quarantined": len(page.quarantined),
        }
        chunk.save_page(page, now, counts=counts, calls=calls)
    return chunk


def _changed_streams(chunk: SyncChunk, page: Page, changes: Changes, returned: int) -> list[str] | None:
    """None while nothing came along. returned: rows that were missing, which is a change though none was written."""
    known = chunk.changed_streams
    if known is None and not chunk.connection.source_class.stream(chunk.stream).brings:
        return None
    has_changed = changes.created + changes.updated + returned > 0
    return sorted({*(known or ()), page.stream or chunk.stream}) if has_changed else known or []


def _end_entities(chunk: SyncChunk, page: Page, now: datetime) -> None:
    if page.ended:
        stream = chunk.connection.source_class.stream(chunk.stream)
        assert stream.entity_stream
        table = _table(chunk, stream.entity_stream)
        names = (stream.name, *stream.brings)
        every = ObjectSyncConfig.shortest_interval(chunk.connection.provider, names)
        table.end(chunk.connection_id, names, page.ended, planned_at=chunk.created_at, every=every, now=now)
        read = [entity for entity, end in page.ended.items() if not end.refusal]
        QuarantinedRecord.release_read(chunk.connection_id, names, read, seen_before=chunk.created_at)


def _release_quarantined(chunk: SyncChunk, page: Page) -> None:
    """What was put aside earlier of that of which this page is a complete list."""
    stream = chunk.connection.source_class.stream(page.stream or chunk.stream)
    if page.complete is not None and stream.entity_stream is None:
        whole = [*page.complete.values()] or [""]
        QuarantinedRecord.release_read(chunk.connection_id, [stream.name], whole, seen_before=chunk.created_at)


def _skipped(chunk: SyncChunk, page: Page) -> dict[str, str] | None:
    """What is left out on purpose has not been skipped, nor has what could be read after all."""
    before = {entity: reason for entity, reason in (chunk.skipped or {}).items() if entity not in page.ended}
    refused = {entity: end.refusal for entity, end in page.ended.items() if end.refusal and not end.is_left_out}
    return (before | refused) or None


def _quarantine(chunk: SyncChunk, page: Page, now: datetime) -> None:
    for record in page.quarantined:
        QuarantinedRecord.objects.update_or_create(
            connection_id=chunk.connection_id,
            stream=page.stream or chunk.stream,
            key=record.key[:200],
            defaults={
                "reason": record.reason,
                "raw": record.raw,
                "day": record.day,
                "entity": record.entity,
                "seen_at": now,
                "job_id": chunk.sync_job_id,
            },
        )


def _added(before: dict[str, tuple[int, int]], page: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    sums = dict(before)
    for day, (rows, total) in page.items():
        held_rows, held_total = sums.get(day, (0, 0))
        sums[day] = (held_rows + rows, held_total + total)
    return sums


def _settle(chunk: SyncChunk, error: Exception, now: datetime) -> None:
    """What the error asks for: smaller parts, a later try, or an end."""
    if not isinstance(error, SyncError):
        log.exception("chunk failed unexpectedly", chunk=chunk.pk, stream=chunk.stream)
    if isinstance(error, NeedsReconnect) and chunk.connection.credential.was_renewed():
        error = Transient("The login was renewed while this chunk was read with the one before.")
    try:
        if isinstance(error, TooMuchData) and ending.split(chunk, now):
            return
        again = retry.decide(error, retry_count=chunk.retry_count, max_retries=chunk.max_retries, now=now)
        if again:
            ending.postpone(chunk, again, error, now)
        else:
            ending.finish(chunk, now, error=error)
    except LeaseLost:
        log.warning("another process has taken the chunk over", chunk=chunk.pk, stream=chunk.stream)


def _started(chunk: SyncChunk) -> datetime:
    assert chunk.started_at is not None
    return chunk.started_at
