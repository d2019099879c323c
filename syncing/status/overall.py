"""How fresh are all connections together, and which of them are how fresh? `freshness`, said in the database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Exists, IntegerField, Min, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from connections.models import Connection
from syncing.models import ObjectSyncConfig, SyncSchedule
from syncing.status.states import FRESHNESS, State

RANKS = {code: at for at, code in enumerate(FRESHNESS)}
BEST_FIRST = ("fresh", "due", "stale", "failing", "never", "paused", "not_scheduled")


@dataclass(frozen=True)
class Overall:
    """counts: connections by the freshness of their worst object. scheduled, within: objects that somebody wants to be
    fresh, and those of them that are not older than they may be."""

    counts: tuple[tuple[State, int], ...]
    scheduled: int
    within: int

    @property
    def percentage(self) -> float | None:
        """Never 100 while one of them is late."""
        if not self.scheduled:
            return None
        exact = 100 * self.within / self.scheduled
        return exact if self.within == self.scheduled else min(exact, 99.9)

    @property
    def late(self) -> int:
        return self.scheduled - self.within


def overall(connections: QuerySet[Connection], now: datetime) -> Overall:
    """Two queries."""
    ranked = with_rank(connections.order_by(), now).values_list("rank").annotate(number=Count("pk"))
    found = dict(ranked)
    counts = tuple((FRESHNESS[code], found.get(RANKS[code], 0)) for code in BEST_FIRST)
    wanted = SyncSchedule.objects.filter(next_due_at__isnull=False, connection__paused=False)
    wanted = wanted.filter(connection__in=connections.order_by().values("pk"))
    sums = wanted.aggregate(scheduled=Count("pk"), within=Count("pk", filter=Q(stale_at__gt=now)))
    return Overall(counts, **sums)


def as_fresh_as(connections: QuerySet[Connection], code: str, now: datetime) -> QuerySet[Connection]:
    return with_rank(connections, now).filter(rank=RANKS[code])


def with_rank(connections: QuerySet[Connection], now: datetime) -> QuerySet[Any]:
    """rank: of the worst object that is not switched off."""
    off = ObjectSyncConfig.objects.filter(
        provider=OuterRef("connection__provider"), object_type=OuterRef("stream"), is_sync_enabled=False
    )
    wanted = SyncSchedule.objects.filter(~Exists(off), connection=OuterRef("pk")).order_by()
    worst = wanted.values("connection").annotate(worst=Min(_rank(now))).values("worst")
    by_streams = Coalesce(Subquery(worst), Value(RANKS["not_scheduled"]))
    paused = When(paused=True, then=Value(RANKS["paused"]))
    return connections.annotate(rank=Case(paused, default=by_streams, output_field=IntegerField()))


def _rank(now: datetime) -> Case:
    return Case(
        When(consecutive_failures__gt=0, then=Value(RANKS["failing"])),
        When(last_completed_at__isnull=True, then=Value(RANKS["never"])),
        When(next_due_at__isnull=True, then=Value(RANKS["not_scheduled"])),
        When(stale_at__lte=now, then=Value(RANKS["stale"])),
        When(next_due_at__lte=now, then=Value(RANKS["due"])),
        default=Value(RANKS["fresh"]),
        output_field=IntegerField(),
    )
