"""How does each object type stand over all accounts: when was it read, when is it due, in which state is it?"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2s
from typing import Any

from django.db.models import Case, CharField, Count, Max, Min, Q, Value, When

from connections.models import Connection
from syncing.models import ObjectSyncConfig, SyncSchedule
from syncing.status.states import FRESHNESS, State

TARGET = 99.0
"""Percent of the accounts whose data is to be no older than it may be."""


@dataclass(frozen=True)
class Standing:
    """One object type. within, scheduled: accounts that are no older than they may be, of those with a schedule that
    may run."""

    states: tuple[tuple[State, int], ...] = ()
    last_synced_at: datetime | None = None
    last_tried_at: datetime | None = None
    next_due_at: datetime | None = None
    scheduled: int = 0
    within: int = 0

    @property
    def share(self) -> float:
        """In percent, never rounded up to a whole that is none."""
        return int(1000 * self.within / self.scheduled) / 10 if self.scheduled else 0.0

    @property
    def meets_target(self) -> bool:
        return self.share >= TARGET


Standings = dict[tuple[str, str], Standing]


def standings(configs: Iterable[ObjectSyncConfig], now: datetime) -> Standings:
    """By provider and object type. One query, however many accounts there are."""
    rows = defaultdict(list)
    for row in _counted(now):
        rows[row["connection__provider"], row["stream"]].append(row)
    return {
        (each.provider, each.object_type): _standing(each, rows[each.provider, each.object_type]) for each in configs
    }


def version(found: Standings) -> str:
    """The same as long as a page would show the same."""
    return blake2s(repr(sorted(found.items())).encode(), digest_size=8).hexdigest()


def _counted(now: datetime) -> Iterable[Any]:
    may_run = Connection.runnable("connection__")
    scheduled = may_run & Q(next_due_at__isnull=False)
    kept = SyncSchedule.objects.filter(connection__removed_at__isnull=True)
    return (
        kept.annotate(code=_code(now))
        .values("connection__provider", "stream", "code")
        .order_by()
        .annotate(
            accounts=Count("pk"),
            synced=Max("last_completed_at"),
            tried=Max("last_attempted_at"),
            due=Min("next_due_at", filter=may_run),
            scheduled=Count("pk", filter=scheduled),
            within=Count("pk", filter=scheduled & Q(stale_at__gt=now)),
        )
    )


def _code(now: datetime) -> Case:
    """The same as `syncing.status.freshness` says of a single schedule."""
    return Case(
        When(connection__paused=True, then=Value("paused")),
        When(consecutive_failures__gt=0, then=Value("failing")),
        When(last_completed_at=None, then=Value("never")),
        When(next_due_at=None, then=Value("not_scheduled")),
        When(stale_at__lte=now, then=Value("stale")),
        When(next_due_at__lte=now, then=Value("due")),
        default=Value("fresh"),
        output_field=CharField(),
    )


def _standing(config: ObjectSyncConfig, rows: list[dict[str, Any]]) -> Standing:
    counts: Counter[str] = Counter()
    for row in rows:
        is_off = not config.is_sync_enabled and row["code"] != "paused"
        counts["not_scheduled" if is_off else row["code"]] += row["accounts"]
    return Standing(
        states=tuple((state, counts[code]) for code, state in FRESHNESS.items() if counts[code]),
        last_synced_at=max((row["synced"] for row in rows if row["synced"]), default=None),
        last_tried_at=max((row["tried"] for row in rows if row["tried"]), default=None),
        next_due_at=min((row["due"] for row in rows if row["due"]), default=None),
        scheduled=sum(row["scheduled"] for row in rows),
        within=sum(row["within"] for row in rows),
    )
