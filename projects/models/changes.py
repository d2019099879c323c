"""The restatement log: every value that differed from what we held, before and after."""

from typing import ClassVar

from django.db import models

from connections.models import Connection


class Change(models.Model):
    """One field of one row. A new row is no change. job_id is a plain number of the past: it outlives its job."""

    # Its index would be the beginning of each of those below.
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+", db_index=False)
    table = models.CharField(max_length=40)
    key = models.CharField(max_length=200, help_text="What tells the row apart within its table and connection.")
    date = models.DateField(null=True, help_text="The day the numbers belong to, where they belong to one.")
    field = models.CharField(max_length=60)
    before = models.TextField(null=True)  # noqa: DJ001 - a missing value is not an empty text
    after = models.TextField(null=True)  # noqa: DJ001
    seen_at = models.DateTimeField()
    job_id = models.UUIDField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["connection", "-seen_at"], name="changes_newest_first"),
            models.Index(fields=["connection", "date"], name="changes_by_day"),
            models.Index(fields=["connection", "-id"], name="changes_as_written"),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.key} {self.field}: {self.before} -> {self.after}"
