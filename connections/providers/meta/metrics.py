"""Turn daily insights of Meta into records of daily_metric. This runs for every row, so it is kept quick."""

from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Any

import orjson

from connections.errors import BadData
from connections.providers.meta.values import (
    NOTHING,
    Row,
    count,
    day,
    identifier,
    micros,
    optional_identifier,
    text,
    whole,
)
from connections.sources import Record

# They overlap (every purchase is an omni_purchase too), so the first one present counts; they are never added up.
PURCHASES = ("omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase")

Action = dict[str, Any]

_ACTION_TYPE = itemgetter("action_type")


@dataclass(frozen=True, slots=True)
class DailyMetric:
    """Reads the rows of one slice.

    id_field: which of a row's ids the row is about; empty for the account as a whole. conversions: action types,
    best first.
    """

    level: str
    id_field: str
    account_id: str
    currency: str
    since: date
    until: date
    conversions: tuple[str, ...] = PURCHASES

    def __call__(self, row: Row) -> Record:
        actions, by_type = _in_order(row, "actions")
        values, value_by_type = _in_order(row, "action_values")
        converted = self._first(by_type)
        earned = self._first(value_by_type)
        return {
            "level": self.level,
            "external_id": identifier(row, self.id_field) if self.id_field else self.account_id,
            "date": self._date(row),
            "campaign_id": optional_identifier(row, "campaign_id"),
            "ad_set_id": optional_identifier(row, "adset_id"),
            "impressions": whole(row, "impressions"),
            "clicks": whole(row, "clicks"),
            "spend_micros": micros(row, "spend"),
            "conversions": count(converted, "value") if converted else NOTHING,
            "revenue_micros": micros(earned, "value") if earned else 0,
            "reach": whole(row, "reach") if "reach" in row else None,
            "actions": {"actions": actions, "action_values": values},
            "currency": text(row, "account_currency", 3) or self.currency,
        }

    def _date(self, row: Row) -> date:
        found = day(row, "date_start")
        if not self.since <= found <= self.until:
            raise BadData(f"{found} is outside of the dates that were asked for.")
        if row.get("date_stop", row["date_start"]) != row["date_start"]:
            raise BadData(f"The row covers the time until {row['date_stop']!r:.40}, not one day.")
        return found

    def _first(self, by_type: dict[str, Action]) -> Action | None:
        for action_type in self.conversions:
            if action_type in by_type:
                return by_type[action_type]
        return None


def _in_order(row: Row, field: str) -> tuple[list[Action], dict[str, Action]]:
    """The actions in an order of their own, so that a row which Meta only shuffled is no change; and by their type."""
    actions = row.get(field)
    if not actions:
        return [], {}
    try:
        ordered = sorted(actions, key=_ACTION_TYPE)
        by_type = {action["action_type"]: action for action in ordered}
        if len(by_type) < len(ordered):
            ordered.sort(key=_canonical)
            by_type = {action["action_type"]: action for action in reversed(ordered)}
    except (KeyError, TypeError):
        raise BadData(f"{field} is no list of actions.") from None
    return ordered, by_type


def _canonical(action: Action) -> bytes:
    return orjson.dumps(action, option=orjson.OPT_SORT_KEYS)
