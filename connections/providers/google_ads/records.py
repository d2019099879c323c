"""Turn rows of Google Ads into records of our tables. Google's ad groups are our ad sets."""

from functools import lru_cache

from connections.errors import BadData
from connections.providers.google_ads.rows import Row, Values
from connections.providers.google_ads.values import (
    count,
    day,
    identifier,
    micros,
    moment,
    optional_identifier,
    optional_micros,
)
from connections.sources import Record

CAMPAIGN = (
    "campaign.id",
    "campaign.name",
    "campaign.status",
    "campaign.primary_status",
    "campaign.advertising_channel_type",
    "campaign.start_date_time",
    "campaign.end_date_time",
    "campaign_budget.amount_micros",
    "campaign_budget.total_amount_micros",
    "customer.time_zone",
)
AD_GROUP = ("ad_group.id", "ad_group.name", "ad_group.status", "ad_group.primary_status", "campaign.id")
AD = (
    "ad_group.id",
    "ad_group_ad.ad.id",
    "ad_group_ad.ad.name",
    "ad_group_ad.status",
    "ad_group_ad.primary_status",
    "campaign.id",
)
ASSET_GROUP = ("asset_group.id", "asset_group.name", "asset_group.status", "asset_group.primary_status", "campaign.id")
NUMBERS = (
    "customer.currency_code",
    "metrics.impressions",
    "metrics.clicks",
    "metrics.cost_micros",
    "metrics.conversions",
    "metrics.conversions_value",
)
NO_CONVERSIONS = count(0.0)


def campaign(values: Values) -> Record:
    zone = values["customer.time_zone"]
    return _named(values, "campaign", "campaign.id") | {
        "objective": values["campaign.advertising_channel_type"],
        "daily_budget_micros": optional_micros(values, "campaign_budget.amount_micros"),
        "lifetime_budget_micros": optional_micros(values, "campaign_budget.total_amount_micros"),
        "start_at": moment(values, "campaign.start_date_time", zone),
        "stop_at": moment(values, "campaign.end_date_time", zone),
    }


def ad_group(values: Values) -> Record:
    """It has bids and no budget, and runs as long as its campaign."""
    return _named(values, "ad_group", "ad_group.id") | {
        "campaign_id": optional_identifier(values, "campaign.id"),
        "daily_budget_micros": None,
        "lifetime_budget_micros": None,
        "start_at": None,
        "stop_at": None,
    }


def ad(values: Values) -> Record:
    return _named(values, "ad_group_ad", "ad_group_ad.ad.id", name="ad_group_ad.ad.name") | {
        "external_id": ad_id(values["ad_group.id"], values["ad_group_ad.ad.id"]),
        "campaign_id": optional_identifier(values, "campaign.id"),
        "ad_set_id": optional_identifier(values, "ad_group.id"),
        "creative_id": "",
    }


def asset_group(values: Values) -> Record:
    """What a Performance Max campaign has instead of ad groups and ads."""
    parent = {"campaign_id": optional_identifier(values, "campaign.id")}
    return _named(values, "asset_group", "asset_group.id") | parent


@lru_cache(maxsize=20_000)
def ids_of_ad(group: int, number: int, campaign: int) -> tuple[str, str, str]:
    """Of itself, of its campaign, of its ad group. Each comes again every day."""
    return ad_id(group, number), str(campaign or ""), str(group)


def ad_id(group: int, number: int) -> str:
    """Google's ads have numbers that are unique within their ad group only."""
    if not (group and number):
        raise BadData("The number of an ad or of its ad group is missing.")
    return f"{group}~{number}"


def a_day(level: str, ids: tuple[str, str, str], row: Row) -> Record:
    """What something did on a day. row: begins with the date and ends with NUMBERS. ids: its own, of its campaign, of
    its ad group. This runs for every row, so it is kept quick."""
    external_id, campaign_id, ad_set_id = ids
    currency, impressions, clicks, cost, conversions, value = row[-6:]
    if impressions < 0 or clicks < 0 or cost < 0:
        raise BadData(f"There are {impressions} impressions, {clicks} clicks and a cost of {cost}: one is below 0.")
    return {
        "level": level,
        "external_id": external_id,
        "date": day(row[0]),
        "campaign_id": campaign_id,
        "ad_set_id": ad_set_id,
        "impressions": impressions,
        "clicks": clicks,
        "spend_micros": cost,
        "conversions": count(conversions) if conversions else NO_CONVERSIONS,
        "revenue_micros": micros(value) if value else 0,
        "reach": None,
        "actions": {},
        "currency": currency,
    }


def _named(values: Values, kind: str, id_path: str, *, name: str = "") -> Record:
    return {
        "external_id": identifier(values, id_path),
        "name": values[name or f"{kind}.name"],
        "configured_status": values[f"{kind}.status"],
        "effective_status": values[f"{kind}.primary_status"],
    }
