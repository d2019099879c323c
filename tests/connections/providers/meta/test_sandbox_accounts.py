"""Tokens, the accounts they may read, versions and the proof of the app's secret."""

import hashlib
import hmac
import json

import pytest

from connections.providers.meta.sandbox.accounts import DEMO_TOKEN
from tests.connections.providers.meta.asking import Graph


def test_the_demo_token_reads_the_demo_account(graph: Graph) -> None:
    answer = graph.get("me/adaccounts", fields="id,account_id,name,currency,timezone_name,account_status,business")
    assert answer.data == [
        {
            "id": "act_1001001",
            "account_id": "1001001",
            "name": "Demo Shop",
            "currency": "USD",
            "timezone_name": "America/New_York",
            "account_status": 1,
            "business": {"id": "301001001", "name": "Demo Shop Ltd"},
        }
    ]


def test_a_token_sees_only_its_own_accounts(graph: Graph) -> None:
    graph.control("meta/accounts", {"account_id": "act_42", "name": "Alice's Boats", "token": "alices-token"})
    assert [account["id"] for account in graph.get("me/adaccounts", token="alices-token").data] == ["act_42"]
    refused = graph.get("act_1001001/campaigns", token="alices-token")
    assert (refused.status, refused.error["code"]) == (403, 200)


def test_many_accounts_are_paged(graph: Graph) -> None:
    for number in range(2000, 2004):
        graph.meta.add_account(str(number))
    assert len(graph.pages("me/adaccounts", limit="2")) == 3


def test_links_between_pages_of_my_accounts_name_the_person_by_number(graph: Graph) -> None:
    graph.meta.add_account("2000")
    first = graph.get("me/adaccounts", limit="1")
    assert "/v26.0/900100200300/adaccounts?" in first.json["paging"]["next"]
    assert graph.follow(first.json["paging"]["next"]).data == [{"account_id": "2000", "id": "act_2000"}]


def test_a_scope_that_was_declined_is_listed_and_missed(graph: Graph) -> None:
    graph.control("meta/tokens", {"token": DEMO_TOKEN, "declined": ["ads_read"]})
    assert {"permission": "ads_read", "status": "declined"} in graph.get("me/permissions").data
    assert graph.get("debug_token", input_token=DEMO_TOKEN).json["data"]["scopes"] == [
        "business_management",
        "public_profile",
    ]
    for path in ("me/adaccounts", "act_1001001", "act_1001001/insights"):
        assert (graph.get(path).status, graph.get(path).error["code"]) == (403, 200)


def test_a_disabled_account_says_why(graph: Graph) -> None:
    graph.meta.add_account("43", account_status=2, disable_reason=3)
    answer = graph.get("act_43", fields="account_status,disable_reason").json
    assert (answer["account_status"], answer["disable_reason"]) == (2, 3)


def test_the_account_node_has_a_trailing_slash(graph: Graph) -> None:
    answer = graph.get("act_1001001/", fields="name,currency,timezone_name,timezone_offset_hours_utc,created_time")
    assert answer.json == {
        "name": "Demo Shop",
        "currency": "USD",
        "timezone_name": "America/New_York",
        "timezone_offset_hours_utc": -4,
        "created_time": "2025-10-01T06:00:00-0400",
        "id": "act_1001001",
    }
    assert graph.get("act_1001001").json == {"account_id": "1001001", "id": "act_1001001"}


def test_fields_may_be_a_json_list(graph: Graph) -> None:
    assert graph.get("act_1001001", fields=["name", "currency"]).json.keys() == {"name", "currency", "id"}


def test_an_unknown_field_is_refused(graph: Graph) -> None:
    assert "nonexisting field (colour)" in graph.get("act_1001001", fields="colour").error["message"]


@pytest.mark.parametrize("identifier", ["act_999", "120999999999999999", "nonsense"])
def test_what_does_not_exist_is_100_33(graph: Graph, identifier: str) -> None:
    error = graph.get(identifier).error
    assert (error["code"], error["error_subcode"], error["type"]) == (100, 33, "GraphMethodException")
    assert identifier in error["message"]


@pytest.mark.parametrize("subcode", [458, 459, 460, 463, 467, 493])
def test_special_tokens_are_dead_in_their_own_way(graph: Graph, subcode: int) -> None:
    answer = graph.get("me", token=f"sandbox-token-{subcode}")
    assert (answer.status, answer.error["code"], answer.error["error_subcode"]) == (400, 190, subcode)
    assert answer.error["fbtrace_id"]


def test_a_checkpoint_comes_with_json_in_a_string(graph: Graph) -> None:
    error = graph.get("me", token="sandbox-token-459").error
    assert json.loads(error["error_data"])["checkpoint_url"]


def test_an_unknown_token_is_190_without_a_subcode(graph: Graph) -> None:
    error = graph.get("me", token="made-up").error
    assert error["code"] == 190
    assert "error_subcode" not in error


def test_a_token_can_die_and_be_revived(graph: Graph) -> None:
    graph.control("meta/tokens", {"token": DEMO_TOKEN, "subcode": 463})
    assert graph.get("me").error["error_subcode"] == 463
    assert graph.get("debug_token", token="2001|any", input_token=DEMO_TOKEN).json["data"]["is_valid"] is False
    graph.control("meta/tokens", {"token": DEMO_TOKEN})
    assert graph.get("me").status == 200


def test_a_token_can_be_looked_at(graph: Graph) -> None:
    data = graph.get("debug_token", input_token=DEMO_TOKEN).json["data"]
    assert data["is_valid"] is True
    assert data["data_access_expires_at"] > data["expires_at"] > graph.clock.now().timestamp()
    assert "ads_read" in data["scopes"]
    assert {"permission": "ads_read", "status": "granted"} in graph.get("me/permissions").data


def test_the_proof_is_checked_once_the_app_has_a_secret(graph: Graph) -> None:
    graph.control("meta/app", {"app_secret": "not-so-secret"})
    refused = graph.get("me")
    assert (refused.error["code"], "Invalid appsecret_proof" in refused.error["message"]) == (100, True)
    proof = hmac.new(b"not-so-secret", DEMO_TOKEN.encode(), hashlib.sha256).hexdigest()
    assert graph.get("me", appsecret_proof=proof).status == 200


def test_an_old_version_is_refused(graph: Graph) -> None:
    assert graph.get("me", version="v19.0").error["code"] == 2635
    assert graph.get("me", version="v20.0").status == 200


def test_no_token_at_all(graph: Graph) -> None:
    assert graph.get("me", token="").error["code"] == 2500
