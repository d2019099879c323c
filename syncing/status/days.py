"""Which days should a stream have, and how does each of them stand? Pure: no clock, no database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Literal

ONE_DAY = timedelta(days=1)
Range = tuple[date, date]
Trial = Literal["", "failed", "being_read"]
"""How the newest try to read a day went, where that says more than what is held of it."""


@dataclass(frozen=True)
class DayState:
    """code: also of its drawing, templates/syncing/_day_shapes.html."""

    code: str
    word: str
    meaning: str


STATES = {
    state.code: state
    for state in (
        DayState("read", "Read", "It was read once."),
        DayState("refreshed", "Refreshed", "It was read again, and nothing that was stored had changed."),
        DayState("restated", "Restated", "Values of this day changed after they were first stored."),
        DayState("fewer", "Fewer rows than before", "The last answer had fewer rows than the one before."),
        DayState("failed", "Failed", "The last try to read it failed."),
        DayState("being_read", "Being read", "A sync that runs or waits is going to read it."),
        DayState("missing", "Missing", "It should have been read, and never was."),
        DayState("ahead", "Not over yet", "The account's day is not over; the next sync reads it."),
        DayState("unasked", "Not asked for", "No sync has been asked to read it."),
        DayState("unavailable", "Older than the provider keeps", "The provider answers for later days only."),
        DayState("unopened", "Before the account was opened", "There can be no numbers of it."),
    )
}


@dataclass(frozen=True)
class Bounds:
    """opened: the account's first day. kept_since: as far back as the provider keeps any. expected_from: the first day
    that should be there. None: not known, for ever, nothing yet. All days are the account's own."""

    today: date
    opened: date | None = None
    kept_since: date | None = None
    expected_from: date | None = None

    def wants(self, day: date) -> bool:
        """Whether it would be a gap if it were not read. Today is not over."""
        return self.expected_from is not None and self.expected_from <= day < self.today


@dataclass(frozen=True)
class Asked:
    """What has been asked for of a stream. start: the first day that its history may have, None without history.

    recent_days: of the first window, before the day on which the account was connected. settled_until: all days up to
    it need no other look, by the schedule.
    """

    anchor: date
    lookback_days: int
    recent_days: int
    start: date | None = None
    recent_is_done: bool = False
    history_is_done: bool = False
    settled_until: date | None = None


def expected_from(asked: Asked, first_read: date | None) -> date | None:
    """Before the history was read, only what every sync reads is expected, however far back somebody asked by hand."""
    if asked.history_is_done and asked.start:
        return asked.start
    if asked.recent_is_done:
        return _not_before(asked.start, asked.anchor - asked.recent_days * ONE_DAY)
    begun = [first_read, asked.settled_until + ONE_DAY if asked.settled_until else None]
    first = min(filter(None, begun), default=None)
    return first and _not_before(asked.start, max(first, asked.anchor - asked.lookback_days * ONE_DAY))


def _not_before(start: date | None, day: date) -> date:
    return max(start, day) if start else day


@dataclass(frozen=True)
class Read:
    """What is held of a day."""

    rows: int
    times: int
    at: datetime
    is_fewer: bool = False
    is_restated: bool = False


@dataclass(frozen=True)
class Day:
    date: date
    state: DayState
    read: Read | None = None

    @property
    def words(self) -> str:
        """Refreshed 13 times, fewer rows than before, restated."""
        if self.read is None:
            return self.state.word
        said = [self.state.word] if self.state.code in ("failed", "being_read") else []
        said.append(_times(self.read.times))
        said += ["fewer rows than before"] if self.read.is_fewer else []
        said += ["restated"] if self.read.is_restated else []
        return ", ".join(said).capitalize()


def _times(times: int) -> str:
    again = times - 1
    return "read once" if again < 1 else f"refreshed {'once' if again == 1 else f'{again:,} times'}"


def day_of(day: date, bounds: Bounds, read: Read | None, trial: Trial = "") -> Day:
    return Day(day, STATES[trial or (_held(read) if read else _not_held(day, bounds))], read)


def _held(read: Read) -> str:
    if read.is_fewer:
        return "fewer"
    if read.is_restated:
        return "restated"
    return "refreshed" if read.times > 1 else "read"


def _not_held(day: date, bounds: Bounds) -> str:
    if day >= bounds.today:
        return "ahead"
    if bounds.opened and day < bounds.opened:
        return "unopened"
    if bounds.kept_since and day < bounds.kept_since:
        return "unavailable"
    return "missing" if bounds.wants(day) else "unasked"


@dataclass(frozen=True)
class Run:
    """Days in a row that stand alike."""

    days: tuple[Day, ...]

    @property
    def state(self) -> DayState:
        return self.days[0].state

    @property
    def first(self) -> date:
        return self.days[0].date

    @property
    def last(self) -> date:
        return self.days[-1].date

    @property
    def rows(self) -> int | None:
        held = [day.read.rows for day in self.days if day.read]
        return sum(held) if held else None

    @property
    def read_at(self) -> datetime | None:
        """When the one that was looked at longest ago was."""
        return min((day.read.at for day in self.days if day.read), default=None)

    @property
    def times(self) -> str:
        """How often each was read: 1, or 3 to 14."""
        counts = {day.read.times for day in self.days if day.read}
        if not counts:
            return ""
        return f"{min(counts):,}" if len(counts) == 1 else f"{min(counts):,} to {max(counts):,}"


def runs(days: Iterable[Day]) -> list[Run]:
    return [Run(tuple(each)) for _, each in groupby(days, key=lambda day: day.state.code)]


def gaps(read: Sequence[Range], since: date, until: date) -> list[Range]:
    """The days of a range that none of `read` (in order, none touching another) holds."""
    found, begin = [], since
    for first, last in read:
        if last < begin:
            continue
        if first > until:
            break
        if first > begin:
            found.append((begin, first - ONE_DAY))
        begin = last + ONE_DAY
    return [*found, (begin, until)] if begin <= until else found


def length(ranges: Iterable[Range]) -> int:
    return sum((until - since).days + 1 for since, until in ranges)
