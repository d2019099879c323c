"""How many calls do the present settings need, and does every budget hold them?"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from connections.models import Connection
from connections.sources import CallLimit, Stream
from syncing import budget
from syncing.freshness import DAY, FASTEST_OF_ALL, HOUR
from syncing.models import ConnectionSync, ObjectSyncConfig, SyncSchedule
from syncing.scheduler import paces
from syncing.scheduler.known import Known
from syncing.scheduler.verdicts import limits

NAMED = 3
"""Accounts of a bucket that are named; more are counted."""

A_WINDOW = timedelta(minutes=budget.WINDOW + 1)
"""In which no more calls are made than an hour may hold, wherever it begins."""

WORTH_SAYING = 1.25
"""How much slower than wanted is more than the ticks of the clock explain."""


@dataclass(frozen=True)
class Load:
    """Calls an hour. fast: of what comes more often than every five minutes, or early because that had changes.
    fastest: how far apart its looks are. guessed: some figure was never measured."""

    calls: float = 0.0
    fast: float = 0.0
    fastest: timedelta | None = None
    guessed: bool = False

    def __add__(self, other: "Load") -> "Load":
        fastest = min((each.fastest for each in (self, other) if each.fastest), default=None)
        return Load(self.calls + other.calls, self.fast + other.fast, fastest, self.guessed or other.guessed)


@dataclass(frozen=True)
class Need:
    """What one bucket has to hold."""

    limit: CallLimit
    load: Load
    names: tuple[str, ...]
    accounts: int

    @property
    def per_hour(self) -> int:
        return self.limit.per_hour or 0

    @property
    def share(self) -> float:
        """Of the budget, in percent."""
        return 100 * self.load.calls / max(1, self.per_hour)

    @property
    def is_over(self) -> bool:
        return self.load.calls > self.per_hour

    @property
    def is_short(self) -> bool:
        """Something comes noticeably less often than wanted."""
        return self.is_over or self.effective is not None

    @property
    def calls_per_day(self) -> float:
        return 24 * self.load.calls

    @property
    def per_day(self) -> int:
        return 24 * self.per_hour

    @property
    def effective(self) -> float | None:
        """Seconds between two looks of the fastest, where slowing these down is needed, and enough."""
        left = HOUR / budget.time_a_call(self.limit) - (self.load.calls - self.load.fast)
        if self.load.fastest is None or left <= 0 or self.load.fast <= left * WORTH_SAYING:
            return None
        return self.load.fastest.total_seconds() * self.load.fast / left

    @property
    def times_as_seldom(self) -> float:
        """Where everything has to wait."""
        return self.load.calls * (A_WINDOW / HOUR) / max(1, self.per_hour)

    @property
    def others(self) -> int:
        return self.accounts - len(self.names)

    @property
    def filled(self) -> float:
        """Of the bar, in percent; a bar that is over ends with the need, and the budget stands in its midst."""
        return 100.0 if self.is_over else self.share

    @property
    def mark(self) -> float:
        """Where the budget ends on the bar."""
        return 100.0 * self.per_hour / self.load.calls if self.is_over else 100.0


@dataclass(frozen=True)
class Forecast:
    """needs: the fullest bucket first. own_pace: scheduled accounts whose days are read at a pace of their own."""

    load: Load
    needs: tuple[Need, ...]
    accounts: int
    own_pace: int

    @property
    def short(self) -> int:
        """Budgets that make something come less often than wanted."""
        return sum(need.is_short for need in self.needs)

    @property
    def calls_per_day(self) -> float:
        return 24 * self.load.calls


def forecast(configs: Iterable[ObjectSyncConfig]) -> Forecast:
    """With these settings, stored or not. Of accounts that may run and have a frequency; three queries."""
    by_provider: dict[str, dict[str, ObjectSyncConfig]] = defaultdict(dict)
    for config in configs:
        by_provider[config.provider][config.object_type] = config
    found = list(_loads(by_provider))
    buckets: dict[str, list[tuple[CallLimit, str, Load]]] = defaultdict(list)
    for known, load in found:
        for limit in limits(known):
            if limit.per_hour is not None:
                buckets[limit.bucket].append((limit, known.connection.name, load))
    needs = [_need(each) for each in buckets.values()]
    return Forecast(
        sum((load for _, load in found), Load()),
        tuple(sorted(needs, key=lambda need: (not need.is_short, -need.share, need.limit.bucket))),
        len(found),
        sum(known.sync.sync_frequency != ConnectionSync.Frequency.SMART for known, _ in found),
    )


def _need(parts: Sequence[tuple[CallLimit, str, Load]]) -> Need:
    """Of one bucket, with all accounts that call against it."""
    tightest = min((limit for limit, _, _ in parts), key=lambda limit: limit.per_hour or 0)
    names = tuple(name for _, name, _ in parts[:NAMED])
    return Need(tightest, sum((load for _, _, load in parts), Load()), names, len(parts))


def _loads(configs: Mapping[str, Mapping[str, ObjectSyncConfig]]) -> Iterable[tuple[Known, Load]]:
    schedules: dict[object, dict[str, SyncSchedule]] = defaultdict(dict)
    fields = ("connection", "stream", "interval_minutes", "interval_seconds", "average_calls")
    for schedule in SyncSchedule.objects.only(*fields):
        schedules[schedule.connection_id][schedule.stream] = schedule
    scheduled = Connection.objects.filter(Connection.runnable(), sync__isnull=False).exclude(
        sync__sync_frequency=ConnectionSync.Frequency.MANUAL
    )
    for connection in scheduled.select_related("sync").order_by("name", "pk"):
        known = Known(connection, connection.sync, configs.get(connection.provider, {}), schedules[connection.pk])
        yield known, load(known)


def load(known: Known) -> Load:
    """Of one connection."""
    every = _with_their_lists(known, {stream.name: _every(known, stream) for stream in known.streams})
    looks = _looks(known, every)
    return sum((_of(known, stream, every[stream.name], looks[stream.name]) for stream in known.streams), Load())


def _every(known: Known, stream: Stream) -> timedelta | None:
    config, schedule = known.config(stream.name), known.schedules.get(stream.name)
    if not config.is_sync_enabled:
        return None
    return paces.interval(stream, config, known.sync.sync_frequency, schedule.interval_minutes if schedule else None)


def _with_their_lists(known: Known, every: Mapping[str, timedelta | None]) -> dict[str, timedelta | None]:
    """What says which entities have changed is read as often as these are looked for, also where it is switched off."""
    found = dict(every)
    for stream in known.streams:
        if stream.reads_changed and stream.entity_stream and (own := every[stream.name]):
            listed = found[stream.entity_stream]
            found[stream.entity_stream] = min(listed, own) if listed else own
    return found


def _looks(known: Known, every: Mapping[str, timedelta | None]) -> dict[str, float]:
    """How often an hour. Changes of one stream make those due that hang on it, as often as syncs have brought some."""
    changed = known.sync.total_syncs_with_changes / max(1, known.sync.total_syncs_attempted)
    looks = {name: HOUR / pace if pace else 0.0 for name, pace in every.items()}
    for stream in known.streams:
        for parent in (stream.summed_up_by, known.config(stream.name).depends_on):
            if not parent or not looks[stream.name] or not known.config(parent).cascade_sync:
                continue
            early = min(looks.get(parent, 0.0), looks[stream.name] + looks.get(parent, 0.0) * changed)
            looks[stream.name] = max(looks[stream.name], early)
    return looks


def _of(known: Known, stream: Stream, every: timedelta | None, looks: float) -> Load:
    if every is None:
        return Load()
    schedule = known.schedules.get(stream.name)
    measured = _measured(stream, schedule, every) if schedule else None
    calls = looks * (expected_calls(stream, every) if measured is None else measured)
    is_fast = every < FASTEST_OF_ALL
    # What is read early, because a fast stream had changes, becomes as seldom as that one does.
    fast = 1.0 if is_fast else 1 - HOUR / every / looks
    return Load(calls, calls * fast, every if is_fast else None, guessed=measured is None)


def _measured(stream: Stream, schedule: SyncSchedule, every: timedelta) -> float | None:
    """Of a run at this pace, by those at the pace that it has now: a part of them reads deeper, once a day."""
    if schedule.average_calls is None:
        return None
    paced = timedelta(seconds=schedule.interval_seconds) if schedule.interval_seconds else every
    return schedule.average_calls * expected_calls(stream, every) / expected_calls(stream, paced)


def expected_calls(stream: Stream, every: timedelta) -> float:
    """Of a scheduled run that was never measured: one call for a list; of days one for the newest, and once a day one
    for each window that the provider may still restate."""
    if stream.cursor_field is None:
        return 1.0
    runs = max(1.0, DAY / every)
    return (runs - 1 + ceil((stream.lookback_days + 1) / stream.window_days)) / runs
