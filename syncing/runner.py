"""Run chunks: claim one, read its pages, store each, end it, look for the next."""

import threading
from collections.abc import Sequence
from copy import copy
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import IntegrityError, OperationalError, close_old_connections, transaction
from django.utils import timezone

from connections.errors import NeedsReconnect, SyncError, TooMuchData, Transient
from connections.sources import Clock, Page, Source
from projects.tables import TABLES
from syncing import ending, retry
from syncing.budget import Purse
from syncing.gate import ChunkGate
from syncing.models import LeaseLost, QuarantinedRecord, SyncChunk

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
    stop: threading.Event | None = None,
    purse: Purse | None = None,
) -> int:
    """Claim and run the best ready chunk, again and again, until none is ready or time is up. Returns their number.

    queues, jobs: only theirs; empty means any. stop: set it to have the chunk in hand given back between two pages.
    """
    stop, purse, ran = stop or threading.Event(), purse or Purse(clock), 0
    while clock() < until and not stop.is_set():
        close_old_connections()
        chunk = SyncChunk.claim_next(clock(), queues=queues, jobs=jobs)
        if chunk:
            run_chunk(chunk, clock=clock, stop=stop, purse=purse)
            ran += 1
        elif SyncChunk.objects.expected(clock(), WORTH_WAITING, queues=queues, jobs=jobs).exists():
            stop.wait(PATIENCE.total_seconds())
        else:
            break
    return ran


def run_chunk(chunk: SyncChunk, *, clock: Clock, stop: threading.Event, purse: Purse) -> None:
    """Read the slice from its checkpoint on, a transaction a page. Never raises what a retry can mend."""
    try:
        chunk.sync_job.mark_started(clock())
        if _read_all(chunk, clock, stop, purse):
            ending.finish(chunk, clock())
    except LeaseLost:
        log.warning("another process has taken the chunk over", chunk=chunk.pk, stream=chunk.stream)
    except Exception as error:
        _settle(chunk, error, clock())


def _read_all(chunk: SyncChunk, clock: Clock, stop: threading.Event, purse: Purse) -> bool:
    """True when the slice has been read to its end; False when it was given back for later."""
    if chunk.read_to_end:
        return True
    if chunk.is_poison:
        raise ChunkDied("This chunk ended its process three times.", remedy="Report it, with the log of the time.")
    gate = ChunkGate(chunk, purse, clock)
    source = _source(chunk, gate, clock)
    for page in source.read(source.stream(chunk.stream), chunk.piece, chunk.checkpoint):
        _save(chunk, page, clock)
        gate.renewed()
        if page.checkpoint is not None and (stop.is_set() or clock() - _started(chunk) > CHUNK_LIMIT):
            chunk.give_back(clock(), ready_at=clock())
            return False
    return True


def _source(chunk: SyncChunk, gate: ChunkGate, clock: Clock) -> Source:
    scheduled = chunk.sync_job.trigger in ("schedule", "cron", "cascade")
    return chunk.connection.source(gate=gate, clock=clock, scheduled=scheduled)


def _save(chunk: SyncChunk, page: Page, clock: Clock) -> None:
    """One page, all of it or none. Two writers of the same new row, or a deadlock: read again and try again."""
    for attempt in range(1, SAVE_TRIES + 1):
        try:
            date_counts = _save_once(copy(chunk), page, clock())
        except (IntegrityError, OperationalError):
            if attempt == SAVE_TRIES:
                raise
            log.info("page could not be stored, trying again", chunk=chunk.pk, attempt=attempt, exc_info=True)
        else:
            chunk.date_counts = date_counts
            return


def _save_once(chunk: SyncChunk, page: Page, now: datetime) -> dict[str, tuple[int, int]]:
    stream = chunk.connection.source_class.stream(chunk.stream)
    table = TABLES[stream.table]
    with transaction.atomic():
        chunk.renew(now)
        changes = table.upsert(chunk.connection_id, page.records, seen_at=page.fetched_at, job_id=chunk.sync_job_id)
        _quarantine(chunk, page, now)
        before = {} if page.is_first else chunk.date_counts
        date_counts = _added(before, table.day_totals(page.records))
        counts = {
            "read": len(page.records) + len(page.quarantined),
            "created": changes.created,
            "updated": changes.updated,
            "unchanged": changes.unchanged,
            "quarantined": len(page.quarantined),
        }
        chunk.save_page(page, now, date_counts=date_counts, counts=counts)
    return date_counts


def _quarantine(chunk: SyncChunk, page: Page, now: datetime) -> None:
    for record in page.quarantined:
        QuarantinedRecord.objects.update_or_create(
            connection_id=chunk.connection_id,
            stream=chunk.stream,
            key=record.key[:200],
            defaults={
                "reason": record.reason,
                "raw": record.raw,
                "day": record.day,
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
