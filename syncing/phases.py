"""Are the two phases of a connection complete? Told by the ledger of days, whichever jobs have filled it."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import Count

from projects.models import Coverage
from syncing import planner, scheduler
from syncing.models import ConnectionSync, SyncJob


def look(job: SyncJob, now: datetime) -> None:
    """When a job of its connection ends, in the same transaction, which has the job locked."""
    sync = ConnectionSync.objects.select_for_update(no_key=True).get(pk=job.connection_id)
    if job.connection.source_class.history_months is None or sync.phase_2_completed_at:
        return
    anchor, streams = job.connection.anchor_date, _dated(job)
    recent = (anchor - planner.RECENT_DAYS * planner.ONE_DAY, anchor)
    if sync.phase_1_completed_at is None:
        if not _is_whole(job, streams, recent):
            return
        sync.phase_complete(1, now)
    if _is_whole(job, streams, scheduler.history_window(job.connection, now)):
        sync.phase_complete(2, now)


def begin_history(job: SyncJob, now: datetime) -> None:
    """Five seconds after the recent phase; also where a few of its chunks have failed, since the rest is of use."""
    enough = (SyncJob.Status.COMPLETED, SyncJob.Status.COMPLETED_WITH_FAILURES)
    if job.sync_phase != SyncJob.Phase.RECENT_90_DAYS or job.status not in enough:
        return
    history = SyncJob.objects.filter(connection=job.connection_id, sync_phase=SyncJob.Phase.HISTORICAL_BACKFILL)
    if job.connection.credential.needs_reconnect or history.exists():
        return
    begins_at = now + scheduler.HAND_OVER
    scheduler.start_backfill(
        job.connection, now=now, trigger=job.trigger, user=job.user, recent=job, begins_at=begins_at
    )


def _dated(job: SyncJob) -> list[str]:
    return [stream.name for stream in scheduler.enabled_streams(job.connection) if stream.cursor_field]


def _is_whole(job: SyncJob, streams: Sequence[str], days: tuple[date, date] | None) -> bool:
    """Whether each of the days of each stream is covered; so it is where there are none."""
    if days is None:
        return True
    held = Coverage.objects.filter(connection_id=job.connection_id, stream__in=streams, date__range=days)
    counted = dict(held.values_list("stream").annotate(Count("id")).order_by())
    wanted = (days[1] - days[0]).days + 1
    return all(counted.get(stream) == wanted for stream in streams)
