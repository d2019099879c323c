"""Rows in the shape of real accounts, put into Google's own messages and read as any answer is."""

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from google.ads.googleads.v26.services.types.google_ads_service import GoogleAdsRow

from connections.providers.google_ads import records
from connections.providers.google_ads.rows import Row, row_reader
from connections.providers.google_ads.sandbox.gaql import Query
from connections.providers.google_ads.sandbox.messages import fill
from connections.providers.google_ads.streams import AccountMetrics, AdMetrics, CampaignMetrics, Metrics
from connections.sources import Record
from tests.connections.providers.google_ads.reading import TODAY

pytestmark = pytest.mark.once
FOLDER = "google_ads/fivetran_dbt_google_ads_seeds"
COLUMNS = {
    "segments.date": "date",
    "metrics.impressions": "impressions",
    "metrics.clicks": "clicks",
    "metrics.cost_micros": "cost_micros",
    "metrics.conversions": "conversions",
    "metrics.conversions_value": "conversions_value",
    "customer.id": "customer_id",
    "ad_group_ad.ad.id": "ad_id",
}


def rows(recordings_dir: Path, name: str) -> list[dict[str, str]]:
    with (recordings_dir / FOLDER / f"{name}_data.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def read(paths: tuple[str, ...], found: list[dict[str, Any]]) -> Iterator[Row]:
    reader = row_reader(GoogleAdsRow.pb().DESCRIPTOR, paths)
    for values in found:
        message = GoogleAdsRow.pb()()
        fill(message, values, Query(paths, ""))
        yield reader(GoogleAdsRow.pb().FromString(message.SerializeToString()))


def values_of(row: dict[str, str], paths: tuple[str, ...]) -> dict[str, Any]:
    values: dict[str, Any] = {"customer.currency_code": "USD"}
    for path in paths:
        text = row.get(COLUMNS.get(path, ""))
        if text and path == "segments.date":
            values[path] = text
        elif text:
            values[path] = float(text) if "conversions" in path else int(text)
    parent = row.get("campaign_id") or row.get("id", "")
    group = row.get("ad_group", "").rpartition("/")[2]
    return {
        **values,
        **({"campaign.id": int(parent)} if parent else {}),
        **({"ad_group.id": int(group)} if group else {}),
    }


@pytest.mark.parametrize(
    ("name", "stream"),
    [("account_stats", AccountMetrics()), ("campaign_stats", CampaignMetrics()), ("ad_stats", AdMetrics())],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_recorded_numbers_come_through_to_the_micro(recordings_dir: Path, name: str, stream: Metrics) -> None:
    recorded = rows(recordings_dir, name)
    paths = stream.question(TODAY, TODAY).selected
    found: list[Record] = [stream.describe(each) for each in read(paths, [values_of(row, paths) for row in recorded])]
    assert len(found) == len(recorded) > 0
    assert sum(each["spend_micros"] for each in found) == sum(int(row["cost_micros"]) for row in recorded)
    assert sum(each["clicks"] for each in found) == sum(int(row["clicks"]) for row in recorded)
    assert [each["date"] for each in found] == [date.fromisoformat(row["date"]) for row in recorded]
    if "conversions" in recorded[0]:
        assert sum(each["conversions"] for each in found) == sum(Decimal(row["conversions"]) for row in recorded)


def test_recorded_campaigns_are_described(recordings_dir: Path) -> None:
    recorded = rows(recordings_dir, "campaign_history")
    values = [
        {
            "campaign.id": int(row["id"]),
            "campaign.name": row["name"],
            "campaign.status": row["status"],
            "campaign.advertising_channel_type": row["advertising_channel_type"],
            "campaign.start_date_time": f"{row['start_date']} 00:00:00",
            "campaign.end_date_time": f"{row['end_date']} 23:59:59",
            "customer.time_zone": "America/Los_Angeles",
        }
        for row in recorded
    ]
    found = [
        records.campaign(dict(zip(records.CAMPAIGN, each, strict=True))) for each in read(records.CAMPAIGN, values)
    ]
    assert [(each["external_id"], each["name"]) for each in found] == [(row["id"], row["name"]) for row in recorded]
    assert {each["stop_at"] for each in found if each["external_id"] == recorded[0]["id"]} == {None}
    assert {each["configured_status"] for each in found} <= {"ENABLED", "PAUSED", "REMOVED"}
