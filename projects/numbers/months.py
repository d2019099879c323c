"""What happened in each month, beside the same month a year before?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from projects.numbers.daily import Day
from projects.numbers.differences import Beside
from projects.numbers.sums import Sums

FEWEST = 3
"""A range that touches fewer months is told by its totals."""


@dataclass(frozen=True)
class Month:
    """first: its first day asked for; length: how many are. sums: None where no day has been read.

    compared: how many days have one beside them.
    """

    first: date
    sums: Sums | None
    beside: Beside | None
    length: int
    compared: int


def monthly(days: Sequence[Day]) -> list[Month]:
    """Oldest first. None of a range that is too short to be told by months."""
    found = [_month(list(its)) for _, its in groupby(days, lambda day: (day.date.year, day.date.month))]
    return found if len(found) >= FEWEST else []


def _month(days: Sequence[Day]) -> Month:
    read = [day.sums for day in days if day.sums is not None]
    besides = [day.beside for day in days if day.beside is not None]
    return Month(
        first=days[0].date,
        sums=sum(read, Sums()) if read else None,
        beside=sum(besides, Beside()) if besides else None,
        length=len(days),
        compared=len(besides),
    )
