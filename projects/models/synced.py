"""What every row that a provider fills has in common."""

from django.db import models

from connections.models import Connection


class SyncedRow(models.Model):
    """fingerprint: of the tracked fields, so that an unchanged record is known without reading the row.

    changed_at: when the provider was asked for the answer that last changed this row. When we last looked stands in
    Coverage and SyncSchedule, never here: an unchanged row is not written.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    fingerprint = models.BigIntegerField()
    first_seen_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        abstract = True
