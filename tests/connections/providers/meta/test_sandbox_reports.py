"""The sandbox makes asynchronous reports as Meta does, and lets every way in which they go wrong happen."""

from typing import Any

import pytest
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adreportrun import AdReportRun

from tests.connections.providers.meta.asking import Answer, Graph
from tests.connections.providers.meta.test_sandbox_with_the_sdk import api_of

WEEK: dict[str, Any] = {
    "level": "ad",
    "time_range": {"since": "2026-03-01", "until": "2026-03-07"},
    "time_increment": "1",
    "fields": ["ad_id", "impressions", "spend"],
}
ASKED = {"kind": "report", "method": "POST"}


def ask(graph: Graph, **course: Any) -> str:
    if course:
        graph.control("meta/faults", [{**ASKED, "times": 1, **course}])
    return str(graph.post("act_1001001/insights", **WEEK).json["report_run_id"])


def look(graph: Graph, number: str, *fields: str) -> Answer:
    names = ("async_status", "async_percent_completion", *fields)
    return graph.get(f"{number}/", fields=",".join(names))


def state(graph: Graph, number: str) -> tuple[str, int]:
    told = look(graph, number).json
    return told["async_status"], told["async_percent_completion"]


def states(graph: Graph, number: str, seconds: int) -> list[tuple[str, int]]:
    found = []
    for _ in range(seconds):
        found.append(state(graph, number))
        graph.clock.advance(seconds=1)
    return found


def test_a_report_goes_through_its_states(graph: Graph) -> None:
    seen = states(graph, ask(graph, seconds=10), 12)
    assert list(dict.fromkeys(name for name, _ in seen)) == [
        "Job Not Started",
        "Job Started",
        "Job Running",
        "Job Completed",
    ]
    assert [percent for _, percent in seen] == sorted(percent for _, percent in seen)
    assert seen[9][1] < 100
    assert seen[10:] == [("Job Completed", 100)] * 2


def test_it_may_run_at_100_percent(graph: Graph) -> None:
    seen = states(graph, ask(graph, seconds=10, full_seconds=4), 11)
    assert seen[6:] == [("Job Running", 100)] * 4 + [("Job Completed", 100)]


def test_its_rows_are_those_of_the_direct_question(graph: Graph) -> None:
    number = ask(graph)
    direct = graph.everything("act_1001001/insights", **WEEK, limit="500")
    graph.clock.advance(hours=3)
    assert direct
    assert graph.everything(f"{number}/insights", limit="500") == direct, "they stand as when it was asked for"
    paged = graph.pages(f"{number}/insights", limit="100")
    assert [row for page in paged for row in page.data] == direct
    assert len(paged) == -(-len(direct) // 100)
    assert f"/{number}/insights?" in paged[0].json["paging"]["next"]


def test_rows_before_it_is_done_are_refused(graph: Graph) -> None:
    answer = graph.get(f"{ask(graph, seconds=10)}/insights")
    assert (answer.status, answer.error["code"], answer.error["error_subcode"]) == (400, 2601, 1815107)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("", {}),
        ("100-1487534", {"error_code": 100, "error_subcode": 1487534, "error_user_title": "Too Much Data"}),
        ("2", {"error_code": 2, "error_message": "(#2) Service temporarily unavailable"}),
    ],
)
def test_it_may_fail_and_say_why(graph: Graph, error: str, told: dict[str, Any]) -> None:
    number = ask(graph, seconds=2, ends="failed", error=error)
    graph.clock.advance(seconds=2)
    answer = look(graph, number, "error_code", "error_subcode", "error_message", "error_user_title").json
    assert answer["async_status"] == "Job Failed"
    assert told.items() <= answer.items()
    assert bool(told) == ("error_code" in answer)


def test_it_may_be_skipped_never_end_or_vanish(graph: Graph) -> None:
    skipped, endless, gone = ask(graph, ends="skipped"), ask(graph, ends="never"), ask(graph, ends="vanished")
    assert look(graph, gone).status == 200
    graph.clock.advance(days=2)
    assert state(graph, skipped)[0] == "Job Skipped"
    assert state(graph, endless)[0] == "Job Running"
    answer = look(graph, gone)
    assert (answer.error["code"], answer.error["error_subcode"]) == (100, 33)


def test_it_may_not_be_known_at_first(graph: Graph) -> None:
    number = ask(graph, seconds=1, unknown_seconds=5)
    assert look(graph, number).error["error_subcode"] == 33
    graph.clock.advance(seconds=5)
    assert state(graph, number) == ("Job Completed", 100)


@pytest.mark.parametrize(
    ("change", "code"), [({"level": "shoe"}, 100), ({"fields": ["nonsense"]}, 100), ({"breakdowns": ["age"]}, 2)]
)
def test_a_wrong_question_is_refused_at_once(graph: Graph, change: dict[str, Any], code: int) -> None:
    answer = graph.post("act_1001001/insights", **{**WEEK, **change})
    assert (answer.status, answer.error["code"]) == (400, code)
    assert graph.meta.reports() == []


def test_too_much_is_refused_at_once_too(graph: Graph) -> None:
    graph.meta.account("1001001").rows_per_call = 10
    assert graph.post("act_1001001/insights", **WEEK).error["error_subcode"] == 1487534


def test_strangers_read_no_report(graph: Graph) -> None:
    number = ask(graph)
    graph.meta.add_account("77", tokens=["another-token"])
    assert graph.get(f"{number}/", token="another-token").status == 403
    assert graph.get(f"{number}/ads").error["code"] == 100
    assert graph.get(f"{number}/", fields="shoe_size").error["code"] == 100


def test_tests_can_count_them(graph: Graph) -> None:
    numbers = [ask(graph), ask(graph, ends="vanished")]
    told = graph.control("meta/reports?account=1001001", method="GET")
    assert [each["id"] for each in told["reports"]] == numbers
    assert told["reports"][0]["params"]["level"] == "ad"
    assert "access_token" not in told["reports"][0]["params"]
    assert graph.control("meta/reports?account=77", method="GET") == {"count": 0, "reports": []}
    assert len(graph.meta.calls.all(path="act_1001001/insights")) == 2
    graph.meta.reset()
    assert graph.meta.reports() == []


def test_each_look_counts_against_the_insights_quota(graph: Graph) -> None:
    number = ask(graph)
    look(graph, number)
    assert {call.bucket for call in graph.meta.calls.all()} == {"ads_insights"}
    assert {call.scope for call in graph.meta.calls.all()} == {"1001001"}


def test_the_sdks_own_report_objects_read_it(graph: Graph) -> None:
    api = api_of(graph, "sandbox-demo-token")
    params = {name: value for name, value in WEEK.items() if name != "fields"}
    run = AdAccount("act_1001001", api=api).get_insights_async(fields=WEEK["fields"], params=params)
    graph.clock.advance(seconds=5)
    told = AdReportRun(run["id"], api=api).api_get(fields=["async_status", "async_percent_completion"])
    assert (told["async_status"], told["async_percent_completion"]) == ("Job Completed", 100)
    rows = AdReportRun(run["id"], api=api).get_insights(params={"limit": 100})
    assert len(list(rows)) == len(graph.everything("act_1001001/insights", **WEEK, limit="500"))
