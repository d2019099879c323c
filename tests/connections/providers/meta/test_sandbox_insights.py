"""Rows of numbers: levels, ranges, filters, values and what is left out."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from tests.connections.providers.meta.asking import Graph

DEMO = "act_1001001"
MARCH = {"since": "2026-03-01", "until": "2026-03-07"}
FIELDS = "ad_id,adset_id,campaign_id,impressions,clicks,spend,reach,actions,action_values"


def rows(graph: Graph, path: str = f"{DEMO}/insights", **params: Any) -> list[dict[str, Any]]:
    asked = {"time_range": MARCH, "time_increment": "1", "limit": "500", "fields": FIELDS, **params}
    return graph.everything(path, **asked)


def total(found: list[dict[str, Any]], field: str) -> Decimal:
    return sum((Decimal(row[field]) for row in found), Decimal(0))


def test_a_dense_account_has_a_row_for_every_ad_and_day(graph: Graph) -> None:
    graph.meta.add_account("42", ads=10, dense=True)
    found = rows(graph, "act_42/insights", level="ad", limit="9")
    assert len(found) == len({(row["ad_id"], row["date_start"]) for row in found}) == 70
    assert [row["date_start"] for row in found] == sorted(row["date_start"] for row in found)


def test_elsewhere_rows_exist_only_where_something_was_delivered(graph: Graph) -> None:
    assert 0 < len(rows(graph, level="ad")) < 60 * 7


def test_values_are_strings_and_lists(graph: Graph) -> None:
    row = rows(graph, level="ad")[0]
    assert all(isinstance(value, str) for name, value in row.items() if not name.startswith("action"))
    assert row["date_start"] == row["date_stop"] == "2026-03-01"
    assert Decimal(row["spend"]) > 0
    assert all(isinstance(action["value"], str) for action in row["actions"])


def test_a_list_with_nothing_in_it_is_left_out(graph: Graph) -> None:
    found = rows(graph, level="ad")
    assert any("action_values" not in row for row in found)
    assert all(row.get("action_values") != [] for row in found)


def test_purchases_appear_under_overlapping_types(graph: Graph) -> None:
    row = next(row for row in rows(graph, level="account") if "action_values" in row)
    bought = {one["action_type"]: Decimal(one["value"]) for one in row["actions"]}
    assert bought["omni_purchase"] == bought["purchase"] > bought["offsite_conversion.fb_pixel_purchase"]
    assert bought["link_click"] > bought["landing_page_view"] > 0
    worth = {one["action_type"]: Decimal(one["value"]) for one in row["action_values"]}
    assert worth["omni_purchase"] == worth["purchase"] > worth["offsite_conversion.fb_pixel_purchase"]


@pytest.mark.parametrize(("level", "field"), [("adset", "adset_id"), ("campaign", "campaign_id"), ("account", "")])
def test_each_level_is_the_sum_of_the_one_below(graph: Graph, level: str, field: str) -> None:
    graph.meta.add_account("42", campaigns=3, ad_sets=6, ads=20)
    ads, above = (rows(graph, "act_42/insights", level=one) for one in ("ad", level))
    summed: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for ad in ads:
        summed[ad.get(field, ""), ad["date_start"]] += Decimal(ad["spend"])
    assert {(row.get(field, ""), row["date_start"]): Decimal(row["spend"]) for row in above} == summed
    assert total(above, "reach") < total(ads, "reach")


def test_the_account_counts_deleted_ads_that_ad_rows_leave_out(graph: Graph) -> None:
    graph.meta.add_account("42", ads=4, deleted_ads=2, dense=True)
    ads, account = (rows(graph, "act_42/insights", level=level) for level in ("ad", "account"))
    assert len(ads) == 4 * 7
    assert total(account, "spend") > total(ads, "spend")
    deleted = graph.meta.account("42").structure.ads[-1].id
    assert len(rows(graph, f"{deleted}/insights")) == 7
    filtering = [{"field": "ad.effective_status", "operator": "IN", "value": ["DELETED"]}]
    assert len(rows(graph, "act_42/insights", level="ad", filtering=filtering)) == 2 * 7


def test_rows_are_filtered_by_ids(graph: Graph) -> None:
    found = rows(graph, level="ad")
    ads, campaign = [found[0]["ad_id"], found[1]["ad_id"]], found[0]["campaign_id"]
    filtering: list[dict[str, Any]] = [{"field": "ad.id", "operator": "IN", "value": ads}]
    assert {row["ad_id"] for row in rows(graph, level="ad", filtering=filtering)} == set(ads)
    filtering = [{"field": "campaign.id", "operator": "IN", "value": [campaign]}]
    below = rows(graph, level="ad", filtering=filtering)
    assert below == [row for row in found if row["campaign_id"] == campaign]
    assert rows(graph, f"{campaign}/insights", level="ad") == below


def test_without_a_range_the_last_thirty_days_come_as_one_row(graph: Graph) -> None:
    (row,) = graph.get(f"{DEMO}/insights").data
    assert (row["date_start"], row["date_stop"]) == ("2026-02-10", "2026-03-11")
    assert row.keys() == {"account_id", "impressions", "spend", "date_start", "date_stop"}


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        ("today", "2026-03-12", "2026-03-12"),
        ("yesterday", "2026-03-11", "2026-03-11"),
        ("last_3d", "2026-03-09", "2026-03-11"),
    ],
)
def test_presets_are_days_of_the_account(graph: Graph, preset: str, first: str, last: str) -> None:
    (row,) = graph.get(f"{DEMO}/insights", date_preset=preset).data
    assert (row["date_start"], row["date_stop"]) == (first, last)


def test_the_day_changes_at_the_accounts_midnight(graph: Graph) -> None:
    graph.meta.add_account("42", timezone="Pacific/Auckland", dense=True)
    (row,) = graph.get("act_42/insights", date_preset="today").data
    assert row["date_start"] == "2026-03-13"


def test_nothing_comes_from_before_the_account_or_after_today(graph: Graph) -> None:
    graph.meta.add_account("42", dense=True, start_date="2026-03-10", ads=1)
    found = rows(graph, "act_42/insights", time_range={"since": "2026-03-01", "until": "2026-03-20"})
    assert [row["date_start"] for row in found] == ["2026-03-10", "2026-03-11", "2026-03-12"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        pytest.param({"time_range": {"since": "2026-03-07", "until": "2026-03-01"}}, 100, id="backwards"),
        pytest.param({"time_range": {"since": "2023-01-01", "until": "2026-03-01"}}, 3018, id="before 37 months"),
        pytest.param({"time_range": "soon"}, 100, id="no JSON"),
        pytest.param({"level": "planet"}, 100, id="level"),
        pytest.param({"fields": "ad_id,store_visit_actions"}, 100, id="field"),
        pytest.param({"action_attribution_windows": ["7d_view"]}, 100, id="removed window"),
        pytest.param({"breakdowns": "colour"}, 2, id="breakdown"),
        pytest.param({"limit": "none"}, 100, id="limit"),
    ],
)
def test_wrong_parameters_are_refused(graph: Graph, params: dict[str, Any], code: int) -> None:
    answer = graph.get(f"{DEMO}/insights", **{"date_preset": "last_3d", "fields": "actions", **params})
    assert (answer.status, answer.error["code"]) == (400, code)


def test_windows_stand_beside_the_value(graph: Graph) -> None:
    found = rows(graph, level="account", action_attribution_windows=["7d_click", "1d_view"])
    action = found[0]["actions"][0]
    assert action.keys() == {"action_type", "value", "7d_click", "1d_view"}


def test_too_much_data_is_counted_in_days_times_objects(graph: Graph) -> None:
    graph.meta.add_account("42", ads=10, dense=True, rows_per_call=50)
    asked: dict[str, Any] = {"level": "ad", "time_increment": "1"}
    assert graph.get("act_42/insights", time_range=MARCH, **asked).error["error_subcode"] == 1487534
    fewer_days = {"since": "2026-03-01", "until": "2026-03-05"}
    assert graph.get("act_42/insights", time_range=fewer_days, **asked).status == 200
    some = [ad.id for ad in graph.meta.account("42").structure.ads[:7]]
    filtering = [{"field": "ad.id", "operator": "IN", "value": some}]
    assert graph.get("act_42/insights", time_range=MARCH, filtering=filtering, **asked).status == 200


def test_a_page_can_be_too_large(graph: Graph) -> None:
    graph.meta.add_account("42", page_limit=100)
    answer = graph.get("act_42/insights", limit="500")
    assert answer.status == 500
    assert answer.error.keys() == {"code", "message"}
    assert answer.error["message"].startswith("Please reduce the amount of data")


def test_currencies_without_cents(graph: Graph) -> None:
    graph.meta.add_account("42", currency="JPY", dense=True)
    assert all("." not in row["spend"] for row in rows(graph, "act_42/insights", level="ad"))


def test_months_and_weeks(graph: Graph) -> None:
    whole = {"since": "2026-01-15", "until": "2026-03-05"}
    monthly = rows(graph, time_range=whole, time_increment="monthly")
    assert [(row["date_start"], row["date_stop"]) for row in monthly] == [
        ("2026-01-15", "2026-01-31"),
        ("2026-02-01", "2026-02-28"),
        ("2026-03-01", "2026-03-05"),
    ]
    weekly = rows(graph, time_range=whole, time_increment="7")
    assert weekly[-1]["date_stop"] == "2026-03-05"
    assert total(weekly, "spend") == total(monthly, "spend")


def test_a_row_that_vanishes_between_pages_moves_no_other(graph: Graph) -> None:
    asked: dict[str, Any] = {
        "level": "ad",
        "time_range": MARCH,
        "time_increment": "1",
        "fields": "ad_id",
    }
    first = graph.get(f"{DEMO}/insights", limit="100", **asked)
    link, gone = first.json["paging"]["next"], first.data[0]["ad_id"]
    before = [row for row in graph.follow(link).data if row["ad_id"] != gone]
    graph.meta.edit(gone, gone=True)
    assert graph.follow(link).data[: len(before)] == before


def test_weekends_sell_more(graph: Graph) -> None:
    found = rows(graph, time_range={"since": "2026-01-05", "until": "2026-03-01"})
    by_day = [sum(int(row["impressions"]) for row in found[day::7]) for day in range(7)]
    assert by_day[5] > by_day[0]
    assert by_day[5] > by_day[1]
