"""Records that made no sense, put aside so that the rest could go on."""

from collections.abc import Collection
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from django.db import models

from connections.models import Connection


class QuarantinedRecord(models.Model):
    """The latest sight of one bad record. raw is scrubbed and short."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    stream = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    reason = models.TextField()
    raw = models.TextField()
    entity = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text="In which it was read, by its id."
    )
    day = models.DateField(null=True, help_text="The day that it belongs to, if it says one.")
    seen_at = models.DateTimeField()
    job_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "stream", "key"], name="one_quarantined_each")
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.key}: {self.reason}"

    @classmethod
    def release(
        cls, connection_id: UUID, stream: str, *, days: tuple[date, date] | None, seen_before: datetime
    ) -> None:
        """The whole account was read again, and these were not met: they read well now, or are gone.

        days: first and last of what was read; None for a list without dates.
        """
        earlier = cls.objects.filter(connection_id=connection_id, stream=stream, seen_at__lt=seen_before)
        (earlier.filter(day__range=days) if days else earlier).delete()

    @classmethod
    def release_read(
        cls, connection_id: UUID, streams: Collection[str], entities: Collection[str], *, seen_before: datetime
    ) -> None:
        """These entities were read to their end, and what of theirs was not met again reads well now, or is gone."""
        theirs = cls.objects.filter(connection_id=connection_id, stream__in=streams, entity__in=entities)
        theirs.filter(seen_at__lt=seen_before).delete()
