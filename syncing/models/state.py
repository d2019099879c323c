"""How each connection and each of its streams stands: what was tried, what succeeded, what comes next."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F

from connections.models import Connection


class ConnectionSyncQuerySet(models.QuerySet["ConnectionSync"]):
    def blocked(self, now: datetime) -> Self:
        return self.filter(not_before__gt=now)


class ConnectionSync(models.Model):
    """The telemetry of one connection. Only job transitions change it, in the same transaction."""

    class Frequency(models.TextChoices):
        MANUAL = "manual", "Manual"
        REALTIME = "realtime", "Realtime (every 30s)"
        HALF_HOURLY = "30min", "Every 30 min"
        HOURLY = "hourly", "Hourly"
        DAILY = "daily", "Daily"
        SMART = "smart", "Smart"

    class Status(models.TextChoices):
        IDLE = "idle", "Idle"
        QUEUED = "queued", "Queued"
        SYNCING = "syncing", "Syncing"
        ERROR = "error", "Error"

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, primary_key=True, related_name="sync")
    sync_frequency = models.CharField(max_length=10, choices=Frequency.choices, default=Frequency.MANUAL)
    sync_status = models.CharField(max_length=10, choices=Status.choices, default=Status.IDLE)
    last_sync_attempted_at = models.DateTimeField(null=True, blank=True)
    last_sync_completed_at = models.DateTimeField(null=True, blank=True)
    last_metrics_changed_at = models.DateTimeField(null=True, blank=True)
    total_syncs_attempted = models.PositiveIntegerField(default=0)
    total_syncs_with_changes = models.PositiveIntegerField(default=0)
    last_sync_error = models.TextField(blank=True)
    last_sync_remedy = models.TextField(blank=True)
    not_before = models.DateTimeField(null=True, blank=True, help_text="No call before this moment.")
    not_before_reason = models.TextField(blank=True)
    slices_in_flight = models.PositiveSmallIntegerField(default=4)
    phase_1_completed_at = models.DateTimeField(null=True, blank=True)
    phase_2_completed_at = models.DateTimeField(null=True, blank=True)

    objects = ConnectionSyncQuerySet.as_manager()

    class Meta:
        verbose_name = "connection's sync state"

    def __str__(self) -> str:
        return f"{self.connection_id}: {self.sync_status}"

    @classmethod
    def job_queued(cls, connection_id: object) -> None:
        cls.objects.filter(connection_id=connection_id).update(sync_status=cls.Status.QUEUED)

    @classmethod
    def job_started(cls, connection_id: object, now: datetime) -> None:
        """An attempt is a job that started."""
        cls.objects.filter(connection_id=connection_id).update(
            sync_status=cls.Status.SYNCING,
            last_sync_attempted_at=now,
            total_syncs_attempted=F("total_syncs_attempted") + 1,
        )

    @classmethod
    def job_closed(
        cls, connection_id: object, now: datetime, *, changed: bool, metrics_changed: bool, error: str, remedy: str
    ) -> None:
        """changed: a data row was created or updated. An error leaves the time of the last success alone."""
        update: dict[str, object] = {
            "sync_status": cls.Status.ERROR if error else cls.Status.IDLE,
            "last_sync_error": error,
            "last_sync_remedy": remedy,
        }
        if not error:
            update |= {"last_sync_completed_at": now}
        if changed:
            update |= {"total_syncs_with_changes": F("total_syncs_with_changes") + 1}
        if metrics_changed:
            update |= {"last_metrics_changed_at": now}
        cls.objects.filter(connection_id=connection_id).update(**update)

    @classmethod
    def block(cls, connection_id: object, until: datetime, reason: str) -> None:
        """A longer block stands."""
        shorter = cls.objects.filter(connection_id=connection_id).exclude(not_before__gte=until)
        shorter.update(not_before=until, not_before_reason=reason)


class SyncSchedule(models.Model):
    """One stream of one connection: when it is due, and what is remembered between runs."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="schedules")
    stream = models.CharField(max_length=40)
    interval_minutes = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: as the object type says.")
    next_due_at = models.DateTimeField(null=True, blank=True)
    state = models.JSONField(default=dict, blank=True)
    last_attempted_at = models.DateTimeField(null=True, blank=True)
    last_completed_at = models.DateTimeField(null=True, blank=True)
    last_changed_at = models.DateTimeField(null=True, blank=True)
    consecutive_failures = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["connection", "stream"], name="one_schedule_each")]
        indexes: ClassVar = [
            models.Index(fields=["next_due_at"], condition=models.Q(next_due_at__isnull=False), name="schedules_due")
        ]

    def __str__(self) -> str:
        return f"{self.stream} of {self.connection_id}"
