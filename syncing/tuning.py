"""Change how often object types are read: all that was asked or nothing, written down, and from the next look on."""

from collections.abc import Callable, Collection, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2s
from typing import Any

from connections import audit, registry
from connections.access import Actor
from syncing import scheduler
from syncing.models import ObjectSyncConfig

LABELS = {
    "sync_interval_minutes": "Interval",
    "staleness_threshold_minutes": "Stale after",
    "priority": "Priority",
    "is_sync_enabled": "On",
    "cascade_sync": "Cascade",
    "batch_size": "Objects a chunk",
    "max_retry_attempts": "Retries of a chunk",
    "retry_delay": "Wait after a failure",
    "queue": "Queue",
}
"""What people may change of an object type, and what they call it."""

FIELDS = tuple(LABELS)
UNITS = {"sync_interval_minutes": "min", "staleness_threshold_minutes": "min", "retry_delay": "s"}

FOUR_HOURS = 240

Values = dict[str, Any]


@dataclass(frozen=True)
class Move:
    """One object type with what becomes of it; before and after hold only what differs."""

    config: ObjectSyncConfig
    before: Values
    after: Values

    @property
    def name(self) -> str:
        return f"{registry.label(self.config.provider)}: {self.config.display_name}"

    @property
    def steps(self) -> list[tuple[str, str, str]]:
        """The name of each figure, what it was and what it becomes."""
        return [(LABELS[name], word(name, self.before[name]), word(name, self.after[name])) for name in self.after]


def word(field: str, value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value} {UNITS.get(field, '')}".strip()


def ordered(*, locked: bool = False) -> list[ObjectSyncConfig]:
    """Those of the providers that there are, in the order in which their sources name them."""
    rows = ObjectSyncConfig.objects.order_by("pk")
    found = {(row.provider, row.object_type): row for row in (rows.select_for_update() if locked else rows)}
    names = [(kind, stream.name) for kind in registry.SOURCES for stream in registry.source_class(kind).streams]
    return [found[name] for name in names if name in found]


def defaults(config: ObjectSyncConfig) -> Values:
    """As its source declares it."""
    declared = ObjectSyncConfig.defaults(registry.source_class(config.provider).stream(config.object_type))
    return {name: declared[name] for name in FIELDS}


def slow_start(config: ObjectSyncConfig) -> Values:
    """Every four hours, or as seldom as it is read already; priority and switch stay."""
    minutes = max(FOUR_HOURS, config.sync_interval_minutes)
    stale = max(2 * minutes, config.staleness_threshold_minutes)
    return {"sync_interval_minutes": minutes, "staleness_threshold_minutes": stale}


Preset = Callable[[ObjectSyncConfig], Values]


def moves(configs: Iterable[ObjectSyncConfig], wanted: Preset) -> list[Move]:
    """Of those that are otherwise now. The configs stay as they are."""
    found = [(config, _differing(config, wanted(config))) for config in configs]
    return [Move(config, {name: getattr(config, name) for name in new}, new) for config, new in found if new]


def _differing(config: ObjectSyncConfig, wanted: Values) -> Values:
    return {name: value for name, value in wanted.items() if getattr(config, name) != value}


def applied(configs: Iterable[ObjectSyncConfig], found: Iterable[Move]) -> list[ObjectSyncConfig]:
    """Copies, as they would be. Nothing is stored."""
    after = {move.config.pk: move.after for move in found}
    changed = [copy(config) for config in configs]
    for config in changed:
        for name, value in after.get(config.pk, {}).items():
            setattr(config, name, value)
    return changed


def version(found: Sequence[Move]) -> str:
    """Another one as soon as one of them would do something else."""
    text = repr([(str(move.name), move.before, move.after) for move in found])
    return blake2s(text.encode(), digest_size=8).hexdigest()


def save(found: Collection[Move], actor: Actor | str, *, now: datetime, action: str) -> None:
    """In a transaction that has locked the rows. One line of audit for all of them; none where nothing changes."""
    if not found:
        return
    with scheduler.together(now):
        for move in found:
            for name, value in move.after.items():
                setattr(move.config, name, value)
            move.config.save(update_fields=[*move.after])
    before = {move.name: move.before for move in found}
    audit.record(
        actor, action, None, workspace=None, now=now, before=before, after={move.name: move.after for move in found}
    )
