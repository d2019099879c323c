"""How far are the two phases of a connection: its recent days, and its history?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from connections.models import Connection
from syncing.models import SyncJob
from syncing.status.streams import sync_of

Phase = SyncJob.Phase


@dataclass(frozen=True)
class Progress:
    """completed_at: since when it is complete. job: its newest one, where it is not."""

    label: str
    completed_at: datetime | None
    job: SyncJob | None

    @property
    def is_running(self) -> bool:
        return bool(self.job and self.job.is_active and not self.completed_at)

    @property
    def words(self) -> str:
        """Where there is neither a date nor a percentage to tell."""
        if self.job is None:
            return "not asked for"
        return "stopped" if self.job.status == SyncJob.Status.CANCELLED else "not complete: some of it failed"


def phases(connections: Iterable[Connection]) -> dict[UUID, list[Progress]]:
    """By connection, none for those whose source has no history. One query."""
    found = [each for each in connections if each.source_class.history_months is not None]
    jobs = SyncJob.objects.filter(connection__in=found, sync_phase__isnull=False).order_by("created_at")
    newest = {(job.connection_id, job.sync_phase): job for job in jobs}
    return {each.pk: _of(each, newest) for each in found}


def may_start_history(connection: Connection) -> bool:
    """The recent days are there, and what was before them is neither read nor being read."""
    sync = sync_of(connection)
    if sync.phase_1_completed_at is None or sync.phase_2_completed_at:
        return False
    return not SyncJob.objects.active().filter(connection=connection, lane=SyncJob.Lane.BACKFILL).exists()


def _of(connection: Connection, jobs: dict[tuple[UUID, str | None], SyncJob]) -> list[Progress]:
    sync = sync_of(connection)
    recent, history = f"Recent {settings.RECENT_DAYS} days", "Historical data"
    return [
        Progress(recent, sync.phase_1_completed_at, jobs.get((connection.pk, Phase.RECENT_90_DAYS))),
        Progress(history, sync.phase_2_completed_at, jobs.get((connection.pk, Phase.HISTORICAL_BACKFILL))),
    ]
