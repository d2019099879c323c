"""End a chunk, well or badly, and with the last one its job: each in one transaction that locks the job first."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import structlog
from django.db import transaction

from connections.errors import NeedsReconnect
from projects.models import Coverage
from projects.tables import TABLES
from syncing import planner, scheduler
from syncing.models import ConnectionSync, QuarantinedRecord, SyncChunk, SyncJob, SyncSchedule
from syncing.planner import Plan
from syncing.retry import Retry
from syncing.scope import Scope

log = structlog.get_logger(__name__)


def finish(chunk: SyncChunk, now: datetime, *, error: Exception | None = None) -> None:
    """Raises LeaseLost when the chunk is no longer ours: then nothing has happened."""
    with transaction.atomic():
        job = SyncJob.objects.locked(chunk.sync_job_id)
        chunk.finish(now, error=error)
        if error is None:
            _record_coverage(chunk, now)
            _release_quarantined(chunk)
        if isinstance(error, NeedsReconnect):
            _stop_all(job, chunk, error, now)
        advance(job, now)
    outcome = {"failed": str(error)} if error else {}
    log.info("chunk ended", chunk=chunk.pk, stream=chunk.stream, **outcome)


def postpone(chunk: SyncChunk, again: Retry, error: Exception, now: datetime) -> None:
    """Let go of the chunk until later; a block holds for the whole connection."""
    with transaction.atomic():
        chunk.give_back(now, ready_at=again.at, error=error, spend_retry=again.spends)
        if again.parks:
            ConnectionSync.block(chunk.connection_id, again.at, str(error))
    log.info("chunk postponed", chunk=chunk.pk, stream=chunk.stream, until=again.at.isoformat(), error=str(error))


def split(chunk: SyncChunk, now: datetime) -> bool:
    """Replace a chunk that asked for too much by smaller ones. False when it cannot be split."""
    stream = chunk.connection.source_class.stream(chunk.stream)
    parts = planner.split(Plan(stream, chunk.piece, chunk.entity_offset, chunk.entity_limit), _known_ids(chunk))
    if not parts:
        return False
    with transaction.atomic():
        job = SyncJob.objects.locked(chunk.sync_job_id)
        chunk.renew(now)
        chunk.become(parts[0].piece, now, offset=parts[0].offset, limit=parts[0].limit)
        scheduler.add_chunks(job, parts[1:], now)
        job.count_chunks()
        job.save()
    return True


def advance(job: SyncJob, now: datetime) -> None:
    """With the job locked: when no chunk is open, plan its metrics; when these are done too, close it."""
    job.count_chunks()
    if not job.chunks.open().exists() and not _plans_metrics(job, now):
        _close(job, now)
    else:
        job.save()


def _plans_metrics(job: SyncJob, now: datetime) -> bool:
    if job.planned_at is not None or job.connection.credential.needs_reconnect:
        return False
    made = scheduler.plan_metrics(job, now) > 0
    job.count_chunks()
    return made


def _close(job: SyncJob, now: datetime) -> None:
    for stream, chunks in _by_stream(job).items():
        _update_schedule(job, stream, chunks, now)
    error, remedy = _explain(job)
    changed = job.records_created + job.records_updated > 0
    job.close(now, error=error, remedy=remedy, changed=changed, metrics_changed=changed and _metrics_changed(job))
    if job.rerun and not job.connection.credential.needs_reconnect:
        _start_next(job, now)


def _start_next(job: SyncJob, now: datetime) -> None:
    """What was asked for while this job ran."""
    first, *others = job.rerun
    following = scheduler.start_job(
        job.connection,
        Scope.from_json(first),
        now=now,
        trigger=job.trigger,
        user=job.user,
        rerun=others,
        follows=job,
    )
    if following and not following.total_chunks:
        advance(following, now)  # all that it was to read has been switched off meanwhile


def _explain(job: SyncJob) -> tuple[str, str]:
    failed = job.chunks.filter(status=SyncChunk.Status.FAILED).order_by("finished_at", "id")
    first = failed.exclude(error_kind="not_run").first() or failed.first()
    if first is None:
        return "", ""
    if job.failed_chunks == 1 or first.error_kind == NeedsReconnect.kind:
        return first.error, first.remedy
    return f"{job.failed_chunks} of {job.total_chunks} chunks failed. The first: {first.error}", first.remedy


def _metrics_changed(job: SyncJob) -> bool:
    return any(chunk.start_date and chunk.records_created + chunk.records_updated > 0 for chunk in job.chunks.all())


def _by_stream(job: SyncJob) -> dict[str, list[SyncChunk]]:
    chunks: dict[str, list[SyncChunk]] = defaultdict(list)
    for chunk in job.chunks.all():
        chunks[chunk.stream].append(chunk)
    return chunks


def _update_schedule(job: SyncJob, stream: str, chunks: list[SyncChunk], now: datetime) -> None:
    locked = SyncSchedule.objects.select_for_update(no_key=True)
    schedule, _ = locked.get_or_create(connection_id=job.connection_id, stream=stream)
    failed = [chunk for chunk in chunks if chunk.status != SyncChunk.Status.COMPLETED]
    schedule.last_attempted_at = job.started_at or now
    schedule.consecutive_failures = schedule.consecutive_failures + 1 if failed else 0
    if not failed:
        schedule.last_completed_at = now
    if any(chunk.records_created + chunk.records_updated for chunk in chunks):
        schedule.last_changed_at = now
    schedule.state = schedule.state | _state(job, schedule, chunks, failed)
    schedule.save(
        update_fields=["last_attempted_at", "consecutive_failures", "last_completed_at", "last_changed_at", "state"]
    )


def _state(job: SyncJob, schedule: SyncSchedule, chunks: list[SyncChunk], failed: list[SyncChunk]) -> dict[str, Any]:
    """What the next run needs to know: up to where no day need be read again, or when the list was last complete."""
    if chunks[0].start_date is None:
        return {} if failed else _list_state(chunks)
    known = schedule.state.get("settled_until")
    if known is None and job.sync_type == SyncJob.Type.RANGE:
        return {}  # days of long ago are no beginning for the daily runs
    before = date.fromisoformat(known) if known else min(_ranges(chunks))[0] - planner.ONE_DAY
    covered = planner.covered_until(before, _ranges(chunk for chunk in chunks if chunk not in failed), _ranges(failed))
    return {"settled_until": max(before, min(covered, _last_settled(job, schedule.stream))).isoformat()}


def _last_settled(job: SyncJob, stream: str) -> date:
    read_on = (job.planned_at or job.created_at).astimezone(job.connection.zone).date()
    return planner.last_settled(read_on, lookback_days=job.connection.source_class.stream(stream).lookback_days)


def _list_state(chunks: list[SyncChunk]) -> dict[str, str]:
    begun = min(chunk.created_at for chunk in chunks).isoformat()
    return {"read_at": begun} if chunks[0].updated_since else {"read_at": begun, "listed_at": begun}


def _ranges(chunks: Iterable[SyncChunk]) -> list[tuple[date, date]]:
    return [(chunk.start_date, chunk.end_date) for chunk in chunks if chunk.start_date and chunk.end_date]


def _record_coverage(chunk: SyncChunk, now: datetime) -> None:
    """A date is covered when no open or failed slice of its stream still holds it."""
    if chunk.start_date is None or chunk.end_date is None:
        return
    same = SyncChunk.objects.filter(
        sync_job_id=chunk.sync_job_id,
        stream=chunk.stream,
        start_date__lte=chunk.end_date,
        end_date__gte=chunk.start_date,
    )
    siblings = list(same)
    missing = [sibling for sibling in siblings if sibling.status != SyncChunk.Status.COMPLETED]
    days = [day for day in planner.days(chunk.start_date, chunk.end_date) if not _holds(missing, day)]
    before = dict(
        Coverage.objects.filter(connection_id=chunk.connection_id, stream=chunk.stream, date__in=days).values_list(
            "date", "row_count"
        )
    )
    rows = [_covered(chunk, day, siblings, before.get(day, 0), now) for day in days]
    Coverage.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["connection", "stream", "date"],
        update_fields=["row_count", "total", "fewer_than_before", "fetched_at", "job_id"],
    )


def _holds(chunks: Iterable[SyncChunk], day: date) -> bool:
    return any(since <= day <= until for since, until in _ranges(chunks))


def _covered(chunk: SyncChunk, day: date, siblings: list[SyncChunk], before: int, now: datetime) -> Coverage:
    counts = [sibling.date_counts.get(day.isoformat(), (0, 0)) for sibling in siblings]
    row_count = sum(rows for rows, _ in counts)
    return Coverage(
        connection_id=chunk.connection_id,
        stream=chunk.stream,
        date=day,
        row_count=row_count,
        total=Decimal(sum(total for _, total in counts)),
        fewer_than_before=row_count < before,
        fetched_at=now,
        job_id=chunk.sync_job_id,
    )


def _release_quarantined(chunk: SyncChunk) -> None:
    """Only where everything was asked for: a slice of some entities or of recent edits says nothing of the others."""
    if chunk.entity_ids or chunk.updated_since:
        return
    days = (chunk.start_date, chunk.end_date) if chunk.start_date and chunk.end_date else None
    QuarantinedRecord.release(chunk.connection_id, chunk.stream, days=days, seen_before=chunk.created_at)


def _stop_all(job: SyncJob, chunk: SyncChunk, error: NeedsReconnect, now: datetime) -> None:
    """A dead login: no chunk of this job runs any more. Those in hand lose their lease, and so save nothing."""
    if not chunk.connection.credential.mark_dead(error.sentence):
        return  # it was the login of before that died
    job.chunks.open().update(
        status=SyncChunk.Status.FAILED,
        finished_at=now,
        lease_token=None,
        error_kind="not_run",
        error="Not run: the login needs to be renewed.",
        remedy=error.remedy,
    )


def _known_ids(chunk: SyncChunk) -> list[str]:
    source = chunk.connection.source_class
    entity_stream = source.stream(chunk.stream).entity_stream
    return TABLES[source.stream(entity_stream).table].ids(chunk.connection_id) if entity_stream else []
