"""Turn campaigns, ad sets and ads of Meta into records of our tables."""

from typing import Any

from connections.providers.meta.values import Row, budget_micros, identifier, moment, optional_identifier, text
from connections.sources import Record


def campaign(row: Row, currency: str) -> Record:
    return _named(row) | {"objective": text(row, "objective", 60)} | _planned(row, currency, ends="stop_time")


def ad_set(row: Row, currency: str) -> Record:
    parent = {"campaign_id": optional_identifier(row, "campaign_id")}
    return _named(row) | parent | _planned(row, currency, ends="end_time")


def ad(row: Row, currency: str) -> Record:
    return _named(row) | {
        "campaign_id": optional_identifier(row, "campaign_id"),
        "ad_set_id": optional_identifier(row, "adset_id"),
        "creative_id": optional_identifier(_nested(row, "creative"), "id"),
    }


def delivery(row: Row, currency: str) -> Record:
    """What the sweep looks for: Meta changes this without touching updated_time."""
    return {"external_id": identifier(row, "id"), "effective_status": text(row, "effective_status", 40)}


def _named(row: Row) -> Record:
    return {
        "external_id": identifier(row, "id"),
        "name": text(row, "name"),
        "configured_status": text(row, "configured_status", 40),
        "effective_status": text(row, "effective_status", 40),
    }


def _planned(row: Row, currency: str, *, ends: str) -> Record:
    return {
        "daily_budget_micros": budget_micros(row, "daily_budget", currency),
        "lifetime_budget_micros": budget_micros(row, "lifetime_budget", currency),
        "start_at": moment(row, "start_time"),
        "stop_at": moment(row, ends),
    }


def _nested(row: Row, field: str) -> dict[str, Any]:
    value = row.get(field)
    return value if isinstance(value, dict) else {}
