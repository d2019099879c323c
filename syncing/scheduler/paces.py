"""Bring schedules in line with what people chose: the frequency of a connection, the intervals of object types."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Count, Q

from connections import registry
from connections.models import Connection
from connections.sources import Stream
from projects.tables import bulk
from syncing import freshness, retry
from syncing.models import ConnectionSync, ObjectSyncConfig, SyncSchedule
from syncing.scheduler.known import Known, known_of_all

log = structlog.get_logger(__name__)

A_BATCH = 200
FAR_AWAY = timedelta(days=1)
"""Nothing is due later than an interval and that, which is the longest that a failure or a provider delays it."""

CLOCKS_DIFFER = timedelta(minutes=5)
"""What was tried later than that from now was tried by a clock that ran ahead and was set right."""


class Pace(NamedTuple):
    """What follows from the choices for one schedule; the order is that of the columns."""

    interval_seconds: int | None
    priority: int
    next_due_at: datetime | None
    stale_at: datetime | None


COLUMNS = Pace._fields

_changed: ContextVar[set[str] | None] = ContextVar("changed", default=None)
"""The providers whose object types have been changed; None where each change is followed on its own."""


def make_schedules(connection: Connection, now: datetime) -> None:
    """Those of a new connection, and those of streams that are new with a release."""
    _add_missing([connection])
    reschedule([connection.pk], now)


def reschedule(connections: Iterable[UUID], now: datetime) -> int:
    """Of these connections, so that it counts from the next tick on; what runs goes on. Returns how many differed."""
    ids, differing = sorted(connections), 0
    for first in range(0, len(ids), A_BATCH):
        with transaction.atomic():
            locked = Connection.objects.select_for_update(no_key=True).order_by("pk")
            some = list(locked.filter(pk__in=ids[first : first + A_BATCH]))
            list(_locked_schedules(some))
            rows = [row for known in known_of_all(some) for row in _differing_or_none(known, now)]
            bulk.update(SyncSchedule, COLUMNS, rows)
        differing += len(rows)
    return differing


@contextmanager
def together(now: datetime) -> Iterator[None]:
    """Several object types are changed within: their connections are gone through once, when it is committed."""
    providers: set[str] = set()
    collecting = _changed.set(providers)
    try:
        yield
    finally:
        _changed.reset(collecting)
    for provider in sorted(providers):
        follow(provider, now)


def follow(provider: str, now: datetime) -> None:
    """The settings of one of its object types were changed. Its schedules follow once that is committed, in batches of
    their own, or all of them would be locked until then; where that fails, `heal` does it."""
    if (collected := _changed.get()) is not None:
        collected.add(provider)
    else:
        transaction.on_commit(partial(reschedule_type, provider, now), robust=True)


def reschedule_type(provider: str, now: datetime) -> int:
    """All connections of a provider."""
    kept = Connection.objects.kept().filter(provider=provider)
    return reschedule(kept.values_list("pk", flat=True), now)


def heal(now: datetime) -> int:
    """What a crash, a release or a hand in the database has left wrong. Returns how many schedules were mended."""
    _add_missing(_incomplete())
    return reschedule(_in_disorder(now), now)


def wanted(known: Known, schedule: SyncSchedule, now: datetime) -> Pace:
    """The pace that this schedule should have."""
    stream, config = known.stream(schedule.stream), known.config(schedule.stream)
    if stream is None or not config.is_sync_enabled:
        return Pace(None, config.priority, None, None)
    every = interval(stream, config, known.sync.sync_frequency, schedule.interval_minutes)
    if every is None:
        return Pace(None, config.priority, None, None)
    threshold = timedelta(minutes=config.staleness_threshold_minutes)
    read_at = schedule.last_completed_at
    return Pace(
        int(every.total_seconds()),
        config.priority,
        _due(known, schedule, every, config, now),
        read_at and read_at + freshness.stale_after(threshold, every),
    )


def interval(stream: Stream, config: ObjectSyncConfig, frequency: str, own_minutes: int | None) -> timedelta | None:
    """How far apart a stream is read where its object type is switched on; None where nothing is scheduled."""
    return freshness.interval(
        frequency,
        configured=timedelta(minutes=config.sync_interval_minutes),
        own=timedelta(minutes=own_minutes) if own_minutes else None,
        is_dated=stream.cursor_field is not None,
        is_summed_up=stream.summed_up_by is not None,
    )


def _due(known: Known, schedule: SyncSchedule, every: timedelta, config: ObjectSyncConfig, now: datetime) -> datetime:
    """Stays, unless the interval is another one or the moment makes no sense."""
    due_at, tried_at = schedule.next_due_at, schedule.last_attempted_at
    if tried_at and tried_at > now + CLOCKS_DIFFER:
        return min(due_at or now, now)
    same = schedule.interval_seconds == int(every.total_seconds())
    if same and due_at and due_at <= now + every + FAR_AWAY:
        return due_at
    if tried_at is None:
        return now
    due = freshness.next_due(tried_at, every, zone=known.connection.zone, seed=known.seed)
    if schedule.consecutive_failures:
        delay = timedelta(seconds=config.retry_delay)
        due = max(due, tried_at + retry.back_off(schedule.consecutive_failures, delay))
    return max(due, now)


def _differing_or_none(known: Known, now: datetime) -> list[tuple[object, ...]]:
    """One that cannot be reckoned stays as it is, and hinders no other."""
    try:
        return _differing(known, now)
    except Exception:
        log.exception("the pace of a connection could not be reckoned", connection=str(known.connection.pk))
        return []


def _differing(known: Known, now: datetime) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for schedule in known.schedules.values():
        pace = wanted(known, schedule, now)
        if pace != tuple(getattr(schedule, column) for column in COLUMNS):
            rows.append((*pace, schedule.pk))
    return rows


def _locked_schedules(connections: Iterable[Connection]) -> Iterable[SyncSchedule]:
    """In the order in which the end of a job locks them."""
    schedules = SyncSchedule.objects.filter(connection__in=list(connections)).order_by("pk")
    return schedules.select_for_update(no_key=True)


def _add_missing(connections: Iterable[Connection]) -> None:
    missing = [
        SyncSchedule(connection=connection, stream=stream.name)
        for connection in connections
        for stream in connection.source_class.streams
    ]
    SyncSchedule.objects.bulk_create(missing, ignore_conflicts=True)


def _incomplete() -> list[Connection]:
    """Connections with fewer schedules than their provider has streams."""
    found: list[Connection] = []
    for kind in registry.SOURCES:
        names = [stream.name for stream in registry.source_class(kind).streams]
        ours = Connection.objects.kept().filter(provider=kind)
        held = Count("schedules", filter=Q(schedules__stream__in=names))
        found += ours.annotate(held=held).filter(held__lt=len(names))
    return found


class Group(NamedTuple):
    """What schedules share that have the same pace."""

    provider: str
    stream: str
    frequency: str
    own_minutes: int | None
    interval_seconds: int | None
    priority: int


GROUP = (
    "connection__provider",
    "stream",
    "connection__sync__sync_frequency",
    "interval_minutes",
    "interval_seconds",
    "priority",
)
MOST_GROUPS = 200
"""Mended at one look, or the statement would become too long; the others are at the next ones."""


def _in_disorder(now: datetime) -> set[UUID]:
    """Not scheduled though their frequency says so, or the other way round, or with a pace that is not that of the
    settings, or due in a future that nobody chose."""
    is_wanted = Q(pk__in=[])
    for kind in registry.SOURCES:
        is_wanted |= Q(connection__provider=kind, stream__in=_switched_on(kind))
    is_wanted &= ~Q(connection__sync__sync_frequency=ConnectionSync.Frequency.MANUAL)
    has_moment = Q(next_due_at__isnull=False)
    wrong = (has_moment & ~is_wanted) | (~has_moment & is_wanted) | (has_moment & Q(interval_seconds__isnull=True))
    wrong |= Q(next_due_at__gt=now, last_attempted_at__gt=now + CLOCKS_DIFFER)
    ours = SyncSchedule.objects.filter(
        connection__removed_at__isnull=True, connection__provider__in=list(registry.SOURCES)
    ).order_by()
    groups = [Group(*row) for row in ours.values_list(*GROUP).distinct()]
    for seconds in {group.interval_seconds for group in groups} - {None}:
        wrong |= Q(interval_seconds=seconds, next_due_at__gt=now + timedelta(seconds=seconds or 0) + FAR_AWAY)
    for group in _out_of_line(groups)[:MOST_GROUPS]:
        wrong |= Q(**dict(zip(GROUP, group, strict=True)))
    return set(ours.filter(wrong).values_list("connection_id", flat=True))


def _out_of_line(groups: Iterable[Group]) -> list[Group]:
    """Those whose settings were changed without them: by a crash before they followed, or by hand."""
    configs = {(config.provider, config.object_type): config for config in ObjectSyncConfig.objects.all()}
    found = []
    for group in groups:
        streams = registry.source_class(group.provider).streams
        stream = next((stream for stream in streams if stream.name == group.stream), None)
        if stream is None or group.frequency is None:
            continue  # what a release has taken away, or telemetry that is gone
        config = configs.get((group.provider, group.stream)) or ObjectSyncConfig.of(group.provider, stream)
        every = interval(stream, config, group.frequency, group.own_minutes) if config.is_sync_enabled else None
        if (group.interval_seconds, group.priority) != (every and int(every.total_seconds()), config.priority):
            found.append(group)
    return found


def _switched_on(kind: str) -> list[str]:
    off = set(
        ObjectSyncConfig.objects.filter(provider=kind, is_sync_enabled=False).values_list("object_type", flat=True)
    )
    return [stream.name for stream in registry.source_class(kind).streams if stream.name not in off]
