"""Numbers grow through the day, settle for 28 days, and then never change."""

from datetime import date, timedelta
from typing import Any

import pytest

from connections.providers.meta.sandbox.truth import TruthRow
from tests.connections.providers.meta.asking import Graph
from tests.connections.providers.meta.conftest import AFTERNOON

DEMO = "1001001"
TODAY = date(2026, 3, 12)


def truth(graph: Graph, since: date, until: date = TODAY, account: str = DEMO) -> dict[tuple[str, str], TruthRow]:
    return {(row.id, row.date): row for row in graph.meta.truth_rows(account, since=since, until=until)}


def test_an_immediate_second_read_is_identical(graph: Graph) -> None:
    first = graph.get(f"act_{DEMO}/insights", level="ad", date_preset="today", limit="500").body
    graph.clock.freeze(AFTERNOON + timedelta(seconds=59))
    assert graph.get(f"act_{DEMO}/insights", level="ad", date_preset="today", limit="500").body == first


def test_a_minute_later_there_is_news_of_today(graph: Graph) -> None:
    before = truth(graph, TODAY)
    graph.clock.advance(minutes=1)
    after = truth(graph, TODAY)
    assert after != before
    assert all(after[key].impressions >= row.impressions for key, row in before.items())


def test_today_grows_from_nothing_at_midnight(graph: Graph) -> None:
    graph.clock.advance(hours=8, minutes=30)
    assert graph.meta.truth(DEMO, since=TODAY + timedelta(days=1)).impressions == 0
    grown = []
    for _ in range(4):
        graph.clock.advance(hours=5)
        grown.append(graph.meta.truth(DEMO, since=TODAY + timedelta(days=1)).impressions)
    assert 0 < grown[0] < grown[1] < grown[2] < grown[3]


def test_yesterday_still_moves_a_little_but_not_its_spend(graph: Graph) -> None:
    yesterday = TODAY - timedelta(days=1)
    before = graph.meta.truth(DEMO, since=yesterday, until=yesterday)
    graph.clock.advance(hours=12)
    after = graph.meta.truth(DEMO, since=yesterday, until=yesterday)
    assert before.impressions < after.impressions < before.impressions * 1.01
    assert after.spend_micros == before.spend_micros


def test_conversions_come_late(graph: Graph) -> None:
    since, until = TODAY - timedelta(days=20), TODAY - timedelta(days=1)
    before = graph.meta.truth(DEMO, since=since, until=until)
    graph.clock.advance(days=5)
    after = graph.meta.truth(DEMO, since=since, until=until)
    assert after.conversions > before.conversions
    assert after.revenue_micros > before.revenue_micros


def test_some_values_go_down(graph: Graph) -> None:
    since, until = TODAY - timedelta(days=3), TODAY - timedelta(days=1)
    before = truth(graph, since, until)
    graph.clock.advance(days=3)
    after = truth(graph, since, until)
    assert any(after[key].clicks < row.clicks for key, row in before.items())


def test_what_is_older_than_28_days_never_changes(graph: Graph) -> None:
    settled = TODAY - timedelta(days=28)
    before = truth(graph, date(2025, 10, 1), settled)
    for _ in range(3):
        graph.clock.advance(days=11, minutes=7)
        assert truth(graph, date(2025, 10, 1), settled) == before


def test_a_day_is_settled_before_it_leaves_the_window(graph: Graph) -> None:
    """Who reads the last 29 dates each day, today included, misses nothing."""
    day = TODAY - timedelta(days=28)
    graph.clock.freeze(AFTERNOON.replace(hour=4, minute=30))
    first = truth(graph, day, day)
    graph.clock.advance(days=30)
    assert truth(graph, day, day) == first


def test_numbers_follow_from_the_seed(graph: Graph) -> None:
    def first_day(seed: str) -> Any:
        graph.meta.add_account("42", seed=seed, dense=True, ads=5)
        return [(row.impressions, row.spend_micros) for row in graph.meta.truth_rows("42", until=date(2025, 10, 1))]

    assert first_day("a") == first_day("a") != first_day("b")


def test_without_drift_only_an_order_changes_anything(graph: Graph) -> None:
    graph.meta.add_account("42", dense=True, ads=5, drift=False)
    before = truth(graph, TODAY - timedelta(days=3), account="42")
    graph.clock.advance(hours=3)
    assert truth(graph, TODAY - timedelta(days=3), account="42") == before


@pytest.mark.parametrize("number", [1, 280])
def test_exactly_so_many_values_are_restated(graph: Graph, number: int) -> None:
    graph.meta.add_account("42", dense=True, ads=40)
    before = truth(graph, date(2025, 10, 1), account="42")
    said = graph.control("meta/restate", {"account": "42", "count": number})["restated"]
    after = truth(graph, date(2025, 10, 1), account="42")
    changed = {key for key, row in before.items() if after[key] != row}
    assert changed == {(one["id"], one["date"]) for one in said}
    assert len(changed) == number
    assert all(after[key].clicks == before[key].clicks + 1 for key in changed)
    assert all(after[key].conversions == before[key].conversions for key in changed)


def test_restating_again_changes_the_same_rows_again(graph: Graph) -> None:
    graph.meta.add_account("42", dense=True, ads=10)
    assert graph.meta.restate("42", 5) == graph.meta.restate("42", 5)


def test_more_rows_than_there_are_cannot_be_restated(graph: Graph) -> None:
    graph.meta.add_account("42", dense=True, ads=1)
    with pytest.raises(ValueError, match="Only 28 rows"):
        graph.meta.restate("42", 29)
