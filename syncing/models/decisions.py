"""What the scheduler decided about a stream that was due, and that it looks at all."""

from typing import ClassVar

from django.db import models

from connections.models import Connection


class Decision(models.Model):
    """Why a due stream was started or held back. Written when the verdict is another than the last one."""

    class Verdict(models.TextChoices):
        STARTED = "started", "Started"
        BUDGET = "budget", "Held back: no calls left"
        BLOCKED = "blocked", "Held back: the provider wants quiet"
        PARENT = "parent", "Held back: what it depends on comes first"
        BREAKER = "breaker", "Slowed down: it failed again and again"
        BROKEN = "broken", "Held back: it could not be planned"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="decisions")
    stream = models.CharField(max_length=40)
    decided_at = models.DateTimeField()
    verdict = models.CharField(max_length=20, choices=Verdict.choices)
    reason = models.TextField(help_text="One sentence, with the figures that counted.")
    age_seconds = models.PositiveIntegerField(null=True, blank=True, help_text="Since it was last read; empty: never.")
    interval_seconds = models.PositiveIntegerField(null=True, blank=True)
    is_stale = models.BooleanField(default=False)
    priority = models.PositiveSmallIntegerField(default=3)
    calls_used = models.PositiveIntegerField(null=True, blank=True, help_text="Of the tightest budget, in this hour.")
    calls_allowed = models.PositiveIntegerField(null=True, blank=True)
    job_id = models.UUIDField(null=True, blank=True)
    next_look_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["connection", "stream", "-decided_at"], name="decisions_newest_first"),
            models.Index(fields=["decided_at"], name="decisions_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.stream} of {self.connection_id}: {self.verdict}"


class SchedulerHeartbeat(models.Model):
    """One row for each periodic task: when it last ran and what came of it."""

    name = models.CharField(max_length=60, primary_key=True)
    ran_at = models.DateTimeField()
    took_ms = models.PositiveIntegerField(default=0)
    jobs = models.PositiveIntegerField(default=0, help_text="Started by it.")
    held_back = models.PositiveIntegerField(default=0, help_text="Due streams that it left for later.")
    deleted = models.JSONField(default=dict, blank=True, help_text="Rows that it deleted, by what they were.")
    error = models.TextField(blank=True, help_text="The type of the error that ended it; its traceback is in the log.")

    def __str__(self) -> str:
        return self.name
