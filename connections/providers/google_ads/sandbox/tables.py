"""The resources that can be asked for, and their rows as path of a field -> value."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from connections.providers.google_ads.sandbox.errors import Refusal
from connections.providers.google_ads.sandbox.gaql import Query
from connections.providers.google_ads.sandbox.numbers import NOTHING, Numbers, Place, of_day, places
from connections.providers.google_ads.sandbox.world import Campaign, Customer, Group
from connections.sources import months_before

Row = dict[str, Any]

RESOURCES: Final[dict[str, tuple[str, ...]]] = {
    "customer": ("metrics", "segments"),
    "customer_client": ("customer",),
    "customer_client_link": ("customer",),
    "campaign": ("customer", "campaign_budget", "metrics", "segments"),
    "ad_group": ("customer", "campaign", "metrics", "segments"),
    "ad_group_ad": ("customer", "campaign", "ad_group", "metrics", "segments"),
    "asset_group": ("customer", "campaign", "metrics", "segments"),
}
"""What may be selected beside the resource itself."""

DAY: Final = "segments.date"
MONTHS_KEPT: Final = 37
EVERYWHERE: Final = Place(0)


def rows(customer: Customer, query: Query, now: datetime, known: Mapping[str, Customer]) -> list[Row]:
    """Raises Refusal."""
    if query.resource == "customer_client":
        return query.of(list(clients(customer, known)))
    if query.resource == "customer_client_link":
        return query.of(list(links(customer)))
    if not (query.has_metrics or DAY in query.paths):
        return query.of([row for _, row in _things(customer, query.resource)])
    if customer.is_manager:
        raise Refusal("query_error.REQUESTED_METRICS_FOR_MANAGER", "Metrics cannot be requested for a manager account.")
    return query.of(list(_measured(customer, query, now)))


def clients(customer: Customer, known: Mapping[str, Customer], level: int = 0) -> Iterator[Row]:
    """The customer itself, and everything below it."""
    yield {
        **_of_customer(customer),
        "customer_client.id": int(customer.number),
        "customer_client.client_customer": f"customers/{customer.number}",
        "customer_client.descriptive_name": customer.name,
        "customer_client.currency_code": customer.currency,
        "customer_client.time_zone": customer.time_zone,
        "customer_client.status": customer.status,
        "customer_client.manager": customer.is_manager,
        "customer_client.level": level,
    }
    for number in customer.below:
        yield from clients(known[number], known, level + 1)


def links(customer: Customer) -> Iterator[Row]:
    for status, numbers in (("ACTIVE", customer.below), ("PENDING", customer.invited)):
        for number in numbers:
            yield {
                "customer_client_link.client_customer": f"customers/{number}",
                "customer_client_link.status": status,
            }


def _measured(customer: Customer, query: Query, now: datetime) -> Iterator[Row]:
    first, last = _days(customer, query, now)
    days = [first + timedelta(days=each) for each in range((last - first).days + 1)]
    spans = [[each] for each in days] if DAY in query.fields else [days] if days else []
    things = list(_things(customer, query.resource))
    for span in spans:
        sums = _summed(customer, span, now)
        for thing, row in things:
            if found := sums.get(thing):
                yield {**row, DAY: span[0].isoformat(), **_as_row(found)}


def _days(customer: Customer, query: Query, now: datetime) -> tuple[date, date]:
    low, high = query.bounds(DAY)
    today = customer.today(now)
    first = date.fromisoformat(low) if low else customer.opened
    if low and first < months_before(today, MONTHS_KEPT):
        code = "date_range_error.REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED"
        raise Refusal(code, "Daily data is kept for 37 months.")
    return first, min(date.fromisoformat(high), today) if high else today


def _summed(customer: Customer, days: list[date], now: datetime) -> dict[Place, Numbers]:
    """Of every ad and of all that it is part of; without those that did nothing."""
    sums: dict[Place, Numbers] = {}
    for place in (place for campaign in customer.tree for place in places(campaign)):
        found = sum((of_day(customer, place, day, now) for day in days), NOTHING)
        for above in {EVERYWHERE, Place(place.campaign), Place(place.campaign, place.group), place}:
            if found != NOTHING:
                sums[above] = sums.get(above, NOTHING) + found
    return sums


def _things(customer: Customer, resource: str) -> Iterator[tuple[Place, Row]]:
    """What a resource lists, and where its numbers come from."""
    if resource == "customer":
        yield EVERYWHERE, _of_customer(customer)
        return
    for campaign in customer.tree:
        row = {**_of_customer(customer), **_of_campaign(campaign)}
        if resource == "campaign":
            yield Place(campaign.number), row
        for group in campaign.asset_groups if resource == "asset_group" else ():
            yield Place(-1), {**row, **_named("asset_group", group)}
        for group in campaign.groups if resource in ("ad_group", "ad_group_ad") else ():
            yield from _of_group(campaign, group, row, resource)


def _of_group(campaign: Campaign, group: Group, above: Row, resource: str) -> Iterator[tuple[Place, Row]]:
    row = {**above, **_named("ad_group", group)}
    if resource == "ad_group":
        yield Place(campaign.number, group.number), row
        return
    for ad in group.ads:
        yield (
            Place(campaign.number, group.number, ad.number),
            {
                **row,
                "ad_group_ad.ad.id": ad.number,
                "ad_group_ad.ad.name": ad.name,
                "ad_group_ad.status": ad.status,
                "ad_group_ad.primary_status": "ELIGIBLE" if ad.status == "ENABLED" else ad.status,
            },
        )


def _of_customer(customer: Customer) -> Row:
    return {
        "customer.id": int(customer.number),
        "customer.descriptive_name": customer.name,
        "customer.currency_code": customer.currency,
        "customer.time_zone": customer.time_zone,
        "customer.status": customer.status,
        "customer.manager": customer.is_manager,
    }


def _of_campaign(campaign: Campaign) -> Row:
    return {
        "campaign.id": campaign.number,
        "campaign.name": campaign.name,
        "campaign.status": campaign.status,
        "campaign.primary_status": "ELIGIBLE" if campaign.status == "ENABLED" else campaign.status,
        "campaign.advertising_channel_type": campaign.channel,
        "campaign.start_date_time": "2023-01-01 00:00:00",
        "campaign.end_date_time": "2037-12-30 23:59:59",
        "campaign_budget.amount_micros": 20_000_000 + campaign.number % 7 * 5_000_000,
    }


def _named(resource: str, group: Group) -> Row:
    named = {"id": group.number, "name": group.name, "status": "ENABLED", "primary_status": "ELIGIBLE"}
    return {f"{resource}.{name}": value for name, value in named.items()}


def _as_row(found: Numbers) -> Row:
    return {
        "metrics.impressions": found.impressions,
        "metrics.clicks": found.clicks,
        "metrics.cost_micros": found.cost,
        "metrics.conversions": found.conversions / 100,
        "metrics.conversions_value": found.value / 100,
    }
