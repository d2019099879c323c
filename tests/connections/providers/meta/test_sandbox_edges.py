"""Lists of campaigns, ad sets and ads, and single objects by id."""

from typing import Any

import pytest

from tests.connections.providers.meta.asking import Graph

DEMO = "act_1001001"
EVERY_STATE = ["ACTIVE", "PAUSED", "ARCHIVED", "CAMPAIGN_PAUSED", "ADSET_PAUSED"]
STATES: dict[str, list[str]] = {"campaigns": EVERY_STATE[:3], "adsets": EVERY_STATE[:4], "ads": EVERY_STATE}


@pytest.mark.parametrize(("edge", "size"), [("campaigns", 8), ("adsets", 24), ("ads", 60)])
def test_the_demo_account_has_its_size(graph: Graph, edge: str, size: int) -> None:
    found = graph.everything(f"{DEMO}/{edge}", effective_status=STATES[edge], fields="id,name", limit="20")
    assert len({node["id"] for node in found}) == len(found) == size
    assert all(node["id"].isdigit() and len(node["id"]) == 18 for node in found)


def test_parents_are_named_and_exist(graph: Graph) -> None:
    sets = {node["id"]: node for node in graph.everything(f"{DEMO}/adsets", fields="campaign_id", limit="500")}
    for ad in graph.everything(f"{DEMO}/ads", fields="adset_id,campaign_id", limit="500"):
        assert sets[ad["adset_id"]]["campaign_id"] == ad["campaign_id"]


def test_only_asked_for_fields_come_and_the_id(graph: Graph) -> None:
    assert all(node.keys() == {"id"} for node in graph.get(f"{DEMO}/ads").data)
    campaign = graph.get(f"{DEMO}/campaigns", fields="name,objective,daily_budget,created_time").data[0]
    assert campaign.keys() == {"id", "name", "objective", "daily_budget", "created_time"}
    assert campaign["daily_budget"].isdigit()


def test_archived_is_not_listed_unless_asked_for(graph: Graph) -> None:
    listed = graph.everything(f"{DEMO}/ads", fields="effective_status")
    assert "ARCHIVED" not in {ad["effective_status"] for ad in listed}
    asked = graph.everything(f"{DEMO}/ads", fields="effective_status", effective_status=["ARCHIVED"])
    assert {ad["effective_status"] for ad in asked} == {"ARCHIVED"}
    filtering = [{"field": "ad.effective_status", "operator": "IN", "value": ["ARCHIVED"]}]
    assert graph.everything(f"{DEMO}/ads", fields="effective_status", filtering=filtering) == asked


def test_children_tell_that_their_parent_is_paused(graph: Graph) -> None:
    found = {ad["effective_status"] for ad in graph.everything(f"{DEMO}/ads", fields="effective_status")}
    assert {"ACTIVE", "PAUSED", "CAMPAIGN_PAUSED"} <= found


def test_deleted_is_refused_on_edges_but_works_by_id(graph: Graph) -> None:
    refused = graph.get(f"{DEMO}/ads", effective_status=["DELETED"])
    assert (refused.status, refused.error["error_subcode"]) == (400, 1815001)
    deleted = graph.meta.account("1001001").structure.ads[-1].id
    assert deleted not in {ad["id"] for ad in graph.everything(f"{DEMO}/ads", effective_status=EVERY_STATE)}
    assert graph.get(f"{deleted}/", fields="effective_status").json == {"id": deleted, "effective_status": "DELETED"}


def test_a_state_of_another_level_is_refused(graph: Graph) -> None:
    assert graph.get(f"{DEMO}/campaigns", effective_status=["ADSET_PAUSED"]).error["error_subcode"] == 1487561


def test_pages_have_opaque_cursors_and_links_only_where_they_lead(graph: Graph) -> None:
    first, *middle, last = graph.pages(f"{DEMO}/adsets", limit="9")
    assert first.json["paging"].keys() == {"cursors", "next"}
    assert middle[0].json["paging"].keys() == {"cursors", "next", "previous"}
    assert last.json["paging"].keys() == {"cursors", "previous"}
    assert first.data[-1]["id"] not in first.json["paging"]["cursors"]["after"]


def test_previous_leads_back(graph: Graph) -> None:
    first, second, *_ = graph.pages(f"{DEMO}/ads", limit="7")
    assert graph.follow(second.json["paging"]["previous"]).data == first.data


def test_an_object_that_leaves_between_pages_hides_no_other(graph: Graph) -> None:
    every = [ad["id"] for ad in graph.everything(f"{DEMO}/ads", limit="500")]
    first = graph.get(f"{DEMO}/ads", limit="10")
    graph.meta.edit(every[9], gone=True)
    assert [ad["id"] for ad in graph.follow(first.json["paging"]["next"]).data] == every[10:20]


def test_an_invented_cursor_is_refused(graph: Graph) -> None:
    assert "Invalid cursors" in graph.get(f"{DEMO}/ads", after="xyz").error["message"]


def test_a_summary_counts(graph: Graph) -> None:
    assert graph.get(f"{DEMO}/campaigns", summary="true").json["summary"] == {"total_count": 7}


def test_only_what_was_updated_after_a_moment(graph: Graph) -> None:
    ad = graph.get(f"{DEMO}/ads").data[3]["id"]
    since = int(graph.clock.now().timestamp()) - 60
    filtering = [{"field": "ad.updated_time", "operator": "GREATER_THAN", "value": since}]
    assert graph.get(f"{DEMO}/ads", filtering=filtering).data == []
    graph.control("meta/edit", {"id": ad, "name": "Renamed"})
    assert graph.get(f"{DEMO}/ads", filtering=filtering, fields="name").data == [{"id": ad, "name": "Renamed"}]


def test_a_silent_edit_leaves_updated_time_alone(graph: Graph) -> None:
    before = graph.get(f"{DEMO}/ads", fields="updated_time,effective_status").data[0]
    graph.control("meta/edit", {"id": before["id"], "effective_status": "DISAPPROVED", "silent": True})
    after = graph.get(f"{DEMO}/ads", fields="updated_time,effective_status").data[0]
    assert after == {**before, "effective_status": "DISAPPROVED"}


def test_the_remaining_budget_drifts(graph: Graph) -> None:
    campaign = graph.get(f"{DEMO}/campaigns").data[0]["id"]
    before = graph.get(campaign, fields="budget_remaining").json
    graph.clock.advance(hours=2)
    after = graph.get(campaign, fields="budget_remaining").json
    assert int(after["budget_remaining"]) < int(before["budget_remaining"])


def test_objects_list_their_own_children(graph: Graph) -> None:
    campaign = graph.get(f"{DEMO}/campaigns").data[0]["id"]
    sets = graph.get(f"{campaign}/adsets", fields="campaign_id").data
    assert {one["campaign_id"] for one in sets} == {campaign}
    assert graph.get(f"{sets[0]['id']}/ads", fields="adset_id").data[0]["adset_id"] == sets[0]["id"]


def test_several_ids_at_once(graph: Graph) -> None:
    ids = [ad["id"] for ad in graph.get(f"{DEMO}/ads", limit="3").data]
    answer: dict[str, Any] = graph.get("", ids=",".join(ids), fields="name").json
    assert list(answer) == ids
    assert all(answer[one]["id"] == one for one in ids)


def test_edges_of_several_ids_at_once(graph: Graph) -> None:
    graph.meta.add_account("42", campaigns=30)
    answer = graph.get("campaigns", ids=f"{DEMO},act_42", fields="name").json
    assert answer.keys() == {DEMO, "act_42"}
    following = graph.follow(answer["act_42"]["paging"]["next"])
    assert len(following.data) == 5


def test_edges_inside_fields(graph: Graph) -> None:
    answer = graph.get(f"{DEMO}/campaigns", fields="name,adsets.limit(2){name,insights.date_preset(today){spend}}")
    campaign = answer.data[0]
    assert len(campaign["adsets"]["data"]) == 2
    assert "/adsets?" in campaign["adsets"]["paging"]["next"]
    assert campaign["adsets"]["data"][0]["insights"]["data"][0]["spend"]
    assert graph.get(f"{DEMO}/ads", fields="creative{id,name},campaign{name}").data[0]["creative"].keys() == {
        "id",
        "name",
    }


def test_names_are_distinct_and_look_real(graph: Graph) -> None:
    names = [node["name"] for node in graph.everything(f"{DEMO}/campaigns", fields="name")]
    assert len(set(names)) == len(names)
    assert "Retargeting | US" in names


def test_a_grown_account_keeps_its_ids(graph: Graph) -> None:
    graph.meta.add_account("42", campaigns=2, ad_sets=2, ads=4)
    before = {ad["id"] for ad in graph.everything("act_42/ads")}
    graph.meta.add_account("42", campaigns=2, ad_sets=2, ads=6)
    assert before < {ad["id"] for ad in graph.everything("act_42/ads")}
