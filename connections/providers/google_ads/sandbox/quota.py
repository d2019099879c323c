"""How many operations a project may make in any 24 hours: the sandbox is the referee."""

from collections import deque
from datetime import datetime, timedelta

from connections.providers.google_ads.sandbox.errors import over_quota

DAY = timedelta(hours=24)


class Quota:
    """per_day: None where there is no limit."""

    def __init__(self, per_day: int | None = 15_000) -> None:
        self.per_day = per_day
        self._made: deque[datetime] = deque()

    @property
    def made(self) -> int:
        return len(self._made)

    def charge(self, now: datetime) -> None:
        """Raises the Refusal of one operation too many, with the seconds until the oldest one is a day ago."""
        while self._made and now - self._made[0] >= DAY:
            self._made.popleft()
        if self.per_day is not None and len(self._made) >= self.per_day:
            oldest = self._made[0] if self._made else now
            raise over_quota(max(1, int((oldest + DAY - now).total_seconds())))
        self._made.append(now)
