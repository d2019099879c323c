"""What the platforms say of the profiles that spreadsheets list."""

from typing import ClassVar

from django.db import models

from projects.models.creators import Counts
from projects.models.synced import SyncedRow


class PlatformProfile(SyncedRow, Counts):
    """One profile, as its platform showed it to this connection. profile: the canonical address. external_id: the
    platform's own. figures: by metric, how many leading digits are exact where a number is rounded.

    The counts of one that failed are those of the last time.
    """

    class State(models.TextChoices):
        """See connections.profiles."""

        OK = "ok"
        MISSING = "missing"
        UNSUPPORTED = "unsupported"
        FAILED = "failed"

    profile = models.CharField(max_length=130)
    external_id = models.CharField(max_length=64, blank=True)
    name = models.TextField(blank=True)
    state = models.CharField(max_length=20, choices=State)
    reason = models.TextField(blank=True)
    figures = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["connection", "profile"], name="one_profile_each")]
        indexes: ClassVar = [models.Index(fields=["profile"], name="profiles_by_address")]

    def __str__(self) -> str:
        return self.profile.removeprefix("https://")
