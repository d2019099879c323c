"""The ledger of calls: what each provider bucket has been charged, minute by minute, and when it is blocked."""

from typing import ClassVar

from django.db import models


class Bucket(models.Model):
    """What a provider counts calls against. Locking this row is what makes a reservation exact."""

    key = models.CharField(max_length=120, primary_key=True)
    blocked_until = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)
    per_hour = models.PositiveIntegerField(
        null=True, blank=True, help_text="The limit when a call was last charged; empty: none is counted."
    )
    earned_at = models.DateTimeField(
        null=True, blank=True, help_text="When the calls made so far are earned, spread evenly over the hour."
    )

    def __str__(self) -> str:
        return self.key


class CallBudget(models.Model):
    """Calls reserved against a bucket in one minute (whole minutes since 1970)."""

    bucket = models.ForeignKey(Bucket, on_delete=models.CASCADE, related_name="minutes")
    minute = models.BigIntegerField()
    calls = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["bucket", "minute"], name="one_budget_row_a_minute")]

    def __str__(self) -> str:
        return f"{self.bucket_id}: {self.calls} in minute {self.minute}"
