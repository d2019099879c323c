"""A real ad account, as it was recorded, through the SDK and our source."""

import json
from datetime import date

import pytest

from connections.providers.meta.metrics import DailyMetric
from connections.sources import Account, Slice
from tests.connections.providers.meta.reading import RememberingGate, records_of, source_at
from tests.connections.providers.meta.recorded_server import ACCOUNT_ID, AD_SETS, ADS, CAMPAIGNS, recorded


@pytest.fixture
def source(recordings_dir):
    with recorded(recordings_dir) as server:
        yield source_at(server.url, account=Account(ACCOUNT_ID), gate=RememberingGate())


@pytest.mark.spec("A22")
@pytest.mark.parametrize(("stream", "count"), [("campaigns", CAMPAIGNS), ("ad_sets", AD_SETS), ("ads", ADS)])
def test_every_recorded_object_is_read_exactly_once(source, stream, count):
    ids = [record["external_id"] for record in records_of(source, stream, Slice())]
    assert len(ids) == count
    assert len(set(ids)) == count


def test_parents_that_the_recording_lacks_are_empty(source):
    ads = records_of(source, "ads", Slice())
    assert {ad["campaign_id"] for ad in ads} == {""}
    known = {ad_set["external_id"] for ad_set in records_of(source, "ad_sets", Slice())}
    assert {ad["ad_set_id"] for ad in ads} <= known


def test_each_recorded_page_costs_one_call(source):
    for stream in ("campaigns", "ad_sets", "ads"):
        records_of(source, stream, Slice())
    assert len(source.context.gate.calls) == 44 + 1  # and one for the currency


def test_days_without_delivery_have_no_rows(source):
    assert records_of(source, "ad_metrics", Slice(since=date(2026, 1, 1), until=date(2026, 1, 7))) == []


def test_the_account_passes_its_check(source):
    assert source.check() == Account(ACCOUNT_ID, "Recorded account", "Europe/Prague", "EUR")


@pytest.mark.parametrize(
    ("name", "level", "id_field", "count"),
    [("adsinsights.json", "ad", "ad_id", 36), ("asyncinisghtscampaigns.json", "account", "", 3)],
)
def test_every_recorded_day_of_numbers_makes_sense(recordings_dir, name, level, id_field, count):
    recorded_calls = json.loads((recordings_dir / "meta/keboola_ex_facebook_graph_api" / name).read_text())
    describe = DailyMetric(level, id_field, ACCOUNT_ID, "CZK", date(2015, 1, 1), date(2026, 1, 1))
    records = [describe(row) for row in insights_in(recorded_calls)]
    assert len(records) == count
    assert all(record["external_id"] for record in records)


def insights_in(value):
    """Rows of insights, wherever they are nested."""
    if isinstance(value, dict) and "date_start" in value and "async_status" not in value:
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from insights_in(each)
