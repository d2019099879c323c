"""End a chunk, well or badly, and with the last one its job: each in one transaction that locks the job first."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import structlog
from django.contrib.auth.models import User
from django.db import transaction

from connections.errors import NeedsReconnect
from projects.models import Coverage
from projects.tables import TABLES
from syncing import mail, phases, planner, scheduler, schedules, smart_log, webhook
from syncing.models import ConnectionSync, LeaseLost, ObjectSyncConfig, QuarantinedRecord, SyncChunk, SyncJob, described
from syncing.planner import Plan
from syncing.retry import Retry
from syncing.schedules import ranges
from syncing.scope import Scope

NAMED = 5
"""Of the objects that a job has skipped, in its own words; the chunks name all of them."""

log = structlog.get_logger(__name__)


def finish(chunk: SyncChunk, now: datetime, *, error: Exception | None = None) -> None:
    """Raises LeaseLost when the chunk is no longer ours: then nothing has happened."""
    with transaction.atomic():
        job = _job_of(chunk)
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
    """Let go of the chunk until later. A block holds for the whole connection; the schedule's limit for this job."""
    with transaction.atomic():
        job = _job_of(chunk)
        is_schedules = again.is_own_limit and not chunk.sync_job.urgent
        if is_schedules and job.urgent:
            again = replace(again, at=now)  # somebody has come to wait for it meanwhile
        chunk.give_back(now, ready_at=again.at, error=error, spend_retry=again.spends)
        if is_schedules:
            _park(job, again.at, error)
        elif again.parks:
            ConnectionSync.block(chunk.connection_id, again.at, str(error))
    log.info("chunk postponed", chunk=chunk.pk, stream=chunk.stream, until=again.at.isoformat(), error=str(error))


def wait(chunk: SyncChunk, now: datetime, *, until: datetime) -> None:
    """Let go of the chunk while the provider works for it: no lease, and no attempt or retry is spent.

    So many of a job wait, so many of it are in flight: until they are through, nothing else of it is begun.
    """
    with transaction.atomic():
        job = _job_of(chunk)
        chunk.give_back(now, ready_at=until)
        unleased = job.chunks.open().filter(lease_token__isnull=True)
        waiting = unleased.filter(checkpoint__isnull=False, ready_at__gt=now)
        if waiting.count() >= job.connection.sync.slices_in_flight:
            unleased.filter(checkpoint__isnull=True, ready_at__lt=until).update(ready_at=until)


def _park(job: SyncJob, until: datetime, error: Exception) -> None:
    """Its other chunks need not find out one by one."""
    waiting = job.chunks.open().filter(lease_token__isnull=True, ready_at__lte=until)
    waiting.update(ready_at=until, **described(error))


def split(chunk: SyncChunk, now: datetime) -> bool:
    """Replace a chunk that asked for too much by smaller ones. False when it cannot be split."""
    stream = chunk.connection.source_class.stream(chunk.stream)
    plan = Plan(stream, chunk.piece, chunk.entity_offset, chunk.entity_limit)
    parts = planner.split(plan, _known_ids(chunk), batch=_batch(chunk))
    if not parts:
        return False
    with transaction.atomic():
        job = _job_of(chunk)
        chunk.renew(now)
        chunk.become(parts[0].piece, now, offset=parts[0].offset, limit=parts[0].limit)
        scheduler.add_chunks(job, parts[1:], now)
        job.count_chunks()
        job.save()
    return True


def _job_of(chunk: SyncChunk) -> SyncJob:
    """Locked. Raises LeaseLost where it was erased with its connection."""
    try:
        return SyncJob.objects.locked(chunk.sync_job_id)
    except SyncJob.DoesNotExist as error:
        raise LeaseLost(str(chunk)) from error


def advance(job: SyncJob, now: datetime) -> None:
    """With the job locked: when few chunks are open, release more of its history; when none is, plan its metrics; when
    these are done too, close it."""
    scheduler.release(job, now)
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
    schedules.bring_up_to_date(job, now)
    error, remedy = _explain(job)
    changed = job.records_created + job.records_updated > 0
    job.close(now, error=error, remedy=remedy, changed=changed, metrics_changed=changed and _metrics_changed(job))
    phases.look(job, now)
    mail.tell(job, now)
    webhook.tell(job, now)
    phases.begin_history(job, now)
    log.info("job ended", job=str(job.pk), connection=str(job.connection_id), status=str(job.status), **job.counts())
    smart_log.ended(job)
    if job.rerun and not job.connection.credential.needs_reconnect:
        _start_next(job, now)


def _start_next(job: SyncJob, now: datetime) -> None:
    """What was asked for while this job ran, in the name of who asked."""
    first, *others = job.rerun
    following = scheduler.start_job(
        job.connection,
        Scope.from_json(first),
        now=now,
        trigger=first.get("trigger", job.trigger),
        user=User.objects.filter(pk=first.get("user")).first(),
        rerun=others,
        follows=job,
    )
    if following and not following.total_chunks:
        advance(following, now)  # all that it was to read has been switched off meanwhile


def _explain(job: SyncJob) -> tuple[str, str]:
    failed = job.chunks.failed().order_by("finished_at", "id")
    whole = job.chunks.failed_whole().order_by("finished_at", "id")
    first = whole.exclude(error_kind="not_run").first() or whole.first() or failed.first()
    if first is None:
        return "", ""
    if job.failed_chunks == 1 or first.error_kind == NeedsReconnect.kind:
        return first.error, first.remedy
    if not whole.exists():
        return _name_skipped(list(failed)), ""
    return f"{job.failed_chunks} of {job.total_chunks} chunks failed. The first: {first.error}", first.remedy


def _name_skipped(chunks: Sequence[SyncChunk]) -> str:
    said = [chunk.error for chunk in chunks[:NAMED]]
    more = len(chunks) - len(said)
    return " ".join([*said, *([f"So were {more} more."] if more else [])])


def _metrics_changed(job: SyncJob) -> bool:
    """Of an account without numbers of days, whatever it has is what people look at."""
    dated = (chunk for chunk in job.chunks.all() if chunk.start_date)
    return not job.connection.keeps_days or any(chunk.records_created + chunk.records_updated for chunk in dated)


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
    held = Coverage.objects.filter(connection_id=chunk.connection_id, stream=chunk.stream, date__in=days)
    before = {each.date: each for each in held}
    rows = [_covered(chunk, day, siblings, before.get(day), now) for day in days]
    Coverage.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["connection", "stream", "date"],
        update_fields=["row_count", "total", "fewer_than_before", "read_count", "fetched_at", "job_id"],
    )


def _holds(chunks: Iterable[SyncChunk], day: date) -> bool:
    return any(since <= day <= until for since, until in ranges(chunks))


def _covered(
    chunk: SyncChunk, day: date, siblings: list[SyncChunk], before: Coverage | None, now: datetime
) -> Coverage:
    counts = [sibling.date_counts.get(day.isoformat(), (0, 0)) for sibling in siblings]
    row_count = sum(rows for rows, _ in counts)
    return Coverage(
        connection_id=chunk.connection_id,
        stream=chunk.stream,
        date=day,
        row_count=row_count,
        total=Decimal(sum(total for _, total in counts)),
        fewer_than_before=before is not None and row_count < before.row_count,
        read_count=before.read_count + 1 if before else 1,
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


def _batch(chunk: SyncChunk) -> int | None:
    """As many entities as staff have set for this object type."""
    config = ObjectSyncConfig.objects.filter(provider=chunk.connection.provider, object_type=chunk.stream)
    return config.values_list("batch_size", flat=True).first()
