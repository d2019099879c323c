"""A job: one request to sync some streams of one connection."""

from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import Case, Count, Q, Sum, When

from connections.models import Connection
from syncing.models.state import ConnectionSync


class SyncJobQuerySet(models.QuerySet["SyncJob"]):
    def active(self) -> Self:
        return self.filter(closed_at__isnull=True)

    def locked(self, job_id: UUID) -> "SyncJob":
        """Lock order everywhere: connection, job, chunk, rows. no_key, or a row that refers to it would wait."""
        return self.select_for_update(no_key=True).get(pk=job_id)


class SyncJob(models.Model):
    class Lane(models.TextChoices):
        SYNC = "sync"
        BACKFILL = "backfill"

    class Type(models.TextChoices):
        INITIAL = "initial"
        INCREMENTAL = "incremental"
        MANUAL = "manual"
        RANGE = "range"

    class Phase(models.TextChoices):
        RECENT_90_DAYS = "recent_90_days"
        HISTORICAL_BACKFILL = "historical_backfill"

    class Trigger(models.TextChoices):
        SCHEDULE = "schedule"
        USER = "user"
        API = "api"
        CRON = "cron"
        CASCADE = "cascade"
        COMMAND = "command"

    class Status(models.TextChoices):
        PENDING = "pending", "Queued"
        IN_PROGRESS = "in_progress", "Syncing"
        COMPLETED = "completed", "Completed"
        COMPLETED_WITH_FAILURES = "completed_with_failures", "Completed with failures"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="jobs")
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    lane = models.CharField(max_length=10, choices=Lane.choices, default=Lane.SYNC)
    sync_type = models.CharField(max_length=12, choices=Type.choices, default=Type.INCREMENTAL)
    sync_phase = models.CharField(max_length=20, choices=Phase.choices, null=True, blank=True)  # noqa: DJ001
    trigger = models.CharField(max_length=10, choices=Trigger.choices, default=Trigger.USER)
    status = models.CharField(max_length=25, choices=Status.choices, default=Status.PENDING)
    urgent = models.BooleanField(
        default=False, db_default=False, help_text="A person waits: the schedule's own limit is not for it."
    )
    scope = models.JSONField(default=dict)
    rerun = models.JSONField(default=list, blank=True, help_text="Scopes that were asked for while this job ran.")
    follows = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    backfill_of = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="backfill"
    )
    planned_at = models.DateTimeField(null=True, blank=True, help_text="When its metric chunks were made.")
    released = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Of history: how many of its parts have been put into the queue."
    )
    to_release = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Of history: how many chunks are still to be put into the queue."
    )
    progress_percentage = models.PositiveSmallIntegerField(default=0)
    total_chunks = models.PositiveIntegerField(default=0)
    completed_chunks = models.PositiveIntegerField(default=0)
    failed_chunks = models.PositiveIntegerField(default=0)
    records_read = models.PositiveIntegerField(default=0)
    records_created = models.PositiveIntegerField(default=0)
    records_updated = models.PositiveIntegerField(default=0)
    records_unchanged = models.PositiveIntegerField(default=0)
    records_quarantined = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True, help_text="Empty while the job is active.")

    objects = SyncJobQuerySet.as_manager()

    class Meta:
        db_table = "sync_jobs"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["connection", "lane"], condition=Q(closed_at__isnull=True), name="one_active_job_each_lane"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["connection", "-created_at"], name="jobs_newest_first"),
            models.Index(fields=["closed_at"], name="jobs_by_end"),
            models.Index(fields=["-created_at"], name="jobs_newest_of_all"),
        ]

    def __str__(self) -> str:
        return f"{self.sync_type} job {self.id}"

    @property
    def is_active(self) -> bool:
        return self.closed_at is None

    def mark_started(self, now: datetime) -> bool:
        """Once, by whichever process claims the first chunk: True for that one."""
        waiting = SyncJob.objects.filter(pk=self.pk, status=self.Status.PENDING, closed_at__isnull=True)
        with transaction.atomic():
            is_first = waiting.update(status=self.Status.IN_PROGRESS, started_at=now) == 1
            if is_first and self.lane == self.Lane.SYNC:
                ConnectionSync.job_started(self.connection_id, now)
        return is_first

    def count_chunks(self) -> None:
        """Bring the counters up to date with the chunks. Call it with the job locked."""
        totals = self.chunks.aggregate(
            total=Count("id"),
            done=Count(Case(When(status="completed", then=1))),
            failed=Count(Case(When(status="failed", then=1))),
            **{name: Sum(f"records_{name}") for name in ("read", "created", "updated", "unchanged", "quarantined")},
        )
        self.total_chunks = totals["total"] + self.to_release
        self.completed_chunks, self.failed_chunks = totals["done"], totals["failed"]
        for name in ("read", "created", "updated", "unchanged", "quarantined"):
            setattr(self, f"records_{name}", totals[name] or 0)
        ended = self.completed_chunks + self.failed_chunks
        self.progress_percentage = min(99, 100 * ended // self.total_chunks) if self.total_chunks else 0

    def close(self, now: datetime, *, error: str, remedy: str, changed: bool, metrics_changed: bool) -> None:
        """End the job and tell its connection. Call it with the job locked, once no chunk is open."""
        self.status = self._final_status()
        self.closed_at, self.error, self.remedy = now, error, remedy
        self.progress_percentage = 100
        self.save()
        if self.lane == self.Lane.SYNC:
            ConnectionSync.job_closed(
                self.connection_id, now, changed=changed, metrics_changed=metrics_changed, error=error, remedy=remedy
            )

    def cancel(self, now: datetime) -> None:
        """Stop it: no chunk of it runs any more, and what is in hand saves nothing. Call it with the job locked, and
        ConnectionSync.job_cancelled when all jobs of the connection are through: its lock comes after theirs."""
        self.chunks.filter(finished_at__isnull=True).update(status="cancelled", finished_at=now, lease_token=None)
        self.count_chunks()
        self.status, self.closed_at, self.rerun = self.Status.CANCELLED, now, []
        self.save()

    def _final_status(self) -> "SyncJob.Status":
        if not self.failed_chunks:
            return self.Status.COMPLETED
        return self.Status.COMPLETED_WITH_FAILURES if self.completed_chunks else self.Status.FAILED

    def ask_again(self, scopes: list[dict[str, Any]]) -> bool:
        """Let these scopes follow when the job has closed. False when it has closed in the meantime."""
        return SyncJob.objects.active().filter(pk=self.pk).update(rerun=scopes) == 1

    def counts(self) -> dict[str, int]:
        return {
            "read": self.records_read,
            "created": self.records_created,
            "updated": self.records_updated,
            "unchanged": self.records_unchanged,
            "quarantined": self.records_quarantined,
        }
