"""How often each kind of object is read, unless a connection says otherwise."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models


class ObjectSyncConfig(models.Model):
    """One row for each object type of each source, seeded from the stream's own defaults. Installation-wide."""

    provider = models.CharField(max_length=30)
    object_type = models.CharField(max_length=40)
    display_name = models.CharField(max_length=100)
    is_sync_enabled = models.BooleanField(default=True)
    sync_interval_minutes = models.PositiveIntegerField()
    staleness_threshold_minutes = models.PositiveIntegerField()
    priority = models.PositiveSmallIntegerField(default=3, help_text="1 is served first, 5 last.")
    depends_on = models.CharField(max_length=40, blank=True)
    cascade_sync = models.BooleanField(default=True)
    batch_size = models.PositiveIntegerField(default=100)
    max_retry_attempts = models.PositiveSmallIntegerField(default=3)
    retry_delay = models.PositiveIntegerField(
        default=60, help_text="Seconds before a failed job's schedule is tried again."
    )
    queue = models.CharField(max_length=20, default="sync")

    class Meta:
        db_table = "object_sync_config"
        constraints: ClassVar = [models.UniqueConstraint(fields=["provider", "object_type"], name="one_config_each")]

    def __str__(self) -> str:
        return f"{self.provider} {self.display_name}"

    def clean(self) -> None:
        if self.staleness_threshold_minutes < self.sync_interval_minutes:
            raise ValidationError(
                {"staleness_threshold_minutes": "Data is not stale before it is due: at least the interval."}
            )
