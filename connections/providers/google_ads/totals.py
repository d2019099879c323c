"""What an account did in all on each day: one operation for today, and one for as many days as are wanted.

What is stored of a day is compared with this, so that only days that Google has restated are read again.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from connections.providers.google_ads.reading import pages
from connections.providers.google_ads.records import NO_CONVERSIONS
from connections.providers.google_ads.streams import AccountMetrics
from connections.sources import Account, Record

if TYPE_CHECKING:
    from connections.providers.google_ads.client import AdsApi

DAY = timedelta(days=1)


class Totals(NamedTuple):
    """Of one day. No two days of an account are compared by less than all of these."""

    impressions: int = 0
    clicks: int = 0
    spend_micros: int = 0
    conversions: Decimal = NO_CONVERSIONS
    revenue_micros: int = 0

    @classmethod
    def of(cls, record: Record) -> "Totals":
        return cls(*(record[name] for name in cls._fields))

    def plus(self, other: "Totals") -> "Totals":
        return Totals(
            self.impressions + other.impressions,
            self.clicks + other.clicks,
            self.spend_micros + other.spend_micros,
            self.conversions + other.conversions,
            self.revenue_micros + other.revenue_micros,
        )

    def __str__(self) -> str:
        """A version of the day: the same as long as the numbers are."""
        return " ".join(f"{value:f}" if isinstance(value, Decimal) else str(value) for value in self)


NOTHING = Totals()


def of_today(api: "AdsApi", account: Account) -> Totals:
    """The probe of a tick."""
    today = api.now().astimezone(account.zone).date()
    return of_days(api, today, today).get(today, NOTHING)


def of_days(api: "AdsApi", since: date, until: date) -> dict[date, Totals]:
    """The map. Google sends no row for a day on which nothing happened."""
    question = AccountMetrics().question(since, until)
    found = {}
    for page in pages(api, question, AccountMetrics().describe, None):
        for record in page.records:
            found[record["date"]] = Totals.of(record)
    return found


def summed(rows: Iterable[Record]) -> dict[date, Totals]:
    """Rows of one level, by day."""
    found: dict[date, Totals] = {}
    for record in rows:
        found[record["date"]] = found.get(record["date"], NOTHING).plus(Totals.of(record))
    return found


def differing(told: Mapping[date, object], held: Mapping[date, object]) -> list[date]:
    """The days to read again. Both by day, in numbers or in versions; a day that only one of them knows differs."""
    return sorted(day for day in told.keys() | held.keys() if told.get(day) != held.get(day))


def spans(days: Iterable[date], longest: int) -> list[tuple[date, date]]:
    """First and last of days that stand together, for one operation each; at most so many days."""
    found: list[list[date]] = []
    for day in sorted(set(days)):
        if found and day - found[-1][-1] == DAY and len(found[-1]) < longest:
            found[-1].append(day)
        else:
            found.append([day])
    return [(span[0], span[-1]) for span in found]
