"""How did the syncs end that somebody waits for?"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from syncing.models import SyncJob
from syncing.status.jobs import job_row

MOST = 50
"""Each takes 50 bytes of an address, and web servers refuse those beyond 4,000."""

Status = SyncJob.Status


@dataclass(frozen=True)
class Watch:
    """A job, and how many syncs of its connection had brought changes before it ended."""

    job_id: UUID
    changes_before: int

    def __str__(self) -> str:
        return f"{self.job_id}:{self.changes_before}"


@dataclass(frozen=True)
class Outcome:
    """tone: good, neutral or wait. details: what is worth knowing beside the sentence."""

    job: SyncJob
    tone: str
    sentence: str
    details: str = ""
    remedy: str = ""


def watches(texts: Iterable[str]) -> list[Watch]:
    """What addresses carry. What makes no sense is passed over."""
    found = []
    for text in list(texts)[:MOST]:
        job_id, _, before = text.partition(":")
        try:
            found.append(Watch(UUID(job_id), int(before)))
        except ValueError:
            continue
    return found


def outcomes(watched: Iterable[Watch], connections: Iterable[UUID]) -> dict[UUID, Outcome]:
    """By connection, for those of these connections whose watched job has ended; the newest where there are several."""
    before = {watch.job_id: watch.changes_before for watch in watched}
    if not before:
        return {}
    ended = SyncJob.objects.filter(pk__in=before, connection__in=list(connections), closed_at__isnull=False)
    found = ended.select_related("connection__sync").order_by("created_at")
    return {job.connection_id: outcome(job, before[job.pk]) for job in found}


def outcome(job: SyncJob, changes_before: int) -> Outcome:
    if job.status == Status.CANCELLED:
        return Outcome(job, "neutral", "The sync was stopped. What it had read is stored.")
    if job.status != Status.COMPLETED:
        return Outcome(job, "wait", f"The sync did not end well: {job.error}", _details(job), job.remedy)
    grew = job.connection.sync.total_syncs_with_changes != changes_before
    if not grew or not job.records_created + job.records_updated:  # a later sync may have made it grow
        return Outcome(job, "good", "✓ Sync complete! No changes detected", _details(job))
    return Outcome(job, "good", "✓ Sync complete! New data synced ✨", _details(job))


def _details(job: SyncJob) -> str:
    sync, took = job.connection.sync, counted(job_row(job).duration_seconds or 0)
    end = "Completed" if job.status == Status.COMPLETED else "Ended"
    changes = f"Changes detected: {sync.total_syncs_with_changes}"
    return f"{end} in {took} • Total attempts: {sync.total_syncs_attempted} • {changes}"


def counted(seconds: float) -> str:
    """5s, 1m 5s, 2h 4m. static/js/freshet.js counts on in the same words."""
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    if not minutes:
        return f"{rest}s"
    return f"{minutes}m {rest}s" if minutes < 60 else f"{minutes // 60}h {minutes % 60}m"
