"""Restated days: the map names exactly those, and only those are read again. Totals agree to the micro."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connections.errors import RateLimited
from connections.providers.google_ads import totals
from connections.providers.google_ads.client import AdsApi
from connections.providers.google_ads.restated import AccountDays, RestatedAdGroups, RestatedAds, RestatedCampaigns
from connections.providers.google_ads.sandbox.world import MANAGER, SHOP
from connections.providers.google_ads.totals import NOTHING, Totals, spans, summed
from connections.sources import Account, Page, Record, Slice, Stream
from tests.connections.providers.google_ads.reading import TODAY, Reader

YESTERDAY = TODAY - timedelta(days=1)
FIRST = TODAY - timedelta(days=90)
LEVELS: tuple[Stream, ...] = (RestatedCampaigns(), RestatedAdGroups(), RestatedAds())
THREE = (date(2025, 12, 24), date(2026, 2, 3), date(2026, 3, 9))


@dataclass
class Ledger:
    """Remembers as tables do: rows by key, the versions of days, and which of them was read of which stream."""

    reader: Reader
    rows: dict[tuple[Any, ...], Record] = field(default_factory=dict)
    listed: dict[str, str] = field(default_factory=dict)
    read: dict[tuple[str, str], str] = field(default_factory=dict)
    changed: list[tuple[str, date]] = field(default_factory=list)

    @property
    def api(self) -> AdsApi:
        context = replace(
            self.reader.context(), account=Account(SHOP, timezone="America/New_York"), held=lambda *_: self.listed
        )
        return AdsApi(context, customer=SHOP, manager=MANAGER)

    def daily_pass(self) -> None:
        """The map, then what has changed by it."""
        for page in AccountDays().read(self.api, Slice(), None):
            self.listed |= {record["external_id"]: record["version"] for record in page.records}
        for stream in LEVELS:
            outdated = [day for day, version in self.listed.items() if self.read.get((stream.name, day)) != version]
            for page in stream.read(self.api, Slice(ids=tuple(outdated)), None):
                self.store(stream.name, page)

    def store(self, stream: str, page: Page) -> None:
        for record in page.records:
            key = (record["level"], record["external_id"], record["date"])
            if self.rows.get(key) != record:
                self.changed.append((stream, record["date"]))
            self.rows[key] = record
        self.read |= {(stream, day): end.version for day, end in page.ended.items()}

    def of_level(self, level: str) -> list[Record]:
        return [record for record in self.rows.values() if record["level"] == level]


@pytest.fixture
def ledger(reader: Reader) -> Ledger:
    found = Ledger(reader)
    found.daily_pass()
    found.changed.clear()
    return found


def operations(reader: Reader, since: int) -> list[tuple[str, str]]:
    """The resource and the days of each question."""
    asked = [question["query"] for question in reader.questions()[since:]]
    return [(query.split(" FROM ")[1].split()[0], query.split("BETWEEN ")[1].split(" ORDER")[0]) for query in asked]


@pytest.mark.once
def test_three_restated_days_of_90_are_exactly_what_is_read_again(reader: Reader, ledger: Ledger) -> None:
    before = len(reader.questions())
    assert before == 1 + len(LEVELS), "at first the whole quarter, in one operation for each level"
    reader.google.customers[SHOP].restate(*THREE)
    ledger.daily_pass()
    assert operations(reader, before) == [
        ("customer", "'2025-12-12' AND '2026-03-11'"),
        *((resource, f"'{day}' AND '{day}'") for resource in ("campaign", "ad_group", "ad_group_ad") for day in THREE),
    ]
    assert {day for _, day in ledger.changed} == set(THREE)
    assert {stream for stream, _ in ledger.changed} == {stream.name for stream in LEVELS}


@pytest.mark.once
def test_where_nothing_was_restated_the_map_is_all_that_is_asked(reader: Reader, ledger: Ledger) -> None:
    before = len(reader.questions())
    ledger.daily_pass()
    assert [resource for resource, _ in operations(reader, before)] == ["customer"]
    assert ledger.changed == []


@pytest.mark.once
def test_days_that_stand_together_are_one_operation(reader: Reader, ledger: Ledger) -> None:
    before = len(reader.questions())
    reader.google.customers[SHOP].restate(date(2026, 3, 7), date(2026, 3, 8), date(2026, 3, 9))
    ledger.daily_pass()
    assert operations(reader, before)[1:] == [
        (resource, "'2026-03-07' AND '2026-03-09'") for resource in ("campaign", "ad_group", "ad_group_ad")
    ]


@pytest.mark.once
def test_what_is_stored_of_campaigns_equals_the_account_to_the_micro(reader: Reader, ledger: Ledger) -> None:
    told = totals.of_days(ledger.api, FIRST, YESTERDAY)
    assert totals.differing(told, summed(ledger.of_level("campaign"))) == []
    reader.google.customers[SHOP].restate(*THREE)
    told = totals.of_days(ledger.api, FIRST, YESTERDAY)
    assert totals.differing(told, summed(ledger.of_level("campaign"))) == list(THREE)
    hole = next(key for key in ledger.rows if key[0] == "campaign" and key[2] == date(2026, 1, 5))
    del ledger.rows[hole]
    assert totals.differing(told, summed(ledger.of_level("campaign"))) == sorted([*THREE, date(2026, 1, 5)])


@pytest.mark.once
def test_a_tick_asks_for_today_in_one_operation(reader: Reader, ledger: Ledger) -> None:
    account, before = Account(SHOP, timezone="America/New_York"), len(reader.questions())
    first = totals.of_today(ledger.api, account)
    assert operations(reader, before) == [("customer", f"'{TODAY}' AND '{TODAY}'")]
    assert totals.of_today(ledger.api, account) == first
    reader.server.clock.advance(hours=1)
    later = totals.of_today(ledger.api, account)
    assert later.spend_micros > first.spend_micros
    assert later == summed(reader.records("campaign_metrics", Slice(since=TODAY, until=TODAY)))[TODAY]


@pytest.mark.once
def test_a_walk_goes_on_after_any_of_its_pages(reader: Reader, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connections.providers.google_ads.reading.ROWS_A_PAGE", 5)
    piece = Slice(ids=tuple(map(str, THREE)))
    whole = list(RestatedAds().read(ledger.api, piece, None))
    assert len(whole) > len(THREE)
    assert [page.is_first for page in whole] == [True] + [False] * (len(whole) - 1)
    assert [day for page in whole for day in page.ended] == list(piece.ids)
    for stop in range(1, len(whole)):
        rest = list(RestatedAds().read(ledger.api, piece, whole[stop - 1].checkpoint))
        assert [page.records for page in rest] == [page.records for page in whole[stop:]]
        assert [page.ended for page in rest] == [page.ended for page in whole[stop:]]
        assert not rest[0].is_first


@pytest.mark.once
def test_a_day_that_was_not_reached_stays_outdated(reader: Reader, ledger: Ledger) -> None:
    reader.google.customers[SHOP].restate(*THREE)
    reader.google.quota.per_day = reader.google.quota.made + 3
    with pytest.raises(RateLimited):
        ledger.daily_pass()
    assert {day for _, day in ledger.changed} == set(THREE[:2])
    reader.google.quota.per_day, before = None, len(reader.questions())
    ledger.daily_pass()
    assert [days[1:11] for resource, days in operations(reader, before) if resource == "campaign"] == [str(THREE[2])]
    told = totals.of_days(ledger.api, FIRST, YESTERDAY)
    assert totals.differing(told, summed(ledger.of_level("campaign"))) == []


def day(number: int) -> date:
    return date(2026, 1, 1) + timedelta(days=number)


@pytest.mark.parametrize(
    ("days", "longest", "found"),
    [
        ((), 9, []),
        ((3,), 9, [(3, 3)]),
        ((5, 3, 4, 4), 9, [(3, 5)]),
        ((1, 3, 4, 9), 9, [(1, 1), (3, 4), (9, 9)]),
        (range(7), 3, [(0, 2), (3, 5), (6, 6)]),
    ],
)
def test_days_that_stand_together(days: Collection[int], longest: int, found: list[tuple[int, int]]) -> None:
    assert spans(map(day, days), longest) == [(day(first), day(last)) for first, last in found]


ONE = Totals(10, 2, 3_000_000, Decimal("1.250000"), 0)


@pytest.mark.parametrize(
    ("told", "held", "found"),
    [
        ({1: ONE}, {1: ONE}, []),
        ({1: ONE}, {}, [1]),
        ({}, {1: ONE}, [1]),
        ({1: ONE, 2: ONE, 3: ONE}, {1: ONE, 2: ONE._replace(spend_micros=3_000_001), 3: ONE}, [2]),
        ({1: ONE}, {1: ONE._replace(conversions=Decimal("1.250001"))}, [1]),
        ({1: ONE}, {1: ONE._replace(conversions=Decimal("1.25"))}, []),
    ],
    ids=["the same", "new", "gone", "a micro", "a conversion", "the same amount"],
)
def test_a_day_differs_by_any_of_its_numbers(
    told: Mapping[int, Totals], held: Mapping[int, Totals], found: list[int]
) -> None:
    def dated(totals: Mapping[int, Totals]) -> dict[date, Totals]:
        return {day(number): value for number, value in totals.items()}

    assert totals.differing(dated(told), dated(held)) == [day(number) for number in found]


def test_a_version_is_the_same_as_long_as_the_numbers_are() -> None:
    assert str(ONE) == "10 2 3000000 1.250000 0"
    assert str(NOTHING) != str(ONE)
