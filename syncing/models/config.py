"""How often each kind of object is read, unless a connection says otherwise."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models

from connections.sources import Stream

A_WEEK = 7 * 24 * 60

QUEUES = ("realtime", "sync", "parser", "backfill")
"""The queues of chunks, fastest first."""

RANGES = {
    "sync_interval_minutes": (1, A_WEEK, "From one minute to seven days, which are 10,080 minutes."),
    "staleness_threshold_minutes": (1, 5 * A_WEEK, "From one minute to five weeks, which are 50,400 minutes."),
    "priority": (1, 5, "From 1, which is served first, to 5."),
    "batch_size": (1, 1000, "From 1 to 1,000 objects."),
    "max_retry_attempts": (0, 10, "From none to 10 retries."),
    "retry_delay": (1, 86_400, "From one second to a day, which are 86,400 seconds."),
}
"""The least and the most that make sense, and both in words."""

INTERVAL, STALENESS = "sync_interval_minutes", "staleness_threshold_minutes"


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

    @classmethod
    def of(cls, provider: str, stream: Stream) -> Self:
        """As the source declares it."""
        return cls(provider=provider, object_type=stream.name, **cls.defaults(stream))

    @classmethod
    def shortest_interval(cls, provider: str, object_types: Collection[str]) -> timedelta:
        """Of these, and an hour where none of them is known."""
        found = cls.objects.filter(provider=provider, object_type__in=object_types)
        return timedelta(minutes=found.aggregate(least=models.Min(INTERVAL))["least"] or 60)

    @staticmethod
    def defaults(stream: Stream) -> dict[str, Any]:
        """What "reset to defaults" sets."""
        return {
            "display_name": stream.label,
            "is_sync_enabled": True,
            "sync_interval_minutes": stream.interval_minutes,
            "staleness_threshold_minutes": stream.staleness_minutes,
            "priority": stream.priority,
            "depends_on": stream.parent or "",
            "cascade_sync": True,
            "batch_size": stream.entity_batch,
            "max_retry_attempts": 3,
            "retry_delay": 60,
            "queue": stream.queue,
        }

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Here and not in clean(), because forms that edit some of the fields say which."""
        mistakes: dict[str, Any] = {}
        try:
            super().clean_fields(exclude=exclude)
        except ValidationError as error:
            mistakes = error.update_error_dict(mistakes)
        mistakes |= self._out_of_range(RANGES.keys() - set(exclude or ()))
        if "queue" not in set(exclude or ()) and self.queue not in QUEUES:
            mistakes["queue"] = ValidationError(f"No worker listens to it. Choose from: {', '.join(QUEUES)}.")
        if not {INTERVAL, STALENESS} & (mistakes.keys() | set(exclude or ())):
            mistakes |= self._stale_too_early()
        if mistakes:
            raise ValidationError(mistakes)

    def _out_of_range(self, fields: Iterable[str]) -> dict[str, ValidationError]:
        ranges = {name: RANGES[name] for name in fields if isinstance(getattr(self, name), int)}
        return {
            name: ValidationError(words)
            for name, (least, most, words) in ranges.items()
            if not least <= getattr(self, name) <= most
        }

    def _stale_too_early(self) -> dict[str, ValidationError]:
        if self.staleness_threshold_minutes >= self.sync_interval_minutes:
            return {}
        words = f"Data is not stale before it is due: at least the interval, {self.sync_interval_minutes} minutes."
        return {STALENESS: ValidationError(words)}
