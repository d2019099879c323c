"""What did everything that was asked for add up to, in each currency, and beside other days?"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max, Q, Value

from projects.numbers.differences import NOTHING, Beside
from projects.numbers.matched import Matched
from projects.numbers.question import Question
from projects.numbers.sums import Sums, added


@dataclass
class Total:
    """beside: of the days that can be compared; None where none can. accounts: those that ran on the days asked for."""

    currency: str
    recent: Sums = NOTHING
    beside: Beside | None = None
    accounts: set[UUID] = field(default_factory=set)

    @property
    def before(self) -> Sums | None:
        return self.beside.before if self.beside else None


@dataclass(frozen=True)
class Totals:
    """by_currency: most seen first. changed_at: when a number of the days asked for last differed, by account."""

    by_currency: list[Total]
    changed_at: Mapping[UUID, datetime]


def totals(question: Question, matched: Matched | None = None) -> Totals:
    sides = {"all": question.days()}
    if matched and matched.by_piece:
        sides |= {"now": matched.recent(), "before": matched.before()}
    found: dict[str, Total] = {}
    changed_at: dict[UUID, datetime] = {}
    for row in _sums(question, sides):
        pk, sums, moment = row["connection"], Sums.of(row), row["newest_change_at"]
        currency = row["currency"] or question.connections[pk].currency
        total = found.setdefault(currency, Total(currency))
        if row["side"] == "all":
            total.recent += sums
            total.accounts.add(pk)
            changed_at[pk] = max(changed_at.get(pk, moment), moment)
        else:
            total.beside = (total.beside or Beside()) + Beside(**{row["side"]: sums})
    return Totals(_in_order(found.values(), matched.pks if matched else frozenset()), changed_at)


def _in_order(found: Collection[Total], compared: Collection[UUID]) -> list[Total]:
    """What ran only on days that are not compared stands beside nothing at all, which is not the same as unknown."""
    for total in found:
        if total.beside is None and not total.accounts.isdisjoint(compared):
            total.beside = Beside()
    return sorted(found, key=lambda total: -total.recent.impressions)


def _sums(question: Question, sides: Mapping[str, Q]) -> Iterable[Mapping[str, Any]]:
    """One query: the days of each side stand in its own WHERE, which is faster than conditions in every sum."""
    first, *others = (
        question.metrics()
        .filter(days)
        .order_by()
        .values("connection", "currency")
        .annotate(side=Value(side), **added(), newest_change_at=Max("changed_at"))
        for side, days in sides.items()
    )
    return first.union(*others, all=True) if others else first


def currencies(question: Question) -> set[str]:
    found = question.metrics().filter(question.days()).values_list("connection", "currency").distinct()
    return {currency or question.connections[pk].currency for pk, currency in found}
