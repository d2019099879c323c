"""The source as the engine meets it: its questions about metrics, and its check of an account."""

import json

import pytest

from connections.errors import Misconfigured, NeedsReconnect, Transient
from connections.providers.meta.source import MetaSource
from connections.sources import Account, Slice
from tests.connections.providers.meta.reading import NOW, WEEK, pages_of, records_of, source_at
from tests.connections.providers.meta.scripted_server import as_json, fault, listing, scripted

NODE = {
    "id": "act_42",
    "name": "Bluebird",
    "account_status": 1,
    "currency": "EUR",
    "timezone_name": "Europe/Vienna",
}
FIELDS = "date_start,account_currency,impressions,clicks,spend,reach,actions,action_values"


def asked_for(stream, piece=WEEK):
    with scripted(as_json({"data": []})) as server:
        records_of(source_at(server.url), stream, piece)
        (asked,) = server.asked
    return asked


@pytest.mark.spec("A106")
def test_daily_numbers_are_asked_for_by_dates_of_the_account():
    asked = asked_for("ad_metrics")
    assert asked.path == "/v26.0/act_42/insights"
    asked.params.pop("access_token")
    assert asked.params == {
        "level": "ad",
        "time_range": '{"since":"2026-03-01","until":"2026-03-07"}',
        "time_increment": "1",
        "fields": f"campaign_id,adset_id,ad_id,{FIELDS}",
        "limit": "500",
    }


@pytest.mark.parametrize(
    ("stream", "level", "ids"),
    [
        ("account_metrics", "account", ""),
        ("campaign_metrics", "campaign", "campaign_id,"),
        ("adset_metrics", "adset", "campaign_id,adset_id,"),
        ("ad_metrics", "ad", "campaign_id,adset_id,ad_id,"),
    ],
)
def test_each_level_asks_for_its_own_ids_only(stream, level, ids):
    params = asked_for(stream).params
    assert (params["level"], params["fields"]) == (level, ids + FIELDS)


def test_a_slice_may_name_its_objects():
    params = asked_for("adset_metrics", Slice(since=WEEK.since, until=WEEK.until, ids=("5", "6"))).params
    assert json.loads(params["filtering"]) == [{"field": "adset.id", "operator": "IN", "value": ["5", "6"]}]


@pytest.mark.spec("A23", "T5", "T14")
def test_metrics_are_read_in_weeks_and_history_in_batches_of_objects():
    metrics = [each for each in MetaSource.streams if each.cursor_field == "date"]
    assert [(each.chunk_type, each.window_days, each.lookback_days) for each in metrics] == [
        ("account_metrics", 7, 28),
        ("campaign_metrics", 7, 28),
        ("adset_metrics", 7, 28),
        ("ad_metrics", 7, 28),
    ]
    assert {each.entity_stream: each.entity_batch for each in metrics if each.entity_stream} == {
        "campaigns": 50,
        "ad_sets": 50,
        "ads": 100,
    }


def test_a_page_knows_when_its_request_left():
    with scripted(as_json({"data": []})) as server:
        assert [page.fetched_at for page in pages_of(source_at(server.url), "ad_metrics")] == [NOW]


def test_an_empty_answer_is_one_empty_page():
    with scripted(as_json({"data": []})) as server:
        (page,) = pages_of(source_at(server.url), "ad_metrics")
    assert (page.records, page.checkpoint, page.quarantined) == ([], None, ())


def test_metrics_without_dates_are_a_mistake_of_ours():
    with scripted(listing()) as server, pytest.raises(ValueError, match="by dates"):
        records_of(source_at(server.url), "ad_metrics", Slice())


def check(*answers):
    with scripted(*answers) as server:
        account = source_at(server.url).check()
        assert server.asked[0].path == "/v26.0/act_42/"
    return account


def test_the_check_finds_name_zone_and_currency():
    assert check(as_json(NODE)) == Account("act_42", "Bluebird", "Europe/Vienna", "EUR")


@pytest.mark.parametrize("status", [1, 3, 7, 8, 9, 100, None])
def test_accounts_that_can_be_read_pass_the_check(status):
    assert check(as_json(NODE | {"account_status": status})).name == "Bluebird"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"account_status": 2, "disable_reason": 3}, "disabled this ad account because of a payment problem"),
        ({"account_status": 2, "disable_reason": 77}, "disabled this ad account."),
        ({"account_status": 101}, "closed"),
    ],
)
def test_a_disabled_account_says_why_and_what_to_do(change, words):
    with pytest.raises(Misconfigured, match=words) as caught:
        check(as_json(NODE | change))
    assert caught.value.remedy


def test_a_dead_token_needs_a_person():
    with pytest.raises(NeedsReconnect):
        check(fault(190, 463))


def test_an_account_that_is_not_there_twice_is_not_there():
    with pytest.raises(Misconfigured, match="does not exist"):
        check(fault(100, 33))
    assert check(fault(100, 33), as_json(NODE)).name == "Bluebird"


def test_a_list_called_missing_is_tried_again_while_the_account_is_there():
    with scripted(fault(100, 33), as_json(NODE)) as server, pytest.raises(Transient, match="though the account"):
        records_of(source_at(server.url), "ad_metrics")


def test_a_list_called_missing_with_its_account_is_a_matter_of_access():
    with scripted(fault(100, 33)) as server:
        with pytest.raises(Misconfigured, match="does not exist"):
            records_of(source_at(server.url), "ad_metrics")
        assert len(server.asked) == 3
