"""Do the stored rows of a stream add up to the stored totals, to the micro, on every day that both have been read?"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Max, Q, Sum

from connections.models import Connection
from connections.sources import Stream
from projects.models import Coverage, DailyMetric
from projects.numbers.levels import LEVEL_OF, Level

Within = tuple[date | None, date | None]
Moments = Mapping[tuple[UUID, str], Mapping[date, datetime]]
"""When each day was last read, by connection and stream."""


@dataclass(frozen=True)
class Amount:
    """What is stored of one day, in millionths. changed_at: when it last became other; None where there is no row."""

    spend: int = 0
    changed_at: datetime | None = None


NOTHING = Amount()
Amounts = Mapping[tuple[UUID, str], Mapping[date, Amount]]
"""By connection and level."""


@dataclass(frozen=True)
class Drift:
    """A day on which the rows add up to something else than their total. In millionths."""

    date: date
    total: int
    summed: int

    @property
    def difference(self) -> int:
        """Below nothing where the rows lack something."""
        return self.summed - self.total


@dataclass(frozen=True)
class Agreement:
    """days: how many could be compared. drifts: newest first."""

    level: Level
    days: int
    drifts: tuple[Drift, ...] = ()


Agreements = Mapping[tuple[UUID, str], Agreement]
"""By connection and stream, of the streams that declare to add up."""


def agreements(connections: Iterable[Connection], now: datetime, within: Within = (None, None)) -> Agreements:
    """Two queries for each such stream of a source, over any number of connections."""
    declared: dict[Stream, list[Connection]] = defaultdict(list)
    for connection in connections:
        for stream in connection.source_class.streams:
            if stream.adds_up:
                declared[stream].append(connection)
    return {key: each for stream, its in declared.items() for key, each in _of_stream(stream, its, now, within).items()}


def _of_stream(stream: Stream, connections: Collection[Connection], now: datetime, within: Within) -> Agreements:
    level, totals = LEVEL_OF[stream.chunk_type], str(stream.summed_up_by)
    mine = Q(connection__in=[connection.pk for connection in connections]) & _between(*within)
    read, held = _read(mine, (stream.name, totals)), _held(mine, (level.code, DailyMetric.Level.ACCOUNT))
    return {
        (connection.pk, stream.name): compare(
            level,
            rows_read=read[connection.pk, stream.name],
            totals_read=read[connection.pk, totals].keys(),
            rows=held[connection.pk, level.code],
            totals=held[connection.pk, DailyMetric.Level.ACCOUNT],
            today=now.astimezone(connection.zone).date(),
        )
        for connection in connections
    }


def compare(
    level: Level,
    *,
    rows_read: Mapping[date, datetime],
    totals_read: Collection[date],
    rows: Mapping[date, Amount],
    totals: Mapping[date, Amount],
    today: date,
) -> Agreement:
    """Today still moves. A day whose total has changed since its rows were read is about to be read again."""
    days, drifts = 0, []
    for day in sorted(rows_read, reverse=True):
        total = totals.get(day, NOTHING)
        is_behind = total.changed_at is not None and total.changed_at > rows_read[day]
        if day >= today or day not in totals_read or is_behind:
            continue
        days += 1
        summed = rows.get(day, NOTHING).spend
        if summed != total.spend:
            drifts.append(Drift(day, total.spend, summed))
    return Agreement(level, days, tuple(drifts))


def _between(since: date | None, until: date | None) -> Q:
    return (Q(date__gte=since) if since else Q()) & (Q(date__lte=until) if until else Q())


def _read(mine: Q, streams: Collection[str]) -> Moments:
    found: dict[tuple[UUID, str], dict[date, datetime]] = defaultdict(dict)
    rows = Coverage.objects.filter(mine, stream__in=streams)
    for pk, stream, day, moment in rows.values_list("connection", "stream", "date", "fetched_at").iterator():
        found[pk, stream][day] = moment
    return found


def _held(mine: Q, levels: Collection[str]) -> Amounts:
    found: dict[tuple[UUID, str], dict[date, Amount]] = defaultdict(dict)
    rows = DailyMetric.objects.filter(mine, level__in=levels).order_by().values_list("connection", "level", "date")
    for pk, level, day, spend, changed_at in rows.annotate(Sum("spend_micros"), Max("changed_at")).iterator():
        found[pk, level][day] = Amount(int(spend), changed_at)
    return found
