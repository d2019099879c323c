"""Records that made no sense, put aside so that the rest could go on."""

from typing import ClassVar

from django.db import models

from connections.models import Connection


class QuarantinedRecord(models.Model):
    """The latest sight of one bad record. raw is scrubbed and short."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    stream = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    reason = models.TextField()
    raw = models.TextField()
    seen_at = models.DateTimeField()
    job_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "stream", "key"], name="one_quarantined_each")
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.key}: {self.reason}"
