"""Every fault of a Graph API can be had: its errors, its paging, its records and its headers."""

import json
import time
from threading import Thread
from typing import Any

import pytest

from connections.providers.meta.sandbox.errors import CATALOGUE
from tests.connections.providers.meta.asking import Answer, Graph

DEMO = "act_1001001"
INSIGHTS = f"{DEMO}/insights"


def struck(graph: Graph, path: str = INSIGHTS, **rule: Any) -> Answer:
    """The answer to the one call that the fault hits."""
    graph.control("meta/faults", [{"times": 1, **rule}])
    params = {"level": "ad", "date_preset": "last_3d", "time_increment": "1", "fields": "ad_id,spend", "limit": "10"}
    return graph.get(path, **params) if "insights" in path else graph.get(path, fields="name", limit="10")


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_error_of_the_catalogue_can_be_asked_for(graph: Graph, name: str) -> None:
    answer = struck(graph, kind="error", error=name)
    status, error = CATALOGUE[name]
    assert answer.status == status
    assert error.items() <= answer.error.items()
    assert graph.get(INSIGHTS).status == 200


def test_an_error_can_be_spelled_out(graph: Graph) -> None:
    answer = struck(graph, kind="error", status=418, body={"code": 12345, "message": "New"})
    assert (answer.status, answer.error["code"]) == (418, 12345)


@pytest.mark.parametrize("name", ["17", "613", "4"])
def test_a_limit_tells_the_seconds_to_wait(graph: Graph, name: str) -> None:
    answer = struck(graph, kind="error", error=name, seconds=90)
    assert answer.usage("x-ad-account-usage")["reset_time_duration"] == 90
    assert answer.headers["retry-after"] == "90"


@pytest.mark.parametrize(("name", "bucket"), [("80000", "ads_insights"), ("80004", "ads_management")])
def test_a_limit_tells_the_minutes_to_wait(graph: Graph, name: str, bucket: str) -> None:
    answer = struck(graph, kind="error", error=name, minutes=7)
    (usage,) = answer.usage("x-business-use-case-usage")["1001001"]
    assert (usage["type"], usage["estimated_time_to_regain_access"]) == (bucket, 7)


def test_an_empty_page_may_have_a_next(graph: Graph) -> None:
    whole = graph.everything(f"{DEMO}/ads", limit="10")
    graph.meta.faults.add({"kind": "empty_page_with_next", "path": "/ads", "nth": [2, 4]})
    pages = graph.pages(f"{DEMO}/ads", limit="10")
    assert [len(page.data) for page in pages][:4] == [10, 0, 10, 0]
    assert [ad for page in pages for ad in page.data] == whole


def test_a_next_may_come_without_cursors(graph: Graph) -> None:
    whole = graph.everything(f"{DEMO}/ads", limit="10")
    graph.meta.faults.add({"kind": "next_without_cursors", "path": "/ads"})
    pages = graph.pages(f"{DEMO}/ads", limit="10")
    assert all("cursors" not in page.json.get("paging", {}) for page in pages)
    assert [ad for page in pages for ad in page.data] == whole


def test_paging_may_go_in_circles(graph: Graph) -> None:
    first = struck(graph, f"{DEMO}/ads", kind="cursor_loop")
    assert graph.follow(first.json["paging"]["next"]).data == first.data


def test_a_page_may_hold_rows_twice(graph: Graph) -> None:
    assert len(struck(graph, kind="duplicate_rows", count=3).data) == 13


def test_a_page_may_lack_rows_or_be_empty(graph: Graph) -> None:
    assert len(struck(graph, kind="missing_rows", count=4).data) == 6
    assert struck(graph, kind="no_rows").json == {"data": []}


@pytest.mark.parametrize(
    ("rule", "record"),
    [
        pytest.param({}, {"spend": "abc"}, id="a number that is none"),
        pytest.param({"record": {"ad_id": None}}, {"ad_id": None}, id="no id"),
        pytest.param({"drop": ["date_start"]}, {"date_start": "missing"}, id="no date"),
    ],
)
def test_a_record_may_be_malformed(graph: Graph, rule: dict[str, Any], record: dict[str, Any]) -> None:
    first, second, *_ = struck(graph, kind="malformed_record", **rule).data
    assert {name: first.get(name, "missing") for name in record} == record
    assert float(second["spend"]) > 0
    assert second["ad_id"]


def test_an_unknown_field_may_appear(graph: Graph) -> None:
    assert all("brand_new_field" in row for row in struck(graph, kind="extra_field").data)


def test_usage_headers_at_a_chosen_percent(graph: Graph) -> None:
    answer = struck(graph, kind="quota", percent=96, minutes=12)
    assert answer.status == 200
    assert answer.usage("x-app-usage")["call_count"] == 96
    assert answer.usage("x-ad-account-usage")["acc_id_util_pct"] == 96
    assert answer.usage("x-business-use-case-usage")["1001001"][0]["estimated_time_to_regain_access"] == 12
    one = struck(graph, kind="quota", percent=91, header="x-fb-ads-insights-throttle")
    assert one.usage("x-fb-ads-insights-throttle")["acc_id_util_pct"] == 91
    assert one.usage("x-app-usage")["call_count"] == 0


def test_usage_headers_may_be_absent(graph: Graph) -> None:
    assert not [name for name in struck(graph, kind="no_quota_headers").headers if name.startswith("x-")]


def test_errors_may_have_another_shape(graph: Graph) -> None:
    assert struck(graph, kind="error_is_text").json == {"error": "Something went wrong"}
    data = struck(graph, kind="error_data_is_text").error["error_data"]
    with pytest.raises(json.JSONDecodeError):
        json.loads(data)


def test_an_error_may_repeat_the_token(graph: Graph) -> None:
    assert "sandbox-demo-token" in struck(graph, kind="token_echo").error["message"]


@pytest.mark.parametrize(("kind", "status"), [("html", 502), ("garbage", 200), ("empty_body", 200)])
def test_answers_that_are_no_json(graph: Graph, kind: str, status: int) -> None:
    answer = struck(graph, kind=kind)
    assert answer.status == status
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.body)


def test_a_fault_hits_only_its_level(graph: Graph) -> None:
    graph.meta.faults.add({"kind": "error", "error": "1-99", "path": "/insights", "level": "ad"})
    assert graph.get(INSIGHTS, level="campaign").status == 200
    assert graph.get(INSIGHTS, level="ad").status == 500
    assert graph.meta.calls.all()[-1].fault == "error"


def test_a_held_answer_is_as_old_as_its_question(graph: Graph) -> None:
    """The older answer arrives after the newer one: what the caller would then write is stale."""
    params: dict[str, Any] = {"level": "account", "date_preset": "today", "fields": "impressions"}
    graph.meta.faults.add({"kind": "hold", "times": 1})
    late: list[int] = []
    other = Graph(graph.server)
    asking = Thread(target=lambda: late.append(int(other.get(INSIGHTS, **params).data[0]["impressions"])), daemon=True)
    asking.start()
    while not graph.meta.faults.waiting:
        time.sleep(0.01)
    graph.clock.advance(minutes=30)
    newer = int(graph.get(INSIGHTS, **params).data[0]["impressions"])
    graph.control("meta/release", method="POST")
    asking.join(3)
    assert late[0] < newer
