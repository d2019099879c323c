"""What happened on each day? For the chart, and for the table that says the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from projects.numbers.differences import Beside
from projects.numbers.held import Held
from projects.numbers.matched import Matched, pairs
from projects.numbers.metrics import Metric
from projects.numbers.question import Question, days_of
from projects.numbers.sums import Sums, added

OtherDay = date | None


@dataclass(frozen=True)
class Day:
    """sums: None where nobody has read this day; zeros where it was read and nothing happened.

    beside: what it is compared by, and then: with which day; None where it is not compared.
    """

    date: date
    sums: Sums | None
    beside: Beside | None = None
    then: OtherDay = None

    @property
    def before(self) -> Sums | None:
        """To be drawn beside the sums: None where these count accounts that are not compared on this day."""
        return self.beside.before if self.beside and self.beside.now == self.sums else None


def daily(question: Question, currency: str, held: Iterable[Held], matched: Matched | None = None) -> list[Day]:
    """Of one currency, oldest first, no day left out."""
    found = _by_date(question, currency, question.days())
    compared = _compared(question, currency, matched) if matched else {}
    read = frozenset[date]().union(*(each.read for each in held))
    asked = sorted({day for span in set(question.spans.values()) for day in span.days()})
    nothing = None, None
    return [Day(day, found.get(day, Sums() if day in read else None), *compared.get(day, nothing)) for day in asked]


def _by_date(question: Question, currency: str, days: Q) -> dict[date, Sums]:
    rows = question.metrics().filter(days & question.of_currency(currency)).values("date").order_by("date")
    return {row["date"]: Sums.of(row) for row in rows.annotate(**added())}


def _compared(question: Question, currency: str, matched: Matched) -> dict[date, tuple[Beside, date]]:
    """A query for each distance: years are of two lengths, and months begin sooner in some time zones."""
    recent = _by_date(question, currency, matched.recent())
    thens = pairs(matched.by_piece)
    compared = {day: Beside(recent.get(day, Sums())) for day in thens}
    for distance, by_span in matched.by_distance().items():
        for then, before in _by_date(question, currency, days_of(by_span)).items():
            compared[then + distance] += Beside(before=before)
    return {day: (beside, thens[day]) for day, beside in compared.items()}


def chart(days: Iterable[Day], currency: str, bars: Metric, line: Metric) -> dict[str, Any]:
    """What static/js/chart.js draws. For the eye: floats will do."""
    days = list(days)
    now, then = [day.sums for day in days], [day.before for day in days]
    drawn: dict[str, Any] = {
        "dates": [day.date.isoformat() for day in days],
        "series": [_series(metric, currency, now) for metric in (bars, line)],
    }
    if any(each is not None for each in then):
        drawn["before"] = {
            "dates": [day.then.isoformat() if day.then else None for day in days],
            "series": [_series(metric, currency, then) for metric in (bars, line)],
        }
    return drawn


def _series(metric: Metric, currency: str, days: Iterable[Sums | None]) -> dict[str, Any]:
    return {
        "label": metric.full_word,
        "unit": currency if metric.kind == "money" else "%" if metric.kind == "percent" else "",
        "values": [_number(metric, sums) for sums in days],
    }


def _number(metric: Metric, sums: Sums | None) -> float | None:
    value = None if sums is None else metric.of(sums)
    if value is None:
        return None
    return float(value) / 1e6 if metric.kind == "money" else float(value)
