"""Which worker processes live."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models

ALIVE_FOR = timedelta(seconds=30)
"""Three missed beats, and a worker counts as gone."""


class WorkerHeartbeat(models.Model):
    """One row for each worker, which it brings up to date every ten seconds. Beat on its own has one without queues."""

    name = models.CharField(max_length=120, primary_key=True, help_text="Machine and process id.")
    queues = models.JSONField(default=list)
    slots = models.PositiveSmallIntegerField()
    has_beat = models.BooleanField(default=False, help_text="It also sends the periodic tasks.")
    memory_bytes = models.BigIntegerField(null=True, blank=True, help_text="With its children; empty: not known.")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["seen_at"], name="heartbeats_seen")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def alive(cls, now: datetime) -> "models.QuerySet[WorkerHeartbeat]":
        return cls.objects.filter(seen_at__gt=now - ALIVE_FOR)
