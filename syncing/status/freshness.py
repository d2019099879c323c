"""How fresh is one stream? Pure: no clock, no database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncing.models import ConnectionSync, ObjectSyncConfig, SyncSchedule
from syncing.status.states import FRESHNESS, State

Frequency = ConnectionSync.Frequency
PACE = {
    Frequency.REALTIME: timedelta(seconds=30),
    Frequency.HALF_HOURLY: timedelta(minutes=30),
    Frequency.HOURLY: timedelta(hours=1),
    Frequency.DAILY: timedelta(days=1),
}
"""How far apart the syncs of a connection are; smart connections follow the object types instead."""

USUAL_INTERVAL = timedelta(hours=1)


@dataclass(frozen=True)
class Pace:
    """interval: how often a stream is read. stale_after: the age at which somebody should know."""

    interval: timedelta
    stale_after: timedelta


def pace(schedule: SyncSchedule, frequency: str, config: ObjectSyncConfig | None) -> Pace:
    interval = timedelta(minutes=config.sync_interval_minutes) if config else USUAL_INTERVAL
    threshold = timedelta(minutes=config.staleness_threshold_minutes) if config else 2 * USUAL_INTERVAL
    if schedule.interval_minutes:
        interval = timedelta(minutes=schedule.interval_minutes)
    else:
        interval = PACE.get(Frequency(frequency), interval) if frequency in Frequency.values else interval
    return Pace(interval, max(threshold, 2 * interval))


def freshness(schedule: SyncSchedule, stale_after: timedelta, *, paused: bool, now: datetime) -> State:
    if paused:
        return FRESHNESS["paused"]
    if schedule.consecutive_failures:
        return FRESHNESS["failing"]
    if schedule.last_completed_at is None:
        return FRESHNESS["never"]
    if schedule.next_due_at is None:
        return FRESHNESS["not_scheduled"]
    if now - schedule.last_completed_at > stale_after:
        return FRESHNESS["stale"]
    return FRESHNESS["due" if schedule.next_due_at <= now else "fresh"]


def worst(states: Iterable[State]) -> State:
    """The one that a person should hear of first; never read when there is none."""
    order = list(FRESHNESS)
    return min(states, key=lambda state: order.index(state.code), default=FRESHNESS["never"])
