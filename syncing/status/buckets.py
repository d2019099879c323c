"""How full is what the providers count, and which of it is blocked?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, F, Q, When

from connections.sources import CallLimit
from syncing.budget import WINDOW, Fill, fills, time_a_call
from syncing.models import Bucket

HOUR = timedelta(minutes=WINDOW + 1)
"""What counts as the last hour, with a minute to spare at both ends."""


@dataclass(frozen=True)
class Budget:
    """One bucket. earned_at: when the calls made so far are earned, spread evenly, as fast schedules reckon; None where
    they are."""

    key: str
    used: int
    allowed: int | None
    blocked_until: datetime | None
    reason: str
    earned_at: datetime | None

    @property
    def percent(self) -> int:
        return min(100, 100 * self.used // self.allowed) if self.allowed else 0

    @property
    def seconds_a_call(self) -> float | None:
        return time_a_call(CallLimit(self.key, self.allowed)).total_seconds() if self.allowed else None


def fullest(now: datetime, *, most: int) -> list[Budget]:
    """Blocked ones first, then by how far their calls run ahead of the pace; none that has been idle for an hour."""
    blocked = Q(blocked_until__gt=now)
    shown = Bucket.objects.filter(blocked | Q(earned_at__gt=now - HOUR))
    shown = shown.annotate(is_blocked=Case(When(blocked, then=True), default=False))
    found = list(shown.order_by("-is_blocked", F("earned_at").desc(nulls_last=True), "key")[:most])
    known = fills([bucket.key for bucket in found], now)
    return [_budget(bucket, known[bucket.key], now) for bucket in found]


def _budget(bucket: Bucket, fill: Fill, now: datetime) -> Budget:
    is_blocked = fill.is_blocked(now)
    is_ahead = fill.earned_at is not None and fill.earned_at > now
    return Budget(
        bucket.key,
        fill.used,
        bucket.per_hour,
        fill.blocked_until if is_blocked else None,
        fill.reason if is_blocked else "",
        fill.earned_at if is_ahead else None,
    )
