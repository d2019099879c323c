"""What came of a smart sync, project by project."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import Min

from projects.models import AccountSnapshot, CreatorAccount, CreatorProject, MergeConflict
from syncing.models import SyncJob, SyncSchedule
from syncing.smart.asked import Round


class State(StrEnum):
    """DEGRADED: one side could not be read; the other side's numbers, and what was known, stand."""

    COMPLETED = "completed"
    DEGRADED = "degraded"
    RUNNING = "running"
    FAILED = "failed"


@dataclass(frozen=True)
class Outcome:
    """updated_count: accounts whose numbers or names have changed. snapshot_count: those that had none of this day.

    error: why a side could not be read. conflicts: questions that wait for a person. next_due: of the sheet.
    """

    project: CreatorProject
    state: State
    error: str
    total_accounts: int
    updated_count: int
    snapshot_count: int
    conflicts: int
    last_sync: datetime | None
    next_due: datetime | None
    timestamp: datetime

    @property
    def project_id(self) -> UUID:
        return self.project.uuid

    @property
    def project_name(self) -> str:
        return str(self.project)

    @property
    def success(self) -> bool | None:
        """None while it runs."""
        return None if self.state is State.RUNNING else self.state is not State.FAILED


def outcomes(begun: Round, now: datetime) -> list[Outcome]:
    rows = SyncJob.objects.filter(pk__in=begun.jobs.values()).select_related("connection")
    jobs = {job.connection_id: job for job in rows}
    return [_outcome(project, begun, jobs, now) for project in begun.projects]


def _outcome(project: CreatorProject, begun: Round, jobs: dict[UUID, SyncJob], now: datetime) -> Outcome:
    sheet = project.connection
    concerned = [job for job in jobs.values() if job.connection.workspace_id == sheet.workspace_id]
    ours = [job for job in concerned if job.connection_id == sheet.pk or job.connection.provider != sheet.provider]
    state, error = _state(sheet.pk, begun, jobs, ours)
    accounts = CreatorAccount.objects.filter(
        connection=sheet, project_id=project.project_id, missing_since__isnull=True
    )
    snapshots = AccountSnapshot.objects.filter(account__in=accounts, job_id__in=[job.pk for job in ours])
    since = min([begun.asked_at, *(job.created_at for job in ours)])
    due = SyncSchedule.objects.filter(connection=sheet).aggregate(at=Min("next_due_at"))["at"]
    return Outcome(
        project=project,
        state=state,
        error=error,
        total_accounts=accounts.count(),
        updated_count=accounts.filter(changed_at__gte=since).count(),
        snapshot_count=snapshots.count(),
        conflicts=MergeConflict.objects.filter(account__in=accounts, state=MergeConflict.State.OPEN).count(),
        last_sync=sheet.sync.last_sync_completed_at,
        next_due=due,
        timestamp=now,
    )


def _state(sheet_id: UUID, begun: Round, jobs: dict[UUID, SyncJob], ours: Sequence[SyncJob]) -> tuple[State, str]:
    if any(job.is_active for job in ours):
        return State.RUNNING, ""
    sheet = jobs.get(sheet_id)
    failed = [job for job in ours if job.status in (SyncJob.Status.FAILED, SyncJob.Status.CANCELLED)]
    said = [begun.refusals.get(sheet_id, ""), *(f"{job.connection}: {job.error}" for job in failed)]
    error = " ".join(filter(None, said))
    platform_was_read = any(job not in failed for job in ours if job.connection_id != sheet_id)
    if sheet is None or sheet in failed:
        return (State.DEGRADED if platform_was_read else State.FAILED), error
    return (State.DEGRADED if error else State.COMPLETED), error
