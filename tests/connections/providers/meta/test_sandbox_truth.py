"""What the sandbox calls the truth is what a patient reader of its API finds."""

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from tests.connections.providers.meta.asking import Graph

RANGE = {"since": "2026-02-20", "until": "2026-03-12"}


def action(row: dict[str, Any], field: str) -> Decimal:
    listed: Iterable[dict[str, str]] = row.get(field, [])
    return next((Decimal(one["value"]) for one in listed if one["action_type"] == "omni_purchase"), Decimal(0))


@pytest.mark.parametrize("level", ["account", "campaign", "adset", "ad"])
@pytest.mark.parametrize("currency", ["USD", "JPY"])
def test_the_truth_is_what_the_rows_add_up_to(graph: Graph, level: str, currency: str) -> None:
    graph.meta.add_account("42", campaigns=3, ad_sets=6, ads=30, deleted_ads=2, archived_ads=3, currency=currency)
    fields = "impressions,clicks,spend,actions,action_values"
    found = graph.everything(
        "act_42/insights", level=level, time_range=RANGE, time_increment="1", limit="77", fields=fields
    )
    answer = graph.control(
        f"meta/truth?account=42&level={level}&since={RANGE['since']}&until={RANGE['until']}", method="GET"
    )
    assert answer == {
        "rows": len(found),
        "impressions": sum(int(row["impressions"]) for row in found),
        "clicks": sum(int(row["clicks"]) for row in found),
        "spend_micros": sum(Decimal(row["spend"]) for row in found) * 1_000_000,
        "conversions": sum(action(row, "actions") for row in found),
        "revenue_micros": sum(action(row, "action_values") for row in found) * 1_000_000,
    }


def test_each_row_can_be_told(graph: Graph) -> None:
    answer = graph.control("meta/truth?account=1001001&since=2026-03-11&until=2026-03-11&rows=1", method="GET")
    assert len(answer["every_row"]) == answer["rows"]
    assert sum(row["spend_micros"] for row in answer["every_row"]) == answer["spend_micros"]


def test_the_calls_are_on_record_without_secrets(graph: Graph) -> None:
    graph.get("act_1001001/ads", limit="5")
    graph.get("act_1001001/insights", level="ad")
    graph.get("me", token="made-up-secret")
    log = graph.control("meta/calls", method="GET")
    assert log["count"] == log["busiest_hour"] == 3
    assert [(call["scope"], call["bucket"], call["status"]) for call in log["calls"]] == [
        ("1001001", "ads_management", 200),
        ("1001001", "ads_insights", 200),
        ("", "", 400),
    ]
    assert log["calls"][1]["params"] == {"level": "ad"}
    assert log["calls"][0]["at"] == "2026-03-12T19:30:00+00:00"
    assert "secret" not in json.dumps(log)


def test_calls_are_chosen_by_account_and_bucket(graph: Graph) -> None:
    graph.meta.add_account("42")
    for path in ("act_42/ads", "act_42/insights", "act_1001001/ads"):
        graph.get(path)
    assert graph.control("meta/calls?scope=42", method="GET")["count"] == 2
    assert graph.meta.calls.busiest_hour(scope="42", bucket="ads_insights") == 1
