"""Rows become records: what each stream reads over the wire, and that the levels agree as Google's do."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from connections.providers.google_ads.reading import AFTER
from connections.providers.google_ads.sandbox.messages import UNKNOWN_FIELD
from connections.providers.google_ads.sandbox.world import EVERYTHING, SHOP
from connections.sources import Record, Slice
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
