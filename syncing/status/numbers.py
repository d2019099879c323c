"""What did the account do? Its last 28 days, and more of them day by day, in the days of its own time zone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import dropwhile

from connections.models import Connection
from projects.models import DailyMetric
from projects.numbers.daily import Day, daily
from projects.numbers.held import Held, held
from projects.numbers.levels import LEVELS
from projects.numbers.matched import whole
from projects.numbers.periods import DAY, Span
from projects.numbers.question import Question
from projects.numbers.totals import Total, currencies, totals

STAT_DAYS = 28


@dataclass(frozen=True)
class Numbers:
    """days: of `currency`, oldest first, from the first that is held. others: currencies that these days have too."""

    span: Span
    totals: Sequence[Total]
    is_read: bool
    days: Sequence[Day]
    currency: str
    others: Sequence[str]

    @property
    def is_compared(self) -> bool:
        return any(total.before is not None for total in self.totals)


def account_numbers(connection: Connection, now: datetime, *, days: int) -> Numbers:
    """days: 28 at least; the totals are of the last 28, and the ledger reaches back as far again as what is asked."""
    recent, shown = _last(connection, now, STAT_DAYS), _last(connection, now, days)
    read = held(shown)[connection.pk]
    ledger = replace(read, span=recent.spans[connection.pk])
    found = currencies(shown)
    currency = connection.currency if connection.currency in found else min(found, default=connection.currency)
    return Numbers(
        span=ledger.span,
        totals=_totals(recent, ledger),
        is_read=ledger.missing_count < STAT_DAYS,
        days=_from_the_first(daily(shown, currency, [read])) if found else (),
        currency=currency,
        others=sorted(found - {currency}),
    )


def _totals(question: Question, ledger: Held) -> Sequence[Total]:
    found = totals(question, whole(question) if ledger.is_before_whole else None).by_currency
    return [total for total in found if total.accounts]


def _last(connection: Connection, now: datetime, days: int) -> Question:
    today = now.astimezone(connection.zone).date()
    level = LEVELS[DailyMetric.Level.ACCOUNT]
    return Question({connection.pk: connection}, level, {connection.pk: Span(today - (days - 1) * DAY, today)})


def _from_the_first(days: Sequence[Day]) -> Sequence[Day]:
    return tuple(dropwhile(lambda day: day.sums is None, days))
