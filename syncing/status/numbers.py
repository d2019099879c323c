"""What did the account do? Its daily totals, in the days of its own time zone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from connections.models import Connection
from projects.models import DailyMetric

STAT_DAYS = 28
A_WEEK = timedelta(days=7)
"""How far before a period we look for a day with activity, to tell that the period's beginning is held."""


@dataclass(frozen=True)
class Day:
    date: date
    spend_micros: int = 0
    impressions: int = 0
    clicks: int = 0
    conversions: Decimal = Decimal(0)
    revenue_micros: int = 0


@dataclass(frozen=True)
class Totals:
    spend_micros: int
    impressions: int
    clicks: int
    conversions: Decimal
    revenue_micros: int

    @property
    def roas(self) -> Decimal | None:
        """Revenue for each unit of money spent; none where nothing was spent."""
        return Decimal(self.revenue_micros) / self.spend_micros if self.spend_micros else None


@dataclass(frozen=True)
class Numbers:
    """The days asked for, oldest first, and the totals of the last 28 and of the 28 before them, if all are held."""

    days: tuple[Day, ...]
    since: date
    until: date
    recent: Totals
    before: Totals | None


def account_numbers(connection: Connection, now: datetime, *, days: int) -> Numbers:
    today = now.astimezone(connection.zone).date()
    middle = today - timedelta(days=STAT_DAYS)
    first = middle - timedelta(days=STAT_DAYS - 1)
    held = _held(connection, min(today - timedelta(days=days), first - A_WEEK), today)
    is_whole = bool(held) and held[0].date <= first
    return Numbers(
        days=tuple(day for day in held if day.date > today - timedelta(days=days)),
        since=middle + timedelta(days=1),
        until=today,
        recent=totals(day for day in held if day.date > middle),
        before=totals(day for day in held if first <= day.date <= middle) if is_whole else None,
    )


def _held(connection: Connection, since: date, until: date) -> list[Day]:
    rows = DailyMetric.objects.filter(
        connection=connection, level=DailyMetric.Level.ACCOUNT, date__gte=since, date__lte=until
    )
    fields = ("date", "spend_micros", "impressions", "clicks", "conversions", "revenue_micros")
    return [Day(*row) for row in rows.order_by("date").values_list(*fields)]


def totals(days: Iterable[Day]) -> Totals:
    days = list(days)
    return Totals(
        spend_micros=sum(day.spend_micros for day in days),
        impressions=sum(day.impressions for day in days),
        clicks=sum(day.clicks for day in days),
        conversions=sum((day.conversions for day in days), Decimal(0)),
        revenue_micros=sum(day.revenue_micros for day in days),
    )
