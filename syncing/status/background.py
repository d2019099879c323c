"""What runs behind the pages of a person: the first syncs of their accounts. One query where nothing does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from connections.access import Actor
from syncing.models import SyncJob
from syncing.status.jobs import jobs_of
from syncing.status.live import fingerprint
from syncing.status.progress import Progress, progress_of
from syncing.status.remaining import percentage

DETAILED = 5
"""Accounts whose progress is shown at a time; more are counted."""

HISTORY = SyncJob.Phase.HISTORICAL_BACKFILL


@dataclass(frozen=True)
class Background:
    """The badge at the end of the navigation bar."""

    jobs: Sequence[SyncJob]

    @cached_property
    def version(self) -> str:
        return fingerprint(
            [
                (job.pk, job.status, job.completed_chunks, job.failed_chunks, job.total_chunks, job.records_read)
                for job in self.jobs
            ]
        )

    @property
    def accounts(self) -> int:
        return len({job.connection_id for job in self.jobs})

    @property
    def ended_chunks(self) -> int:
        return sum(job.completed_chunks + job.failed_chunks for job in self.jobs)

    @property
    def total_chunks(self) -> int:
        return sum(job.total_chunks for job in self.jobs)

    @property
    def percentage(self) -> int:
        return percentage(self.ended_chunks, self.total_chunks)

    @property
    def is_history(self) -> bool:
        return any(job.sync_phase == HISTORY for job in self.jobs)

    @property
    def only(self) -> SyncJob | None:
        return self.jobs[0] if self.accounts == 1 else None

    @property
    def more(self) -> int:
        return max(0, len(self.jobs) - DETAILED)

    def details(self, now: datetime) -> list[Progress]:
        return progress_of(self.jobs[:DETAILED], now)


def background_of(actor: Actor) -> Background:
    active = jobs_of(actor).filter(closed_at__isnull=True, sync_phase__isnull=False)
    return Background(list(active.order_by("connection__name", "created_at")))


def ended_of(actor: Actor, jobs: Sequence[UUID]) -> list[SyncJob]:
    """Those of these jobs that have ended."""
    return list(jobs_of(actor).filter(pk__in=jobs, closed_at__isnull=False).order_by("closed_at"))
