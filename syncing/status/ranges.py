"""What will reading a range of days again take, in chunks, calls and seconds? Nothing is asked of the provider."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from statistics import fmean

from connections.models import Connection
from projects.models import Coverage
from syncing import planner
from syncing.models import SyncChunk
from syncing.status.gaps import dated
from syncing.status.remaining import seconds_left, total
from syncing.status.streams import Configs, label, object_types

OLDEST = timedelta(days=37 * 31)
"""37 months: no provider remembers more."""

LAST_CHUNKS = 500
"""Of which calls and durations are taken."""


@dataclass(frozen=True)
class Choice:
    """One object type that goes by days."""

    name: str
    label: str
    is_enabled: bool


@dataclass(frozen=True)
class StreamPlan:
    """held: how many of the days were read before."""

    label: str
    chunks: int
    held: int


@dataclass(frozen=True)
class RangePlan:
    """calls, seconds: None where nothing was measured lately."""

    since: date
    until: date
    streams: Sequence[StreamPlan]
    calls: int | None
    seconds: float | None

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    @property
    def chunks(self) -> int:
        return sum(stream.chunks for stream in self.streams)


def oldest(connection: Connection, today: date) -> date:
    """The first day that can be asked for; never after today."""
    return min(connection.history_start(today) or today - OLDEST, today)


def choices(connection: Connection, configs: Configs) -> list[Choice]:
    return [
        Choice(
            stream.name,
            label(connection, stream.name, configs),
            (config := configs.get((connection.provider, stream.name))) is None or config.is_sync_enabled,
        )
        for stream in dated(connection)
    ]


def plan(connection: Connection, names: Sequence[str], since: date, until: date) -> RangePlan:
    """names: of streams that go by days. As the planner will make them."""
    configs, chosen = object_types(), [stream for stream in dated(connection) if stream.name in names]
    at_once = connection.sync.slices_in_flight
    planned = dict.fromkeys((stream.name for stream in chosen), 0)
    for each in planner.metrics(chosen, since, until, at_once=at_once):
        planned[each.stream.name] += 1
    seconds, calls_of_one = _measured(connection, planned, (until - since).days + 1)
    calls = total(planned, calls_of_one)
    return RangePlan(
        since,
        until,
        [
            StreamPlan(label(connection, name, configs), chunks, _held(connection, name, since, until))
            for name, chunks in planned.items()
        ],
        None if calls is None else ceil(calls),
        seconds_left(planned, {}, seconds, at_once=min(at_once, sum(planned.values())))
        if seconds.keys() >= planned.keys()
        else None,
    )


def _held(connection: Connection, name: str, since: date, until: date) -> int:
    return Coverage.objects.filter(connection=connection, stream=name, date__range=(since, until)).count()


def _measured(
    connection: Connection, planned: Mapping[str, int], days: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Seconds and calls of such a chunk, by stream: of the connection's last ones that are at least half as long. Those
    of a schedule that reads a day or two say little of a week."""
    last = SyncChunk.objects.filter(
        connection=connection, stream__in=planned, entity_ids=[], status=SyncChunk.Status.COMPLETED
    ).order_by("-finished_at")
    found: dict[str, list[tuple[float, int]]] = defaultdict(list)
    rows = last.values_list("stream", "start_date", "end_date", "actual_duration_seconds", "calls")[:LAST_CHUNKS]
    for name, since, until, seconds, calls in rows:
        if since and until and 2 * planned[name] * ((until - since).days + 1) >= days:
            found[name].append((seconds, calls))
    return (
        {name: fmean(seconds for seconds, _ in each) for name, each in found.items()},
        {name: fmean(calls for _, calls in each) for name, each in found.items()},
    )
