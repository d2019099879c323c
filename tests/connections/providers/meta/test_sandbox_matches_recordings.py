"""The sandbox's answers have the keys, value types, paging and error objects of recorded answers of the real API.

Three things differ by intent, everywhere: the version (recorded ones are refused as too old), the token, and how many
of the objects happened to deliver. Further exceptions stand, with their reasons, in the tests.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from connections.providers.meta.sandbox.errors import CATALOGUE
from tests.connections.providers.meta.asking import Answer, Graph

ROOT = Path(__file__).parents[4]
RECORDINGS = Path(os.environ.get("RECORDINGS_DIR") or ROOT.parent / "shared" / "data") / "meta"
CALLS = RECORDINGS / "keboola_ex_facebook_graph_api"
ERRORS = RECORDINGS / "errors_and_headers"
EDGES = ("campaigns", "adsets", "ads")
pytestmark = pytest.mark.skipif(not CALLS.is_dir(), reason=f"no recordings in {RECORDINGS}; set RECORDINGS_DIR")


@dataclass
class Chain:
    """One recorded list: its question and its pages, in order."""

    account: str
    edge: str
    params: dict[str, str]
    pages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def size(self) -> int:
        return sum(len(page["data"]) for page in self.pages)

    @property
    def name(self) -> str:
        return f"{self.account}-{self.edge}-{self.params['fields'][:70]}"


@cache
def recorded(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((CALLS / name).read_text())["interactions"]
    return found


def question(link: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(link).query, keep_blank_values=True))


def chains() -> Iterator[Chain]:
    """First pages came as {"act_1": page}, several accounts at once; the others by their links."""
    for path in sorted(CALLS.glob("*.json")) if CALLS.is_dir() else ():
        calls = recorded(path.name)
        following = {call["url"]: call["body"] for call in calls}
        for call in calls:
            edge = urlsplit(call["url"]).path.rpartition("/")[2]
            if edge in EDGES and "data" not in call["body"]:
                yield from (follow(account, edge, page, following) for account, page in call["body"].items())


def follow(account: str, edge: str, page: dict[str, Any], following: dict[str, Any]) -> Chain:
    chain = Chain(account, edge, question(page["paging"]["next"]), [page])
    while (link := chain.pages[-1]["paging"].get("next")) in following:
        chain.pages.append(following[link])
    chain.params.pop("after")
    return chain


def sandbox_pages(graph: Graph, chain: Chain) -> list[dict[str, Any]]:
    """The same question, asked of an account of the same size on the day after the recording."""
    today = day_after(chain.pages)
    graph.clock.freeze(datetime(today.year, today.month, today.day, 18, tzinfo=UTC))
    sizes = {"campaigns": 12, "ad_sets": 24, "ads": 90} | {chain.edge.replace("adsets", "ad_sets"): chain.size}
    started = (today - timedelta(days=500)).isoformat()
    graph.meta.add_account(chain.account, start_date=started, paused_ads=sizes["ads"] // 2, **sizes)
    params = {name: value for name, value in chain.params.items() if name != "access_token"}
    first = graph.get(chain.edge, ids=chain.account, **params).json[chain.account]
    pages = [first]
    while link := pages[-1]["paging"].get("next"):
        pages.append(graph.follow(link).json)
    return pages


def day_after(value: Any) -> date:
    return max([date(2017, 10, 2), *dates_in(value)]) + timedelta(days=1)


def dates_in(value: Any) -> Iterator[date]:
    if isinstance(value, dict):
        if "date_stop" in value:
            yield date.fromisoformat(value["date_stop"])
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from dates_in(inner)


def shape(value: Any, name: str = "") -> Any:
    """Keys and types; the items of a list are laid over each other. Links by their path and parameters."""
    if isinstance(value, dict):
        return {key: shape(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        merged: Any = {}
        for inner in value:
            merged = overlay(merged, shape(inner, name))
        return [merged]
    if name in ("next", "previous"):
        return urlsplit(value).path.split("/")[-2:], sorted(question(value))
    if name == "id" or (name.endswith("_id") and name != "fbtrace_id"):
        return "id" if isinstance(value, str) and value.removeprefix("act_").isdigit() and len(value) <= 18 else value
    return type(value).__name__


def overlay(below: Any, above: Any) -> Any:
    if isinstance(below, dict) and isinstance(above, dict):
        return {
            key: overlay(below[key], above[key]) if key in below and key in above else above.get(key, below.get(key))
            for key in below.keys() | above.keys()
        }
    if isinstance(below, list) and isinstance(above, list):
        return [overlay(below[0], above[0])]
    return "|".join(sorted({*str(below).split("|"), *str(above).split("|")} - {"", "{}"}))


def always(rows: list[dict[str, Any]]) -> set[str]:
    """The keys that every row has. Lists are left out: a metric with nothing to say is absent, as recorded too."""
    there = set.intersection(*[set(row) for row in rows]) if rows else set()
    return {key for key in there if not isinstance(rows[0][key], list)}


def insights_rows(pages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for page in pages for node in page["data"] for row in node.get("insights", {"data": []})["data"]]


@pytest.mark.parametrize("chain", list(chains()), ids=lambda chain: chain.name)
class TestLists:
    def test_the_pages_are_linked_alike(self, graph: Graph, chain: Chain) -> None:
        first, *middle, last = sandbox_pages(graph, chain)
        their_first, *their_middle, their_last = chain.pages
        assert linked(first) == linked(their_first)
        assert [linked(page) for page in middle[:1]] == [linked(page) for page in their_middle[:1]]
        assert linked(last) == linked(their_last)
        assert all(linked(page) == linked(middle[0]) for page in middle)
        assert all(linked(page) == linked(their_middle[0]) for page in their_middle)

    def test_the_records_have_the_same_keys_and_types(self, graph: Graph, chain: Chain) -> None:
        ours = [node for page in sandbox_pages(graph, chain) for node in page["data"]]
        theirs = [node for page in chain.pages for node in page["data"]]
        if not any(
            "insights" in node for node in theirs
        ):  # as in the rows' test: nothing of that account delivered in those days
            ours = [{key: value for key, value in node.items() if key != "insights"} for node in ours]
        assert shape(ours) == shape(theirs) or only_reactions_missing(shape(ours), shape(theirs))
        assert always(ours) == always(theirs)


@pytest.mark.parametrize("chain", [one for one in chains() if insights_rows(one.pages)], ids=lambda chain: chain.name)
def test_the_rows_inside_always_have_the_same_keys(graph: Graph, chain: Chain) -> None:
    assert always(insights_rows(sandbox_pages(graph, chain))) == always(insights_rows(chain.pages))


def linked(page: dict[str, Any]) -> Any:
    return page.keys(), shape(page["paging"])


def only_reactions_missing(ours: Any, theirs: Any) -> bool:
    """Whether somebody reacted in those few days is chance."""
    return bool(without_reactions(ours) == without_reactions(theirs))


def without_reactions(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_reactions(inner) for key, inner in value.items() if key != "action_reaction"}
    return [without_reactions(inner) for inner in value] if isinstance(value, list) else value


def test_the_recordings_hold_what_these_tests_are_about() -> None:
    found = list(chains())
    assert {chain.edge for chain in found} == set(EDGES)
    assert sum(len(chain.pages) for chain in found) > 130
    assert sum(len(insights_rows(chain.pages)) for chain in found) > 50


def test_rows_of_ads_asked_for_through_the_account(graph: Graph) -> None:
    """The question itself was not recorded; its fields are those of its rows."""
    for call in recorded("runbyid.json"):
        ((account, theirs),) = call["body"].items()
        graph.clock.freeze(datetime(2019, 10, 1, 18, tzinfo=UTC))
        graph.meta.add_account(account, start_date="2019-01-01", ads=6, dense=True)
        wished = "account_id,account_name,ad_name,ad_id,impressions"
        asked = f'time_range({{"since":"2019-09-29","until":"2019-09-30"}}).time_increment(1).level(ad){{{wished}}}'
        answer = graph.get("", ids=account, fields=f"insights.{asked}")
        assert shape(answer.json) == shape(call["body"])
        assert always(answer.json[account]["insights"]["data"]) == always(theirs["insights"]["data"])


def test_an_asynchronous_report_from_the_request_to_its_rows(graph: Graph) -> None:
    """The fields were asked for in the address then; the SDK sends them in a form now. Both are taken."""
    result, state, start = recorded("asyncinisghtscampaigns.json")
    account = urlsplit(start["url"]).path.split("/")[2]
    graph.clock.freeze(datetime(2021, 8, 10, 18, tzinfo=UTC))
    graph.meta.add_account(account, start_date="2021-01-01", ads=20, dense=True, report_seconds=1)
    params = {name: value for name, value in question(start["url"]).items() if name != "access_token"}
    started = graph.post(f"{account}/insights", **params)
    assert shape(started.json) == shape(start["body"])
    number = started.json["report_run_id"]
    graph.clock.advance(seconds=1)
    told = graph.get(f"{number}/").json
    assert shape(told) == shape(state["body"])
    same = ("async_status", "async_percent_completion", "date_start", "date_stop")
    assert [told[name] for name in same] == [state["body"][name] for name in same]
    rows = graph.get(f"{number}/insights")
    assert shape(rows.json) == shape(result["body"])
    assert [row["date_start"] for row in rows.data] == [row["date_start"] for row in result["body"]["data"]]
    direct = graph.get(f"{account}/insights", **params)
    assert direct.json == rows.json


# Errors

NOT_OURS = {
    "GraphBatchException": "batches are not answered by this sandbox yet",
}


def recorded_errors() -> Iterator[Any]:
    if not ERRORS.is_dir():
        return
    for number, line in enumerate((ERRORS / "graph_errors.jsonl").read_text().splitlines()):
        if line.strip():
            entry = json.loads(line)
            error = entry["body"]["error"]
            if error.get("type") not in NOT_OURS:
                yield pytest.param(entry, id=f"{number}-{error.get('code')}-{error.get('error_subcode')}")


def candidates(error: dict[str, Any]) -> list[str]:
    """The errors of the catalogue with this code and subcode."""
    wanted = (error.get("code"), error.get("error_subcode"))
    return [name for name, (_, known) in CATALOGUE.items() if (known["code"], known.get("error_subcode")) == wanted]


def strike(graph: Graph, name: str) -> Answer:
    graph.meta.faults.clear()
    graph.meta.faults.add({"kind": "error", "error": name})
    return graph.get("act_1001001/insights")


@pytest.mark.parametrize("entry", list(recorded_errors()))
def test_an_error_has_the_recorded_keys_types_and_status(graph: Graph, entry: dict[str, Any]) -> None:
    theirs = entry["body"]["error"]
    ours = [strike(graph, name) for name in candidates(theirs)]
    assert any(alike(answer, entry) for answer in ours), [answer.json for answer in ours]


def alike(answer: Answer, entry: dict[str, Any]) -> bool:
    ours, theirs = dict(answer.error), dict(entry["body"]["error"])
    if "fbtrace_id" not in theirs:  # quotations and logs leave the trace out; whole answers have it
        ours.pop("fbtrace_id", None)
    if entry["provenance"] == "official docs example":  # it shows every key that an error may have
        theirs = {name: value for name, value in theirs.items() if not name.startswith("error_user")}
    return answer.status == entry["http_status"] and bool(shape(ours) == shape(theirs))


# Headers


def test_usage_headers_have_the_recorded_keys(graph: Graph) -> None:
    answer = graph.get("act_1001001/insights")
    recorded_keys: dict[str, set[str]] = {}
    for line in (ERRORS / "rate_limit_headers.jsonl").read_text().splitlines():
        if line.strip():
            entry = json.loads(line)
            recorded_keys.setdefault(entry["header"], set()).update(leaf_keys(entry["value"]))
    del recorded_keys["x-page-usage"]  # of pages, which this sandbox has none of
    assert {name: leaf_keys(answer.usage(name)) for name in recorded_keys} == recorded_keys


def leaf_keys(value: Any) -> set[str]:
    """The keys of the innermost objects; ids of accounts are data."""
    found: set[str] = set()
    for key, inner in value.items():
        found |= set().union(*map(leaf_keys, inner)) if isinstance(inner, list) else {key}
    return found
