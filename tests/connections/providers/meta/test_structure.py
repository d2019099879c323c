"""Campaigns, ad sets and ads: their fields, their budgets, and what changes without an edit."""

import json
from datetime import UTC, datetime

import pytest
from facebook_business.adobjects.ad import Ad
from facebook_business.adobjects.adset import AdSet
from facebook_business.adobjects.campaign import Campaign

from connections.providers.meta.source import MetaSource
from connections.providers.meta.values import WHOLE_UNIT_CURRENCIES
from connections.sources import Account, Slice
from tests.connections.providers.meta.reading import pages_of, records_of, source_at
from tests.connections.providers.meta.scripted_server import Raw, as_json, listing, scripted

EVERYTHING = Slice()
EDITED = Slice(updated_since=datetime(2026, 3, 10, 11, 0, tzinfo=UTC))
NEXT = "https://graph.facebook.com/v26.0/act_42/campaigns?limit=25"
NAMED = {"id": "1", "name": "Spring", "configured_status": "ACTIVE", "effective_status": "PAUSED"}


def one(stream, row, currency="EUR"):
    with scripted(as_json({"data": [row]})) as server:
        source = source_at(server.url, account=Account("act_42", currency=currency))
        (page,) = pages_of(source, stream, EVERYTHING)
    return page.records[0] if page.records else page.quarantined[0].reason


@pytest.mark.spec("A20", "A22")
def test_a_campaign():
    row = NAMED | {
        "objective": "OUTCOME_SALES",
        "daily_budget": "2550",
        "start_time": "2026-01-05T08:00:00-0800",
        "stop_time": "2026-04-01T00:00:00+0200",
    }
    assert one("campaigns", row) == {
        "external_id": "1",
        "name": "Spring",
        "configured_status": "ACTIVE",
        "effective_status": "PAUSED",
        "objective": "OUTCOME_SALES",
        "daily_budget_micros": 25_500_000,
        "lifetime_budget_micros": None,
        "start_at": datetime(2026, 1, 5, 16, 0, tzinfo=UTC),
        "stop_at": datetime(2026, 3, 31, 22, 0, tzinfo=UTC),
    }


def test_an_ad_set():
    row = NAMED | {"campaign_id": "7", "lifetime_budget": "100", "end_time": "2026-04-01T00:00:00+0000"}
    record = one("ad_sets", row)
    assert (record["campaign_id"], record["lifetime_budget_micros"]) == ("7", 1_000_000)
    assert record["stop_at"] == datetime(2026, 4, 1, tzinfo=UTC)
    assert "objective" not in record


def test_an_ad():
    row = NAMED | {"campaign_id": "7", "adset_id": "8", "creative": {"id": "9"}}
    assert one("ads", row) == NAMED_RECORD | {"campaign_id": "7", "ad_set_id": "8", "creative_id": "9"}


NAMED_RECORD = {"external_id": "1", "name": "Spring", "configured_status": "ACTIVE", "effective_status": "PAUSED"}


@pytest.mark.parametrize("stream", ["ad_sets", "ads"])
def test_a_missing_parent_is_left_empty(stream):
    assert one(stream, {"id": "1"})["campaign_id"] == ""


@pytest.mark.parametrize(
    ("currency", "micros"),
    [("EUR", 25_500_000), ("USD", 25_500_000), ("KWD", 25_500_000), ("JPY", 2_550_000_000), ("TWD", 2_550_000_000)],
)
def test_budgets_come_in_the_smallest_unit_that_meta_knows(currency, micros):
    assert one("campaigns", NAMED | {"daily_budget": "2550"}, currency)["daily_budget_micros"] == micros


def test_the_currencies_without_a_smaller_unit():
    assert len(WHOLE_UNIT_CURRENCIES) == 11


def test_an_unknown_currency_is_asked_for_once():
    node = as_json({"id": "act_42", "currency": "JPY", "account_status": 1})
    row = as_json({"data": [NAMED | {"daily_budget": "5"}]})
    with scripted(node, row) as server:
        source = source_at(server.url, account=Account("act_42"))
        for _ in range(2):
            assert records_of(source, "campaigns", EVERYTHING)[0]["daily_budget_micros"] == 5_000_000
        assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": None}, "id is missing"),
        ({"name": 7}, "name is 7"),
        ({"daily_budget": "12.5"}, "daily_budget"),
        ({"daily_budget": "-1"}, "daily_budget"),
        ({"daily_budget": str(2**63 - 1)}, "more than fits"),
        ({"start_time": "soon"}, "start_time is 'soon'"),
        ({"start_time": 17}, "start_time is 17"),
        ({"stop_time": "0001-01-01T00:00:00+1400"}, "stop_time"),
        ({"effective_status": "X" * 41}, "effective_status"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_object_that_makes_no_sense_is_put_aside(change, reason):
    assert reason in one("campaigns", NAMED | change)


def test_characters_that_a_database_refuses_are_taken_out():
    body = rb'{"data": [{"id": "1", "name": "a\u0000b"}, {"id": "2", "name": "c\ud83d"}]}'
    with scripted(Raw(200, body)) as server:
        names = [record["name"] for record in records_of(source_at(server.url), "campaigns", EVERYTHING)]
    assert names == ["ab", "c\N{REPLACEMENT CHARACTER}"]


@pytest.mark.parametrize(("stream", "level"), [("campaigns", Campaign), ("ad_sets", AdSet), ("ads", Ad)])
def test_lists_ask_for_every_status_that_a_list_may_show(stream, level):
    known = {value for name, value in vars(level.EffectiveStatus).items() if not name.startswith("_")}
    with scripted(listing()) as server:
        records_of(source_at(server.url), stream, EVERYTHING)
        assert set(json.loads(server.asked[0].params["effective_status"])) == known - {"DELETED"}


def test_an_incremental_read_takes_edits_first_and_then_sweeps_over_everything():
    edited, swept = as_json({"data": [NAMED]}), as_json({"data": [{"id": "1", "effective_status": "WITH_ISSUES"}]})
    with scripted(edited, swept) as server:
        first, second = pages_of(source_at(server.url), "campaigns", EDITED)
    assert first.records[0]["name"] == "Spring"
    assert first.checkpoint == {"part": "sweep"}
    assert second.records == [{"external_id": "1", "effective_status": "WITH_ISSUES"}]
    assert second.checkpoint is None
    (condition,) = json.loads(server.asked[0].params["filtering"])
    assert condition == {"field": "campaign.updated_time", "operator": "GREATER_THAN", "value": 1773140399}
    assert "filtering" not in server.asked[1].params
    assert server.asked[1].params["fields"] == "id,effective_status"
    assert server.asked[1].params["limit"] == "500"


def test_a_sweep_is_continued_where_it_stopped():
    with scripted(listing("3")) as server:
        checkpoint = {"part": "sweep", "page": {"after": "b"}, "limit": 500}
        (page,) = pages_of(source_at(server.url), "campaigns", EDITED, checkpoint)
        assert server.asked[0].params["after"] == "b"
    assert page.records == [{"external_id": "3", "effective_status": ""}]


def test_the_checkpoint_names_the_part_that_it_belongs_to():
    pages = [listing("1", more=f"{NEXT}&after=a"), listing("2"), listing("1", more=f"{NEXT}&after=b"), listing("2")]
    with scripted(*pages) as server:
        checkpoints = [page.checkpoint for page in pages_of(source_at(server.url), "campaigns", EDITED)]
    assert checkpoints == [
        {"part": "edited", "page": {"after": "a"}, "limit": 500},
        {"part": "sweep"},
        {"part": "sweep", "page": {"after": "b"}, "limit": 500},
        None,
    ]


def test_parents_come_before_their_children():
    assert [(each.name, each.parent) for each in MetaSource.streams] == [
        ("campaigns", None),
        ("ad_sets", "campaigns"),
        ("ads", "ad_sets"),
        ("account_metrics", None),
        ("campaign_metrics", "campaigns"),
        ("adset_metrics", "ad_sets"),
        ("ad_metrics", "ads"),
    ]
