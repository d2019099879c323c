"""What does a monitor count? Streams by how fresh they are, and the jobs of the last hour."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, Min, Q, Value, When

from syncing.models import ObjectSyncConfig, SyncJob, SyncSchedule

HOUR = timedelta(hours=1)
OVERDUE = timedelta(minutes=15)
"""Three runs of the schedule's slow tick."""


@dataclass(frozen=True)
class Streams:
    """Those of one provider in one state. on_time: scheduled, and younger than they may be. oldest: last read then."""

    provider: str
    state: str
    number: int
    scheduled: int
    on_time: int
    due: int
    overdue: int
    oldest: datetime | None


def streams(now: datetime) -> list[Streams]:
    """One pass over all schedules."""
    scheduled = Q(next_due_at__isnull=False)
    counts: dict[str, Any] = {
        "number": Count("id"),
        "scheduled": Count("id", filter=scheduled),
        "on_time": Count("id", filter=scheduled & Q(stale_at__gt=now)),
        "due": Count("id", filter=Q(next_due_at__lte=now)),
        "overdue": Count("id", filter=Q(next_due_at__lte=now - OVERDUE)),
        "oldest": Min("last_completed_at"),
    }
    kept = SyncSchedule.objects.filter(connection__removed_at__isnull=True)
    rows = kept.values_list("connection__provider", _state(now)).annotate(**counts).order_by()
    return sorted((Streams(*row) for row in rows), key=lambda each: (each.provider, each.state))


def _state(now: datetime) -> Case:
    """As `freshness` says it of one stream."""
    switched_off = [
        (Q(connection__provider=provider, stream=name), "not_scheduled")
        for provider, name in ObjectSyncConfig.objects.filter(is_sync_enabled=False).values_list(
            "provider", "object_type"
        )
    ]
    states = (
        (Q(connection__paused=True), "paused"),
        *switched_off,
        (Q(consecutive_failures__gt=0), "failing"),
        (Q(last_completed_at__isnull=True), "never"),
        (Q(next_due_at__isnull=True), "not_scheduled"),
        (Q(stale_at__lte=now), "stale"),
        (Q(next_due_at__lte=now), "due"),
    )
    return Case(*(When(rule, then=Value(code)) for rule, code in states), default=Value("fresh"))


def jobs(now: datetime) -> dict[str, int]:
    """By status: those that are active, and those that ended in the last hour."""
    recent = SyncJob.objects.filter(Q(closed_at__gt=now - HOUR) | Q(closed_at__isnull=True))
    found = dict(recent.order_by().values_list("status").annotate(Count("pk")))
    return {status: found.get(status, 0) for status in SyncJob.Status.values}
