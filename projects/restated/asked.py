"""Which changes are asked for?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from connections.models import Connection
from projects.models import Change

DAY = timedelta(days=1)
PERIODS: dict[str, tuple[str, timedelta | None]] = {
    "24h": ("24 hours", DAY),
    "7d": ("7 days", 7 * DAY),
    "28d": ("28 days", 28 * DAY),
    "all": ("All", None),
}
USUAL_PERIOD = "24h"
KINDS = {"numbers": "Numbers of days", "objects": "Names, statuses and budgets"}
USUAL_KIND = "numbers"


@dataclass(frozen=True)
class Asked:
    """since: changes that were seen from this moment on; None: all that are kept."""

    connection: Connection
    period: str
    kind: str
    since: datetime | None

    @classmethod
    def of(cls, connection: Connection, period: str, kind: str, now: datetime) -> "Asked":
        """Whatever makes no sense is taken as usual."""
        period = period if period in PERIODS else USUAL_PERIOD
        kind = kind if kind in KINDS else USUAL_KIND
        length = PERIODS[period][1]
        return cls(connection, period, kind, now - length if length else None)

    def all(self) -> QuerySet[Change]:
        changes = Change.objects.filter(connection=self.connection)
        return changes.filter(seen_at__gte=self.since) if self.since else changes

    def changes(self) -> QuerySet[Change]:
        """Of this kind: numbers belong to a day, everything else to none."""
        return self.all().filter(date__isnull=self.kind == "objects")
