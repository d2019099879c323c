"""The advertising tables: which of their fields count as a change."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Q, Subquery

from projects.models import Ad, AdSet, AssetGroup, Campaign, Coverage, DailyMetric
from projects.tables.base import Table


class CampaignTable(Table):
    name = "campaign"
    model = Campaign
    tracked = (
        "name",
        "configured_status",
        "effective_status",
        "objective",
        "daily_budget_micros",
        "lifetime_budget_micros",
        "start_at",
        "stop_at",
    )


class AdSetTable(Table):
    name = "ad_set"
    model = AdSet
    tracked = (
        "name",
        "campaign_id",
        "configured_status",
        "effective_status",
        "daily_budget_micros",
        "lifetime_budget_micros",
        "start_at",
        "stop_at",
    )


class AdTable(Table):
    name = "ad"
    model = Ad
    tracked = ("name", "campaign_id", "ad_set_id", "configured_status", "effective_status", "creative_id")


class AssetGroupTable(Table):
    name = "asset_group"
    model = AssetGroup
    tracked = ("name", "campaign_id", "configured_status", "effective_status")


class DailyMetricTable(Table):
    name = "daily_metric"
    model = DailyMetric
    key = ("level", "external_id", "date")
    tracked = (
        "campaign_id",
        "ad_set_id",
        "impressions",
        "clicks",
        "spend_micros",
        "conversions",
        "revenue_micros",
        "reach",
        "actions",
        "currency",
    )
    main_number = "spend_micros"

    def behind(self, connection_id: UUID, stream: str, since: date) -> list[date]:
        ledger = Coverage.objects.filter(connection_id=connection_id, stream=stream, date=OuterRef("date"))
        totals = DailyMetric.objects.filter(
            connection_id=connection_id, level=DailyMetric.Level.ACCOUNT, date__gte=since
        )
        read = totals.annotate(read_at=Subquery(ledger.values("fetched_at")))
        behind = read.filter(Q(read_at=None) | Q(changed_at__gt=F("read_at")))
        return sorted(set(behind.values_list("date", flat=True)))

    def differences(self, field: str, before: Any, after: Any) -> tuple[Any, Any]:
        """Of the actions, only the entries that differ."""
        if field != "actions":
            return before, after
        was, becomes = _entries(before), _entries(after)
        differing = sorted(key for key in was | becomes if was.get(key) != becomes.get(key))
        return {key: was.get(key) for key in differing}, {key: becomes.get(key) for key in differing}


def _entries(actions: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """{"actions.purchase": {...}} from {"actions": [{"action_type": "purchase", ...}]}."""
    return {
        f"{kind}.{entry.get('action_type')}": {name: value for name, value in entry.items() if name != "action_type"}
        for kind, entries in actions.items()
        for entry in entries
    }
