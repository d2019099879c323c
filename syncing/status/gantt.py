"""Where does each chunk stand on the time line of its job? Pure: no clock, no database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncing.status.jobs import ChunkRow
from syncing.status.states import State

LANE = 16
TIME_STEPS = tuple(
    timedelta(seconds=seconds) for seconds in (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 10800, 43200, 86400)
)


@dataclass(frozen=True)
class Bar:
    """left and width in hundredths of the time line; lane: 0 is the highest."""

    row: ChunkRow
    lane: int
    left: float
    width: float

    @property
    def y(self) -> int:
        return self.lane * LANE + 2


@dataclass(frozen=True)
class Group:
    """The chunks of one stream, those at the same time in lanes below each other."""

    label: str
    bars: tuple[Bar, ...]

    @property
    def height(self) -> int:
        return LANE * (1 + max(bar.lane for bar in self.bars))


@dataclass(frozen=True)
class Mark:
    left: float
    after: timedelta


@dataclass(frozen=True)
class Gantt:
    groups: tuple[Group, ...]
    marks: tuple[Mark, ...]

    @property
    def states(self) -> list[State]:
        """Those that its bars show, each once."""
        return list(dict.fromkeys(bar.row.state for group in self.groups for bar in group.bars))


def gantt(rows: Iterable[ChunkRow], now: datetime) -> Gantt | None:
    """None while no chunk has started."""
    started = [row for row in rows if row.chunk.started_at]
    if not started:
        return None
    begin = min(_span(row, now)[0] for row in started)
    length = max(max(_span(row, now)[1] for row in started) - begin, timedelta(seconds=1))
    streams = dict.fromkeys(row.label for row in started)
    groups = tuple(_group(name, [row for row in started if row.label == name], begin, length, now) for name in streams)
    return Gantt(groups, _marks(length))


def _span(row: ChunkRow, now: datetime) -> tuple[datetime, datetime]:
    """From its last claim to its end; what earlier claims took is in its duration, not here."""
    begin = row.chunk.started_at or now
    pause = begin + timedelta(seconds=row.chunk.actual_duration_seconds) if row.is_waiting else now
    return begin, max(begin, row.chunk.finished_at or pause)


def _group(label: str, rows: Sequence[ChunkRow], begin: datetime, length: timedelta, now: datetime) -> Group:
    free_at: list[datetime] = []
    bars = []
    for row in sorted(rows, key=lambda row: _span(row, now)):
        start, end = _span(row, now)
        lane = next((number for number, free in enumerate(free_at) if free <= start), len(free_at))
        free_at[lane : lane + 1] = [end]
        width = max(100 * (end - start) / length, 0.4)
        bars.append(Bar(row, lane, round(min(100 * (start - begin) / length, 99.6), 2), round(width, 2)))
    return Group(label, tuple(bars))


def _marks(length: timedelta) -> tuple[Mark, ...]:
    """Round moments, at most five of them."""
    step = next((step for step in TIME_STEPS if length / step <= 5), length / 5)
    return tuple(
        Mark(round(100 * number * step / length, 2), number * step) for number in range(int(length / step) + 1)
    )
