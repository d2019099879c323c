"""Rows become records: what each stream reads over the wire, and that the levels agree as Google's do."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from connections.errors import Misconfigured
from connections.providers.google_ads.reading import AFTER
from connections.providers.google_ads.sandbox.messages import UNKNOWN_FIELD
from connections.providers.google_ads.sandbox.world import EVERYTHING, SHOP, Customer
from connections.sources import Page, Record, Slice
from projects.tables import TABLES
from tests.connections.providers.google_ads.reading import TODAY, WEEK, Reader

pytestmark = pytest.mark.once
NUMBERS = ("impressions", "clicks", "spend_micros", "conversions", "revenue_micros")
WITHOUT_A_TABLE = {"asset_groups"}


def by_day(records: Iterable[Record]) -> dict[date, list[Decimal]]:
    found: defaultdict[date, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * len(NUMBERS))
    for record in records:
        found[record["date"]] = [
            so_far + record[name] for so_far, name in zip(found[record["date"]], NUMBERS, strict=True)
        ]
    return found


def test_every_stream_has_the_fields_of_its_table_and_costs_one_operation(reader: Reader) -> None:
    source = reader.source()
    for stream in source.streams:
        records = reader.records(stream.name)
        assert records, stream.name
        keys = {tuple(record[each] for each in stream.primary_key) for record in records}
        assert len(keys) == len(records), f"{stream.name}: a key comes twice"
        if stream.name not in WITHOUT_A_TABLE:
            table = TABLES[stream.table]
            assert set(records[0]) == {*table.key, *table.tracked}
    assert len(reader.questions()) == len(source.streams) == reader.google.quota.made


def test_a_campaign_says_what_was_set_up(reader: Reader) -> None:
    *_, last = reader.records("campaigns")
    assert last["objective"] == EVERYTHING
    assert (last["configured_status"], last["effective_status"]) == ("ENABLED", "ELIGIBLE")
    assert last["daily_budget_micros"] > 0
    assert last["lifetime_budget_micros"] is None
    assert last["start_at"] == datetime(2023, 1, 1, 5, tzinfo=UTC), "midnight in New York"
    assert last["stop_at"] is None, "2037 means never"


def test_removed_campaigns_are_listed_too(reader: Reader) -> None:
    assert "REMOVED" in {record["configured_status"] for record in reader.records("campaigns")}


def test_ads_of_one_number_in_two_ad_groups_are_two_ads(reader: Reader) -> None:
    ads = reader.records("ads")
    assert len({record["external_id"].partition("~")[2] for record in ads}) < len(ads)
    assert len({record["external_id"] for record in ads}) == len(ads)
    assert {record["ad_set_id"] for record in ads} == {record["external_id"] for record in reader.records("ad_groups")}


def test_campaigns_add_up_to_the_account_and_ads_to_all_but_what_has_no_ads(reader: Reader) -> None:
    campaigns = reader.records("campaign_metrics")
    everywhere = {each["external_id"] for each in reader.records("campaigns") if each["objective"] == EVERYTHING}
    assert by_day(campaigns) == by_day(reader.records("account_metrics"))
    with_ads = by_day(each for each in campaigns if each["campaign_id"] not in everywhere)
    assert by_day(reader.records("adset_metrics")) == with_ads == by_day(reader.records("ad_metrics"))
    assert by_day(campaigns) != with_ads


def test_a_restated_day_differs_and_no_other_does(reader: Reader) -> None:
    before = reader.records("campaign_metrics")
    day = date(2026, 3, 9)
    reader.google.customers[SHOP].restate(day)
    after = reader.records("campaign_metrics")
    assert {one["date"] for one, other in zip(before, after, strict=True) if one != other} == {day}


def test_pages_hold_at_most_2000_rows_and_any_of_them_can_be_gone_on_from(reader: Reader) -> None:
    reader.google.customers[SHOP].change(campaigns=6, groups=10, ads=14)
    reader.google.rows_a_message = 900
    pages = reader.pages("ad_metrics")
    assert [len(page.records) for page in pages[:-1]] == [2000] * (len(pages) - 1)
    assert len(pages) >= 3
    assert [page.is_first for page in pages] == [True] + [False] * (len(pages) - 1)
    assert pages[-1].checkpoint is None
    rest = reader.pages("ad_metrics", WEEK, pages[0].checkpoint)
    assert [page.records for page in rest] == [page.records for page in pages[1:]]
    assert not rest[0].is_first
    assert f"BETWEEN '{(pages[0].checkpoint or {})[AFTER][0]}'" in reader.questions()[-1]["query"]


def test_a_list_goes_on_after_its_last_row(reader: Reader) -> None:
    ads = reader.records("ads")
    place = [int(part) for part in ads[4]["external_id"].split("~")]
    (page,) = reader.pages("ads", Slice(), {AFTER: place})
    assert page.records == ads[5:]


def test_a_day_without_anything_is_an_empty_page(reader: Reader) -> None:
    tomorrow = Slice(since=date(2026, 3, 13), until=date(2026, 3, 13))
    (page,) = reader.pages("campaign_metrics", tomorrow)
    assert (page.records, page.checkpoint, page.is_first) == ([], None, True)
    assert {each["date"] for each in reader.records("account_metrics")} >= {TODAY}


def test_a_field_of_a_newer_version_stops_nothing(reader: Reader) -> None:
    before = reader.records("campaigns")
    reader.google.faults.add({"kind": "extra_field"})
    (batch,) = reader.source().api.search("SELECT campaign.id FROM campaign")
    assert all(row.SerializeToString().endswith(UNKNOWN_FIELD) for row in batch.rows)
    assert reader.records("campaigns") == before


# The account's days, also those on which nothing was


def spent(pages: Iterable[Page]) -> dict[date, int]:
    return {record["date"]: record["spend_micros"] for page in pages for record in page.records}


@pytest.fixture
def shop(reader: Reader) -> Customer:
    """Opened amid the week, so it has days without anything."""
    found: Customer = reader.google.customers[SHOP]
    found.opened = date(2026, 3, 9)
    return found


def test_days_without_anything_are_told_with_nothing(reader: Reader, shop: Customer) -> None:
    (page,) = reader.pages("account_metrics")
    told = spent([page])
    assert sorted(told) == days(WEEK)
    assert {day for day, micros in told.items() if not micros} == set(days(WEEK)[:3])
    assert {tuple(record) for record in page.records} == {tuple(page.records[0])}


def test_a_day_that_loses_all_it_had_is_told(reader: Reader, shop: Customer) -> None:
    assert spent(reader.pages("account_metrics"))[date(2026, 3, 9)] > 0
    shop.opened = date(2026, 3, 10)
    assert spent(reader.pages("account_metrics"))[date(2026, 3, 9)] == 0


def test_an_account_without_anything_has_all_of_its_days(reader: Reader, shop: Customer) -> None:
    shop.opened = date(2026, 3, 13)
    (page,) = reader.pages("account_metrics")
    assert spent([page]) == dict.fromkeys(days(WEEK), 0)


def test_no_day_is_told_before_it_has_begun(reader: Reader) -> None:
    found = spent(reader.pages("account_metrics", Slice(TODAY - timedelta(days=1), TODAY + timedelta(days=2))))
    assert sorted(found) == [TODAY - timedelta(days=1), TODAY]


@pytest.mark.parametrize("stop", [1, 2, 3])
def test_days_without_anything_come_once_also_where_it_goes_on(
    reader: Reader, shop: Customer, monkeypatch: pytest.MonkeyPatch, stop: int
) -> None:
    monkeypatch.setattr("connections.providers.google_ads.reading.ROWS_A_PAGE", 1)
    whole = reader.pages("account_metrics")
    assert [len(page.records) for page in whole] == [4, 1, 1, 1]
    assert sorted(spent(whole)) == days(WEEK)
    rest = reader.pages("account_metrics", WEEK, whole[stop - 1].checkpoint)
    assert [page.records for page in rest] == [page.records for page in whole[stop:]]


def test_a_day_that_makes_no_sense_is_put_aside_and_not_taken_for_nothing(reader: Reader, shop: Customer) -> None:
    bad = date(2026, 3, 10)
    shop.restated[bad] = 10_000_000  # so much is taken back that less than nothing was spent
    (page,) = reader.pages("account_metrics")
    assert [each.day for each in page.quarantined] == [bad]
    assert sorted({*spent([page]), bad}) == days(WEEK)
    assert bad not in spent([page])


def days(piece: Slice) -> list[date]:
    assert piece.since
    assert piece.until
    return [piece.since + timedelta(days=back) for back in range((piece.until - piece.since).days + 1)]


@pytest.mark.parametrize("stream", ["account_metrics", "campaign_metrics"])
def test_of_days_planned_long_ago_only_those_are_asked_for_that_google_still_has(reader: Reader, stream: str) -> None:
    reader.pages(stream, Slice(date(2023, 1, 20), date(2023, 2, 20)))
    assert "BETWEEN '2023-02-13' AND '2023-02-20'" in reader.questions()[-1]["query"]
    with pytest.raises(Misconfigured, match="37 months"):
        reader.pages(stream, Slice(date(2023, 1, 20), date(2023, 2, 11)))
