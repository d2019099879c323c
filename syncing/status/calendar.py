"""How do the days of a stream stand on a grid, a strip for each year and a column for each week? Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from syncing.status.days import STATES, Day, DayState

STEP = 14
"""From one square to the next."""


@dataclass(frozen=True)
class Square:
    day: Day
    x: int
    y: int


@dataclass(frozen=True)
class Month:
    first: date
    squares: tuple[Square, ...]

    @property
    def summary(self) -> str:
        """31 days: 29 read, 2 missing."""
        counts = Counter(square.day.state.code for square in self.squares)
        return ", ".join(f"{counts[code]} {state.word.lower()}" for code, state in STATES.items() if counts[code])


@dataclass(frozen=True)
class Year:
    number: int
    months: tuple[Month, ...]


@dataclass(frozen=True)
class Calendar:
    years: tuple[Year, ...]

    @property
    def states(self) -> list[DayState]:
        """Those that its squares show, each once."""
        shown = {square.day.state.code for year in self.years for month in year.months for square in month.squares}
        return [state for code, state in STATES.items() if code in shown]


def calendar(days: Sequence[Day]) -> Calendar:
    """days: in a row, oldest first. The newest year comes first."""
    numbers = sorted({day.date.year for day in days}, reverse=True)
    return Calendar(tuple(_year(number, [day for day in days if day.date.year == number]) for number in numbers))


def _year(number: int, days: Sequence[Day]) -> Year:
    months = sorted({day.date.month for day in days})
    return Year(number, tuple(_month([day for day in days if day.date.month == month]) for month in months))


def _month(days: Sequence[Day]) -> Month:
    first = days[0].date.replace(day=1)
    return Month(first, tuple(_square(day, first) for day in days))


def _square(day: Day, first: date) -> Square:
    """A week begins on Monday, at the top."""
    monday = first - timedelta(days=first.weekday())
    week, weekday = divmod((day.date - monday).days, 7)
    return Square(day, week * STEP, weekday * STEP)
