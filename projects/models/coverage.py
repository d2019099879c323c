"""The ledger of days: which day of which stream has been read, when, and what the provider said of it."""

from typing import ClassVar

from django.db import models

from connections.models import Connection


class Coverage(models.Model):
    """One day of one stream. row_count and total (of the stream's main number) are as the provider last answered."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    stream = models.CharField(max_length=40)
    date = models.DateField()
    row_count = models.PositiveIntegerField()
    total = models.DecimalField(max_digits=24, decimal_places=6, default=0)
    fewer_than_before = models.BooleanField(
        default=False, help_text="The last answer had fewer rows than the one before."
    )
    read_count = models.PositiveIntegerField(default=1, db_default=1, help_text="How often it has been read.")
    fetched_at = models.DateTimeField()
    job_id = models.UUIDField(null=True)

    class Meta:
        verbose_name_plural = "coverage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "stream", "date"], name="one_coverage_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.date}: {self.row_count} rows"
