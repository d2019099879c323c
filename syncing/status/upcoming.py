"""When is the next sync of a connection, and if none comes by itself, why?"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from syncing import freshness
from syncing.models import ConnectionSync
from syncing.status.connections import Standing
from syncing.status.freshness import relative, spoken

NOT_WHILE = {
    "paused": "not while it is paused",
    "needs_reconnect": "not before it has a new login",
    "wrong_mode": "not in this mode of the installation",
}


@dataclass(frozen=True)
class Upcoming:
    """at: where a moment is known; words: where it is not."""

    at: datetime | None = None
    words: str = ""


def upcoming(standing: Standing, now: datetime) -> Upcoming:
    due_at = standing.next_due_at
    if due_at is None:
        return Upcoming(words="when somebody presses Sync now")
    if reason := NOT_WHILE.get(standing.state.code):
        return Upcoming(words=reason)
    if standing.goes_on_at:
        return Upcoming(at=standing.goes_on_at)
    if not settings.BACKGROUND_SYNC_ENABLED:
        return Upcoming(words="not by itself, background sync is off")
    if due_at > now:
        return Upcoming(at=due_at)
    if standing.sync.sync_status in (ConnectionSync.Status.QUEUED, ConnectionSync.Status.SYNCING):
        return Upcoming(words="when the one that runs has ended")
    return Upcoming(words=f"within {spoken(_a_tick(standing))}")


def announced(standing: Standing, now: datetime) -> str:
    """A sentence for whoever has just chosen the frequency."""
    number = "Next" if standing.sync.last_sync_attempted_at else "First"
    found = upcoming(standing, now)
    if found.at:
        return f"{number} sync {relative(found.at, now)}."
    return f"{number} sync {found.words}."


def _a_tick(standing: Standing) -> float:
    """How long what is due may wait for the scheduler to look."""
    slow = freshness.FASTEST_OF_ALL.total_seconds()
    every = [schedule.interval_seconds or slow for schedule in standing.connection.schedules.all()]
    is_fast = standing.sync.sync_frequency == ConnectionSync.Frequency.REALTIME or min(every, default=slow) < slow
    return settings.DISPATCH_SECONDS if is_fast else slow
