"""What does the end of a job say of its streams: how far they are, when they are due again, and who has to follow?"""

from collections import defaultdict
from collections.abc import Container, Iterable
from datetime import date, datetime, timedelta

import structlog
from django.db.models import Q

from connections import registry
from connections.models import Connection
from connections.sources import Stream
from syncing import entities, freshness, planner, retry
from syncing.models import ConnectionSync, Decision, SyncChunk, SyncJob, SyncSchedule
from syncing.scheduler import plans
from syncing.scheduler.known import Known, known_of
from syncing.scope import Scope

log = structlog.get_logger(__name__)

WEIGHT_OF_THE_NEWEST = 0.2


def bring_up_to_date(job: SyncJob, now: datetime) -> None:
    """With the job locked, and every chunk of it at its end. History says nothing of what is due, nor does a stream
    that was stopped in the middle."""
    if job.lane == SyncJob.Lane.BACKFILL:
        return
    # The connection's row, then all its schedules in one order: whoever changes paces locks them so too.
    list(ConnectionSync.objects.select_for_update(no_key=True).filter(pk=job.connection_id))
    list(SyncSchedule.objects.select_for_update(no_key=True).filter(connection=job.connection_id).order_by("pk"))
    known = known_of(job.connection)
    chunks = _by_stream(job, known)
    ended = {stream: its for stream, its in chunks.items() if not _was_stopped(its)}
    for stream, its in ended.items():
        _update(known, job, known.schedules.get(stream) or _made(job, stream), its, now)
    entities.leave_failed_alone(known, job, now)
    _cascade(known, ended, chunks, now)
    _tell_neighbours(known, ended, now)


def ranges(chunks: Iterable[SyncChunk]) -> list[tuple[date, date]]:
    return [(chunk.start_date, chunk.end_date) for chunk in chunks if chunk.start_date and chunk.end_date]


def _by_stream(job: SyncJob, known: Known) -> dict[str, list[SyncChunk]]:
    """With a stream go the chunks that it came along with, and those that found what of it has changed."""
    chunks: dict[str, list[SyncChunk]] = defaultdict(list)
    for chunk in job.chunks.all():
        stream = known.stream(chunk.stream)  # None where another release knows it
        for name in (chunk.stream, *(stream.brings if stream else ())):
            chunks[name].append(chunk)
    for stream in plans.streams(known, Scope.from_json(job.scope)):
        found_by = chunks.get(stream.entity_stream or "", ()) if stream.reads_changed else ()
        if found_by:
            chunks[stream.name] += found_by
    return chunks


def _was_stopped(chunks: Iterable[SyncChunk]) -> bool:
    return any(chunk.status == SyncChunk.Status.CANCELLED for chunk in chunks)


def _made(job: SyncJob, stream: str) -> SyncSchedule:
    return SyncSchedule.objects.get_or_create(connection_id=job.connection_id, stream=stream)[0]


def _update(known: Known, job: SyncJob, schedule: SyncSchedule, chunks: list[SyncChunk], now: datetime) -> None:
    failed = entities.failures(known, chunks)
    failures = schedule.consecutive_failures
    schedule.last_attempted_at = job.started_at or now
    is_of_now = job.sync_type != SyncJob.Type.RANGE or _reaches_today(job, chunks)
    counts = is_of_now and not (failed and entities.are_all_of_entities(known, chunks))
    if counts:
        schedule.consecutive_failures = failures + 1 if failed else 0
    if not failed and _reaches_today(job, chunks) and _was_looked_for(known, schedule.stream, chunks):
        schedule.last_completed_at = now
        schedule.stale_at = _stale_at(known, schedule, now)
    if _has_changed(schedule.stream, chunks):
        schedule.last_changed_at = now
    schedule.state = schedule.state | _state(known, job, schedule, chunks, failed)
    schedule.average_calls = _average_calls(job, schedule, chunks)
    fields = "last_attempted_at consecutive_failures last_completed_at stale_at last_changed_at state average_calls"
    schedule.save(update_fields=fields.split())
    if counts and failed:
        _back_off(known, schedule, failed[0], now)
    elif counts:
        _go_on(known, job, schedule, failures, now)


def _reaches_today(job: SyncJob, chunks: list[SyncChunk]) -> bool:
    """A sync of last January says nothing of how fresh we are."""
    found = ranges(chunks)
    return not found or max(until for _, until in found) >= _read_on(job)


def _was_looked_for(known: Known, name: str, chunks: Iterable[SyncChunk]) -> bool:
    """Some entities that are read say nothing of those that nobody has looked for."""
    stream = known.stream(name)
    if stream is None or not stream.reads_changed:
        return True
    walks = (known.stream(chunk.stream) for chunk in chunks)
    return any(walk and stream.entity_stream in (walk.name, *walk.brings) for walk in walks)


def _stale_at(known: Known, schedule: SyncSchedule, now: datetime) -> datetime | None:
    if schedule.interval_seconds is None:
        return None
    threshold = timedelta(minutes=known.config(schedule.stream).staleness_threshold_minutes)
    return now + freshness.stale_after(threshold, timedelta(seconds=schedule.interval_seconds))


def _has_changed(stream: str, chunks: Iterable[SyncChunk]) -> bool:
    return any(chunk.has_changed(stream) for chunk in chunks)


def _state(
    known: Known, job: SyncJob, schedule: SyncSchedule, chunks: list[SyncChunk], failed: list[SyncChunk]
) -> dict[str, object]:
    """What the next run needs to know: up to where no day need be read again, or when the list was last complete."""
    if chunks[0].start_date is None:
        return {} if failed else _list_state(chunks)
    settled = schedule.state.get("settled_until")
    if settled is None and job.sync_type == SyncJob.Type.RANGE:
        return {}  # days of long ago are no beginning for the daily runs
    before = date.fromisoformat(settled) if settled else min(ranges(chunks))[0] - planner.ONE_DAY
    covered = planner.covered_until(before, ranges(chunk for chunk in chunks if chunk not in failed), ranges(failed))
    lookback_days = known.lookback_days(_stream(job, schedule.stream))
    last = planner.last_settled(_read_on(job), lookback_days=lookback_days)
    depths = _depths(job, schedule, chunks, failed, lookback_days)
    return {"settled_until": max(before, min(covered, last)).isoformat(), "depths": depths}


def _depths(
    job: SyncJob, schedule: SyncSchedule, chunks: list[SyncChunk], failed: list[SyncChunk], lookback_days: int
) -> dict[str, str]:
    depths: dict[str, str] = schedule.state.get("depths", {})
    if failed or not _reaches_today(job, chunks):
        return depths
    read = (_read_on(job) - planner.read_since(ranges(chunks))).days
    return depths | freshness.depths_read(read, _planned_at(job), lookback_days=lookback_days)


def _read_on(job: SyncJob) -> date:
    """The account's date when it was decided which days to read."""
    return _planned_at(job).astimezone(job.connection.zone).date()


def _planned_at(job: SyncJob) -> datetime:
    return job.planned_at or job.created_at


def _stream(job: SyncJob, name: str) -> Stream:
    return job.connection.source_class.stream(name)


def _list_state(chunks: list[SyncChunk]) -> dict[str, object]:
    begun = min(chunk.created_at for chunk in chunks).isoformat()
    return {"read_at": begun} if chunks[0].updated_since else {"read_at": begun, "listed_at": begun}


def _average_calls(job: SyncJob, schedule: SyncSchedule, chunks: Iterable[SyncChunk]) -> float | None:
    """Of scheduled runs only: what a person asks for is another limit's."""
    if job.urgent:
        return schedule.average_calls
    made = sum(chunk.calls for chunk in chunks if chunk.stream == schedule.stream)
    if schedule.average_calls is None:
        return made
    return schedule.average_calls + WEIGHT_OF_THE_NEWEST * (made - schedule.average_calls)


def _back_off(known: Known, schedule: SyncSchedule, failed: SyncChunk, now: datetime) -> None:
    """Not again at once; and where it goes on failing, seldom, which is said and not only done."""
    failures = schedule.consecutive_failures
    delay = timedelta(seconds=known.config(schedule.stream).retry_delay)
    again_at = now + retry.back_off(failures, delay)
    schedule.leave_alone(again_at)
    if failures < retry.BREAKER_AFTER:
        return
    SyncSchedule.objects.filter(pk=schedule.pk).update(verdict=Decision.Verdict.BREAKER)
    if failures > retry.BREAKER_AFTER:
        return  # it was said
    said = f"It failed {failures} times in a row, so it is tried every few hours only. The last time: {failed.error}"
    log.warning("a stream fails again and again", connection=str(schedule.connection_id), stream=schedule.stream)
    Decision.objects.create(
        connection_id=schedule.connection_id,
        stream=schedule.stream,
        decided_at=now,
        verdict=Decision.Verdict.BREAKER,
        reason=said,
        interval_seconds=schedule.interval_seconds,
        priority=schedule.priority,
        job_id=failed.sync_job_id,
        next_look_at=again_at,
    )


def _go_on(known: Known, job: SyncJob, schedule: SyncSchedule, failures: int, now: datetime) -> None:
    """One success, and it is due when it would be had it never failed; or had the schedule started this job."""
    mine = SyncSchedule.objects.filter(pk=schedule.pk)
    if schedule.interval_seconds:
        every = timedelta(seconds=schedule.interval_seconds)
        due_at = freshness.next_due(now, every, zone=known.connection.zone, seed=known.seed)
        if failures:
            mine.filter(next_due_at__gt=due_at).update(next_due_at=due_at)
        if _makes_up(job, now):
            mine.filter(next_due_at__lte=now, due_because="").update(next_due_at=due_at)
    if failures >= retry.BREAKER_AFTER:
        mine.update(verdict="")  # so that its next start is written down
        log.info("a stream works again", connection=str(schedule.connection_id), stream=schedule.stream)


def _makes_up(job: SyncJob, now: datetime) -> bool:
    """A person, or the first sync, has read all that the schedule would read now."""
    scope = Scope.from_json(job.scope)
    is_whole = not (scope.scheduled or scope.is_range or scope.partial)
    return is_whole and now.astimezone(job.connection.zone).date() == _read_on(job)


def _cascade(known: Known, ended: dict[str, list[SyncChunk]], its_own: Container[str], now: datetime) -> None:
    """What hangs on a stream that had changes is due at once, unless this job has read it too, or somebody has just
    stopped that."""
    for stream, its in ended.items():
        if not (_has_changed(stream, its) and known.config(stream).cascade_sync):
            continue
        followers = [each.name for each in known.streams if each.name not in its_own and _hangs_on(known, each, stream)]
        waiting = SyncSchedule.objects.filter(connection=known.connection, stream__in=followers)
        later = Q(next_due_at__gt=now, consecutive_failures=0)
        waiting.filter(later).update(next_due_at=now, due_because=known.config(stream).display_name[:40])


def _tell_neighbours(known: Known, ended: dict[str, list[SyncChunk]], now: datetime) -> None:
    """What other connections of the workspace read of what is listed here is due at once, where the list is longer."""
    later = Q(next_due_at__gt=now, consecutive_failures=0)
    for name, its in ended.items():
        stream = known.stream(name)
        if stream is None or not any(chunk.records_created for chunk in its):
            continue
        for provider, streams in _readers_of(stream.table).items():
            beside = Connection.objects.kept().filter(workspace=known.connection.workspace_id, provider=provider)
            waiting = SyncSchedule.objects.filter(later, connection__in=beside, stream__in=streams)
            waiting.update(next_due_at=now, due_because=known.config(name).display_name[:40])


def _readers_of(table: str) -> dict[str, list[str]]:
    """By provider, the streams that read what is listed in this table."""
    sources = {kind: registry.source_class(kind) for kind in registry.SOURCES}
    found = {
        kind: [each.name for each in source.streams if each.listed_in == table] for kind, source in sources.items()
    }
    return {kind: streams for kind, streams in found.items() if streams}


def _hangs_on(known: Known, each: Stream, stream: str) -> bool:
    found_by = each.entity_stream if each.reads_changed else None
    return stream in (each.summed_up_by, found_by, known.config(each.name).depends_on)
