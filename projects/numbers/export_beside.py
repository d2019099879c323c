"""The columns that say in a file what each number is compared by."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from projects.models import DailyMetric
from projects.numbers.differences import Beside, difference
from projects.numbers.exact import exact, number
from projects.numbers.matched import Matched
from projects.numbers.metrics import METRICS
from projects.numbers.question import Question
from projects.numbers.rows import besides
from projects.numbers.sums import SUMMED, Sums

Key = tuple[UUID, str, str, date]
"""A connection, an external id, a currency and a day."""


def beside_head(by_day: bool) -> list[str]:
    """compared: what the compared days of this period add up to. On a single day that is the number itself."""
    ends = ["before", "difference", "percent"] if by_day else ["compared", "before", "difference", "percent"]
    days = ["compared_date"] if by_day else ["compared_since", "compared_until", "compared_days"]
    return days + [f"{code}_{end}" for code in METRICS for end in ends]


def beside_lines(
    question: Question, matched: Matched, rows: Sequence[dict[str, Any]], by_day: bool
) -> Iterator[list[str]]:
    if by_day:
        yield from _by_day(question, matched, rows)
        return
    for row, beside in zip(rows, besides(question, matched, rows), strict=True):
        account = matched.accounts[row["connection"]]
        yield [str(account.beside.since), str(account.beside.until), str(account.count), *_numbers(beside, False)]


def _by_day(question: Question, matched: Matched, rows: Sequence[dict[str, Any]]) -> Iterator[list[str]]:
    partner = _partners(matched)
    thens = [partner(row["connection"], row["date"]) for row in rows]
    before = _sums_of(question, {_key(row, then) for row, then in zip(rows, thens, strict=True) if then})
    for row, then in zip(rows, thens, strict=True):
        beside = Beside(Sums.of(row, ""), before.get(_key(row, then), Sums())) if then else None
        yield [str(then or ""), *_numbers(beside, True)]


def _partners(matched: Matched) -> Callable[[UUID, date], date | None]:
    of_account = cache(matched.partners)
    return lambda pk, day: of_account(pk).get(day)


def _key(row: dict[str, Any], day: date) -> Key:
    return row["connection"], row["external_id"], row["currency"], day


def _sums_of(question: Question, wanted: set[Key]) -> dict[Key, Sums]:
    query = DailyMetric.objects.filter(
        level=question.level.code,
        connection__in={key[0] for key in wanted},
        external_id__in={key[1] for key in wanted},
        date__in={key[3] for key in wanted},
    ).values("connection", "external_id", "currency", "date", *SUMMED)
    found = ((_key(row, row["date"]), row) for row in query.iterator())
    return {key: Sums.of(row, "") for key, row in found if key in wanted}


def _numbers(beside: Beside | None, by_day: bool) -> list[str]:
    return [each for code in METRICS for each in _number(code, beside, by_day)]


def _number(code: str, beside: Beside | None, by_day: bool) -> list[str]:
    """Nothing to compare with is new, not an infinite growth."""
    kind = METRICS[code].kind
    found = difference(METRICS[code], beside) if beside else None
    if found is None:
        return [""] * (3 if by_day else 4)
    percent = "new" if found.word == "new" else exact(found.percent)
    said = [number(kind, found.now), number(kind, found.before), number(kind, found.by), percent]
    return said[1:] if by_day else said
