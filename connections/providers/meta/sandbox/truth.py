"""What a perfect sync would hold at this moment: exact rows and totals, without asking the API."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from connections.providers.meta.sandbox.accounts import AdAccount
from connections.providers.meta.sandbox.request import World
from connections.providers.meta.sandbox.structure import digest
from connections.providers.meta.sandbox.tables import Level, Row, Scope, dates, rows

MICROS = 1_000_000


@dataclass(frozen=True)
class TruthRow:
    """id: of the campaign, ad set or ad; the account's number at account level."""

    id: str
    date: str
    impressions: int
    reach: int
    clicks: int
    spend_micros: int
    conversions: int
    revenue_micros: int


@dataclass(frozen=True)
class Truth:
    rows: int = 0
    impressions: int = 0
    clicks: int = 0
    spend_micros: int = 0
    conversions: int = 0
    revenue_micros: int = 0


def truth_rows(
    world: World, account: AdAccount, level: Level, since: date | None, until: date | None, now: datetime
) -> Iterator[TruthRow]:
    """Every row of the level, from the account's first day to its today unless told otherwise."""
    first, last = max(since or account.start_date, account.start_date), until or account.today(now)
    days = [(day, day) for day in dates(first, last)]
    for row in rows(account, Scope(level), days, now, world.days):
        yield _true(row)


def truth(found: Iterator[TruthRow]) -> Truth:
    every = list(found)
    return Truth(
        rows=len(every),
        impressions=sum(row.impressions for row in every),
        clicks=sum(row.clicks for row in every),
        spend_micros=sum(row.spend_micros for row in every),
        conversions=sum(row.conversions for row in every),
        revenue_micros=sum(row.revenue_micros for row in every),
    )


def restate(
    world: World, account: AdAccount, count: int, since: date | None, until: date | None, now: datetime
) -> list[tuple[str, date]]:
    """Add one click to exactly `count` ad-day rows, always the same ones, and say which. Nothing else changes."""
    last = until or account.today(now)
    first = since or max(account.start_date, date.fromordinal(last.toordinal() - 27))
    found = rows(account, Scope("ad"), [(day, day) for day in dates(first, last)], now, world.days)
    ranked = sorted(((row.node, row.start) for row in found if row.node), key=lambda one: digest(one[0].id, one[1]))
    if len(ranked) < count:
        raise ValueError(f"Only {len(ranked)} rows are there to restate, not {count}.")
    for node, day in ranked[:count]:
        account.bump(node.index, day)
    account.changed()
    return [(node.id, day) for node, day in ranked[:count]]


def describe(found: Iterator[TruthRow], *, with_rows: bool) -> dict[str, Any]:
    every = list(found)
    listed = {"every_row": [asdict(row) for row in every]} if with_rows else {}
    return {**asdict(truth(iter(every))), **listed}


def _true(row: Row) -> TruthRow:
    unit = MICROS // 10**row.account.decimals
    found = row.numbers
    return TruthRow(
        id=row.node.id if row.node else row.account.account_id,
        date=row.start.isoformat(),
        impressions=found.impressions,
        reach=found.reach,
        clicks=found.clicks,
        spend_micros=found.spend * unit,
        conversions=found.purchases,
        revenue_micros=found.revenue * unit,
    )
