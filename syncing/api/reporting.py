"""What does the API say of one connection's freshness, of its next look and of its pace?"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, prefetch_related_objects

from connections.models import Connection
from syncing.models import ConnectionSync, SyncSchedule
from syncing.pacing import Pace, paces
from syncing.status.freshness import Freshness, worst
from syncing.status.states import FRESHNESS
from syncing.status.streams import object_types, stream_freshness


@dataclass(frozen=True)
class ObjectType:
    schedule: SyncSchedule
    freshness: Freshness


@dataclass(frozen=True)
class Report:
    """The fields of ConnectionSyncReport."""

    sync: ConnectionSync
    freshness: str
    next_due_at: datetime | None
    pace: Pace
    object_types: list[ObjectType]


def reported(connection: Connection, now: datetime) -> Report:
    """Two queries, and a third for a fast connection."""
    configs = object_types()
    prefetch_related_objects([connection], Prefetch("schedules", SyncSchedule.objects.order_by("stream")))
    schedules = list(connection.schedules.all())
    each = [ObjectType(schedule, stream_freshness(connection, schedule, configs, now)) for schedule in schedules]
    state = FRESHNESS["paused"] if connection.paused else worst(one.freshness for one in each)
    due = [schedule.next_due_at for schedule in schedules if schedule.next_due_at]
    pace = paces([connection], configs, now)[connection.pk]
    return Report(connection.sync, state.code, min(due, default=None), pace, each)
