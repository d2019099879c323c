"""How each connection and each of its streams stands: what was tried, what succeeded, what comes next."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Literal, Self

from django.db import connection, models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Greatest

from connections.models import Connection


class ConnectionSyncQuerySet(models.QuerySet["ConnectionSync"]):
    def blocked(self, now: datetime) -> Self:
        return self.filter(not_before__gt=now)


class ConnectionSync(models.Model):
    """The pace and the telemetry of one connection. Only job transitions change the latter, in their transaction."""

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
    def set_frequency(cls, connection_id: object, frequency: str) -> None:
        """From the next look on; a job that runs goes on."""
        cls.objects.filter(connection_id=connection_id).update(sync_frequency=frequency)

    @classmethod
    def jobs_queued(cls, connection_ids: Sequence[object]) -> None:
        cls.objects.filter(connection_id__in=connection_ids).update(sync_status=cls.Status.QUEUED)

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
    def job_cancelled(cls, connection_id: object) -> None:
        """As it was before that job."""
        ours = cls.objects.filter(connection_id=connection_id)
        had_failed = When(~Q(last_sync_error=""), then=Value(cls.Status.ERROR.value))
        ours.update(sync_status=Case(had_failed, default=Value(cls.Status.IDLE.value)))

    def phase_complete(self, phase: Literal[1, 2], now: datetime) -> None:
        """1: the recent window. 2: all that was before it."""
        ConnectionSync.objects.filter(pk=self.pk).update(**{f"phase_{phase}_completed_at": now})

    @classmethod
    def block(cls, connection_id: object, until: datetime, reason: str) -> None:
        """A longer block stands."""
        shorter = cls.objects.filter(connection_id=connection_id).exclude(not_before__gte=until)
        shorter.update(not_before=until, not_before_reason=reason)


class SyncSchedule(models.Model):
    """One stream of one connection: when it is due, and what is remembered between runs."""

    # Its index would be the beginning of the constraint's, and these rows are written often.
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="schedules", db_index=False)
    stream = models.CharField(max_length=40)
    interval_minutes = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: as the object type says.")
    interval_seconds = models.PositiveIntegerField(
        null=True, blank=True, help_text="What follows from frequency, object type and own interval."
    )
    priority = models.PositiveSmallIntegerField(default=3, db_default=3)
    next_due_at = models.DateTimeField(null=True, blank=True, help_text="Empty: nothing is scheduled.")
    due_because = models.CharField(
        max_length=40,
        blank=True,
        default="",
        db_default="",
        help_text="The stream whose changes made it due early.",
    )
    stale_at = models.DateTimeField(null=True, blank=True, help_text="Unless it is read before.")
    verdict = models.CharField(
        max_length=20, blank=True, default="", db_default="", help_text="Of the last decision about it."
    )
    state = models.JSONField(default=dict, blank=True)
    last_attempted_at = models.DateTimeField(null=True, blank=True)
    last_completed_at = models.DateTimeField(null=True, blank=True)
    last_changed_at = models.DateTimeField(null=True, blank=True)
    consecutive_failures = models.PositiveIntegerField(default=0)
    average_calls = models.FloatField(null=True, blank=True, help_text="Calls that a scheduled run of it takes.")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["connection", "stream"], name="one_schedule_each")]
        indexes: ClassVar = [
            models.Index(fields=["next_due_at"], condition=models.Q(next_due_at__isnull=False), name="schedules_due")
        ]

    def __str__(self) -> str:
        return f"{self.stream} of {self.connection_id}"

    @classmethod
    def move_on(cls, moved: Sequence[tuple[int, datetime]], verdict: str) -> None:
        """Give many schedules, by id, their next moment in one go, after this verdict."""
        if connection.vendor == "postgresql":
            sql = f"""UPDATE {cls._meta.db_table} SET next_due_at = moved.due_at, due_because = '', verdict = %s
                      FROM unnest(%s::bigint[], %s::timestamptz[]) AS moved(id, due_at)
                      WHERE {cls._meta.db_table}.id = moved.id"""  # noqa: S608
            with connection.cursor() as cursor:
                cursor.execute(sql, [verdict, [pk for pk, _ in moved], [due_at for _, due_at in moved]])
            return
        for pk, due_at in moved:
            cls.objects.filter(pk=pk).update(next_due_at=due_at, due_because="", verdict=verdict)

    def leave_alone(self, until: datetime) -> None:
        """Not due before then. Nothing of what was not scheduled, also where it was taken off a moment ago."""
        due = SyncSchedule.objects.filter(pk=self.pk, next_due_at__isnull=False)
        due.update(next_due_at=Greatest("next_due_at", until))
