"""Usage headers by Meta's formulas, and the block when a limit is reached."""

from datetime import timedelta
from typing import Any

import pytest

from connections.providers.meta.sandbox.accounts import AdAccount
from connections.providers.meta.sandbox.quota import hourly_limit
from tests.connections.providers.meta.asking import Graph

FULL, LIMITED = "standard_access", "development_access"


@pytest.mark.parametrize(
    ("tier", "bucket", "limit"),
    [
        (FULL, "ads_insights", 190_000 + 400 * 5),
        (LIMITED, "ads_insights", 600 + 400 * 5 - 3),
        (FULL, "ads_management", 100_000 + 40 * 5),
        (LIMITED, "ads_management", 300 + 40 * 5),
    ],
)
def test_the_hourly_limits_follow_metas_formulas(tier: str, bucket: str, limit: int) -> None:
    assert hourly_limit(AdAccount("1", tier=tier, active_ads=5), bucket, errors=3000) == limit


def test_active_ads_are_counted() -> None:
    account = AdAccount("1", ads=10, paused_ads=3, tier=LIMITED)
    assert hourly_limit(account, "ads_management") == 300 + 40 * 7


def test_every_answer_tells_how_much_is_used(graph: Graph) -> None:
    graph.meta.add_account("42", calls_per_hour=10)
    graph.get("act_42/insights")
    answer = graph.get("act_42/insights")
    insights, management = answer.usage("x-business-use-case-usage")["42"]
    assert (insights["type"], insights["call_count"]) == ("ads_insights", 20)
    assert (management["type"], management["call_count"]) == ("ads_management", 0)
    assert answer.usage("x-fb-ads-insights-throttle")["acc_id_util_pct"] == 20
    assert answer.usage("x-ad-account-usage")["ads_api_access_tier"] == FULL
    assert answer.usage("x-app-usage")["call_count"] == 0


@pytest.mark.parametrize(("edge", "code"), [("insights", 80000), ("ads", 80004)])
def test_a_full_bucket_is_refused_with_the_minutes_to_wait(graph: Graph, edge: str, code: int) -> None:
    graph.meta.add_account("42", calls_per_hour=3)
    for _ in range(3):
        assert graph.get(f"act_42/{edge}").status == 200
        graph.clock.advance(minutes=1)
    refused = graph.get(f"act_42/{edge}")
    assert (refused.status, refused.error["code"], refused.error["error_subcode"]) == (400, code, 2446079)
    (usage,) = [one for one in refused.usage("x-business-use-case-usage")["42"] if one["call_count"] == 100]
    assert usage["estimated_time_to_regain_access"] == 57
    graph.clock.advance(minutes=57)
    assert graph.get(f"act_42/{edge}").status == 200


def test_the_buckets_and_the_accounts_are_apart(graph: Graph) -> None:
    graph.meta.add_account("42", calls_per_hour=1)
    graph.meta.add_account("43", calls_per_hour=1)
    graph.get("act_42/insights")
    assert graph.get("act_42/insights").status == 400
    assert graph.get("act_42/ads").status == 200
    assert graph.get("act_43/insights").status == 200


def test_each_of_several_ids_counts(graph: Graph) -> None:
    graph.meta.add_account("42", calls_per_hour=100)
    ids = ",".join(ad.id for ad in graph.meta.account("42").structure.ads[:4])
    usage = graph.get("", ids=ids).usage("x-business-use-case-usage")["42"]
    assert usage[1]["call_count"] == 4


def test_a_limited_app_that_reads_too_fast_is_blocked_by_its_score(graph: Graph) -> None:
    graph.meta.add_account("42", tier=LIMITED)
    for _ in range(60):
        assert graph.get("act_42/ads").status == 200
    blocked = graph.get("act_42/ads")
    assert (blocked.error["code"], blocked.error["is_transient"]) == (17, False)
    usage: dict[str, Any] = blocked.usage("x-ad-account-usage")
    assert (usage["acc_id_util_pct"], usage["reset_time_duration"]) == (100, 300)
    graph.clock.advance(seconds=301)
    assert graph.get("act_42/ads").status == 200


def test_calls_about_no_account_count_for_the_app(graph: Graph) -> None:
    answer = graph.get("me")
    assert "x-app-usage" in answer.headers
    assert "x-ad-account-usage" not in answer.headers


def test_the_hour_rolls(graph: Graph) -> None:
    graph.meta.add_account("42", calls_per_hour=100)
    for _ in range(5):
        graph.get("act_42/ads")
        graph.clock.advance(minutes=20)
    assert graph.meta.calls.busiest_hour(scope="42") == 3
    assert graph.clock.now() > graph.meta.calls.all()[0].at + timedelta(minutes=99)
