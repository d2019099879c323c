"""What does a job look like from outside: its state, its outcome in words, its chunks."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from connections.access import Actor
from connections.models import Connection
from syncing.models import QuarantinedRecord, SyncChunk, SyncJob
from syncing.status.states import CHUNK, JOB, UNKNOWN, State
from syncing.status.streams import Configs, label

NEWEST = 15
MOST_REASONS = 3
Status = SyncJob.Status


KINDS = {
    SyncJob.Type.INITIAL: "First sync",
    SyncJob.Type.INCREMENTAL: "Sync",
    SyncJob.Type.MANUAL: "Sync now",
    SyncJob.Type.RANGE: "Sync of chosen days",
}
ASKED_BY = {
    SyncJob.Trigger.SCHEDULE: "by the schedule",
    SyncJob.Trigger.API: "through the API",
    SyncJob.Trigger.CRON: "by cron",
    SyncJob.Trigger.CASCADE: "after changes elsewhere",
    SyncJob.Trigger.COMMAND: "by a command",
}


@dataclass(frozen=True)
class JobRow:
    job: SyncJob
    state: State

    @property
    def kind(self) -> str:
        if self.job.lane == SyncJob.Lane.BACKFILL:
            return "Backfill of history"
        return KINDS.get(SyncJob.Type(self.job.sync_type), "Sync")

    @property
    def asked_by(self) -> str:
        if self.job.user:
            return f"by {self.job.user.get_username()}"
        return ASKED_BY.get(SyncJob.Trigger(self.job.trigger), "by a person")

    @property
    def found_nothing_new(self) -> bool:
        """Normal, and worth a sentence: nothing differed, so nothing was written."""
        written = self.job.records_created + self.job.records_updated
        return self.job.status == Status.COMPLETED and not written

    @property
    def duration_seconds(self) -> float | None:
        begin, end = self.job.started_at, self.job.closed_at
        return (end - begin).total_seconds() if begin and end else None


@dataclass(frozen=True)
class ChunkRow:
    chunk: SyncChunk
    label: str
    state: State

    @property
    def is_waiting(self) -> bool:
        return self.chunk.status == SyncChunk.Status.PENDING


def jobs_of(actor: Actor) -> QuerySet[SyncJob]:
    return SyncJob.objects.filter(connection__in=actor.connections()).select_related(
        "connection__workspace", "connection__credential", "connection__sync", "user"
    )


def kept_job(job_id: str) -> SyncJob | None:
    """For a command, which may name any."""
    jobs = SyncJob.objects.filter(connection__in=Connection.objects.kept()).select_related("connection__workspace")
    try:
        return jobs.get(pk=job_id)
    except (SyncJob.DoesNotExist, ValidationError):
        return None


def job_row(job: SyncJob) -> JobRow:
    return JobRow(job, _red_if(job.remedy, JOB.get(job.status, UNKNOWN)))


def _red_if(remedy: str, state: State) -> State:
    """Red says that a person must act, and a remedy says how."""
    return replace(state, tone="bad") if remedy and state.tone == "wait" else state


def newest_jobs(connection: Connection, before: datetime | None = None) -> list[JobRow]:
    """A page of its jobs, newest first, and one more if there are older ones."""
    jobs = SyncJob.objects.filter(connection=connection).select_related("user")
    if before:
        jobs = jobs.filter(created_at__lt=before)
    return [job_row(job) for job in jobs.order_by("-created_at")[: NEWEST + 1]]


def chunk_row(chunk: SyncChunk, connection: Connection, configs: Configs) -> ChunkRow:
    state = _red_if(chunk.remedy, CHUNK.get(chunk.status, UNKNOWN))
    return ChunkRow(chunk, label(connection, chunk.stream, configs), state)


def original_error(connection: Connection) -> str:
    """The provider's own words for the newest failure, scrubbed when they were stored."""
    newest = SyncJob.objects.filter(connection=connection, lane=SyncJob.Lane.SYNC).order_by("-created_at")
    job_id: UUID | None = newest.values_list("pk", flat=True).first()
    failed = SyncChunk.objects.filter(sync_job_id=job_id, status=SyncChunk.Status.FAILED).order_by("chunk_order", "id")
    return failed.values_list("error_detail", flat=True).first() or ""


def quarantined_count(connection: Connection) -> int:
    return QuarantinedRecord.objects.filter(connection=connection).count()


def newest_quarantined(connection: Connection) -> list[str]:
    """Why some were put aside, in words."""
    newest = QuarantinedRecord.objects.filter(connection=connection).order_by("-seen_at", "pk")
    return list(dict.fromkeys(newest.values_list("reason", flat=True)[:MOST_REASONS]))
