"""When is a stream due in the coming day, if nothing comes between? Pure: no clock, no database."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from syncing import freshness
from syncing.models import SyncSchedule
from syncing.scheduler.known import Known
from syncing.status.freshness import paced

AHEAD = timedelta(hours=24)
MOST = 20


@dataclass(frozen=True)
class Ahead:
    """times: the next ones. more: how many follow in the same day. every: how far apart they are; None where nothing
    is scheduled. is_constant: too many to name, so only the first is."""

    times: tuple[datetime, ...] = ()
    more: int = 0
    every: timedelta | None = None

    @property
    def pace(self) -> str:
        return paced(self.every.total_seconds()) if self.every else ""

    @property
    def is_constant(self) -> bool:
        return self.every is not None and self.every < freshness.FASTEST_OF_ALL


def ahead(known: Known, schedule: SyncSchedule, now: datetime) -> Ahead:
    """What is due already counts from now: it is made up for once."""
    if schedule.next_due_at is None or schedule.interval_seconds is None:
        return Ahead()
    every, at = timedelta(seconds=schedule.interval_seconds), max(now, schedule.next_due_at)
    if every < freshness.FASTEST_OF_ALL:
        return Ahead((at,), every=every)
    found = []
    while at <= now + AHEAD:
        found.append(at)
        at = freshness.next_due(at, every, zone=known.connection.zone, seed=known.seed)
    return Ahead(tuple(found[:MOST]) or (at,), max(0, len(found) - MOST), every)
