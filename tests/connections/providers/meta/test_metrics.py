"""A row of insights becomes a record, or is put aside with a reason."""

from datetime import date
from decimal import Decimal

import pytest

from connections.errors import BadData
from connections.providers.meta.metrics import DailyMetric
from tests.connections.providers.meta.reading import pages_of, records_of, source_at
from tests.connections.providers.meta.scripted_server import Raw, as_json, scripted

ROW = {
    "campaign_id": "10",
    "adset_id": "20",
    "ad_id": "30",
    "date_start": "2026-03-02",
    "date_stop": "2026-03-02",
    "account_currency": "CZK",
    "impressions": "1042",
    "clicks": "17",
    "spend": "12.34",
    "reach": "900",
    "actions": [{"action_type": "purchase", "value": "3"}, {"action_type": "lead", "value": "1"}],
    "action_values": [{"action_type": "purchase", "value": "99.5"}],
}


def describe(row, conversions=None, **changes):
    settings = {"level": "ad", "id_field": "ad_id", "account_id": "act_42", "currency": "EUR"} | changes
    chosen = {"conversions": conversions} if conversions else {}
    return DailyMetric(**settings, since=date(2026, 3, 1), until=date(2026, 3, 7), **chosen)(row)


def action(action_type, value, **more):
    return {"action_type": action_type, "value": value, **more}


@pytest.mark.spec("A25", "A29")
def test_a_whole_row():
    assert describe(ROW) == {
        "level": "ad",
        "external_id": "30",
        "date": date(2026, 3, 2),
        "campaign_id": "10",
        "ad_set_id": "20",
        "impressions": 1042,
        "clicks": 17,
        "spend_micros": 12_340_000,
        "conversions": Decimal(3),
        "revenue_micros": 99_500_000,
        "reach": 900,
        "actions": {
            "actions": [action("lead", "1"), action("purchase", "3")],
            "action_values": [action("purchase", "99.5")],
        },
        "currency": "CZK",
    }


def test_what_meta_leaves_out_is_zero_except_reach():
    record = describe({"ad_id": "30", "date_start": "2026-03-02"})
    assert record["reach"] is None
    assert record["currency"] == "EUR"
    assert record["actions"] == {"actions": [], "action_values": []}
    numbers = ("impressions", "clicks", "spend_micros", "conversions", "revenue_micros")
    assert [record[name] for name in numbers] == [0, 0, 0, 0, 0]
    assert (record["campaign_id"], record["ad_set_id"]) == ("", "")


@pytest.mark.parametrize(
    ("level", "id_field", "external_id"),
    [("account", "", "act_42"), ("campaign", "campaign_id", "10"), ("ad_set", "adset_id", "20"), ("ad", "ad_id", "30")],
)
def test_each_level_is_about_its_own_object(level, id_field, external_id):
    assert describe(ROW, level=level, id_field=id_field)["external_id"] == external_id


@pytest.mark.parametrize(
    ("actions", "conversions"),
    [
        pytest.param([action("purchase", "3"), action("omni_purchase", "4")], "4", id="omni first, never the sum"),
        pytest.param([action("offsite_conversion.fb_pixel_purchase", "2")], "2", id="pixel last"),
        pytest.param([action("purchase", "1.234567891", **{"7d_click": "9"})], "1.234568", id="value, six places"),
        pytest.param([action("lead", "5")], "0", id="none of them"),
        pytest.param([{"action_type": "purchase", "7d_click": "9"}], "0", id="without value"),
    ],
)
def test_purchases_count_as_conversions(actions, conversions):
    assert describe(ROW | {"actions": actions})["conversions"] == Decimal(conversions)


def test_conversions_have_six_places_so_that_equal_numbers_look_equal():
    assert str(describe(ROW)["conversions"]) == "3.000000"
    assert str(describe(ROW | {"actions": []})["conversions"]) == "0.000000"


def test_a_connection_may_choose_its_conversion():
    with scripted(as_json({"data": [ROW]})) as server:
        chosen = source_at(server.url, options={"conversion_action": "lead"})
        assert records_of(chosen, "ad_metrics")[0]["conversions"] == 1


def test_shuffled_actions_are_no_change():
    several = [action("b", "1"), action("a", "2"), action("a", "1", action_reaction="like")]
    assert describe(ROW | {"actions": several}) == describe(ROW | {"actions": several[::-1]})
    assert len(describe(ROW | {"actions": several})["actions"]["actions"]) == 3


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ad_id": None}, "ad_id is missing"),
        ({"ad_id": ""}, "ad_id is ''"),
        ({"ad_id": "x" * 65}, "not an id"),
        ({"ad_id": ["1"]}, "not an id"),
        ({"date_start": None}, "date_start is missing"),
        ({"date_start": "2026-02-30"}, "not a date"),
        ({"date_start": 20260302}, "not a date"),
        ({"date_start": "2026-02-28", "date_stop": "2026-02-28"}, "outside"),
        ({"date_start": "2026-03-08", "date_stop": "2026-03-08"}, "outside"),
        ({"date_stop": "2026-03-07"}, "not one day"),
        ({"spend": "abc"}, "spend is 'abc'"),
        ({"spend": "-1"}, "spend is '-1'"),
        ({"spend": "NaN"}, "spend is 'NaN'"),
        ({"spend": "Infinity"}, "spend is 'Infinity'"),
        ({"spend": "1e999999999"}, "spend is"),
        ({"spend": "9223372036855"}, "spend is"),
        ({"spend": True}, "spend is True"),
        ({"spend": {"value": 1}}, "spend is"),
        ({"impressions": "12.5"}, "impressions is '12.5'"),
        ({"impressions": "-3"}, "impressions is '-3'"),
        ({"impressions": "9223372036854775808"}, "impressions is"),
        ({"impressions": "9" * 5000}, "impressions is"),
        ({"clicks": []}, "clicks is []"),
        ({"reach": "many"}, "reach is 'many'"),
        ({"actions": "none"}, "actions is no list"),
        ({"actions": [{"value": "1"}]}, "actions is no list"),
        ({"actions": [action(["x"], "1")]}, "actions is no list"),
        ({"actions": [action("a", "1"), action(7, "1")]}, "actions is no list"),
        ({"actions": [action("purchase", "1000000000000")]}, "value is"),
        ({"action_values": [action("purchase", "-5")]}, "value is '-5'"),
        ({"account_currency": "EURO"}, "account_currency is 'EURO'"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_a_row_that_makes_no_sense_is_put_aside_with_its_reason(change, reason):
    with pytest.raises(BadData) as caught:
        describe(ROW | change)
    assert reason in caught.value.sentence


def test_numbers_of_json_are_numbers_too():
    record = describe(ROW | {"impressions": 7, "spend": 0.1, "ad_id": 30})
    assert (record["impressions"], record["spend_micros"], record["external_id"]) == (7, 100_000, "30")


def test_the_largest_numbers_fit():
    record = describe(ROW | {"impressions": str(2**63 - 1), "spend": "9223372036854"})
    assert record["impressions"] == 2**63 - 1
    assert record["spend_micros"] == 9_223_372_036_854_000_000


def test_one_bad_row_is_put_aside_and_the_rest_goes_on():
    rows = [ROW, ROW | {"ad_id": "31", "spend": "abc", "note": "access_token=EAAabcdefghijklmnopqrst"}, "no row", ROW]
    with scripted(as_json({"data": rows})) as server:
        (page,) = pages_of(source_at(server.url), "ad_metrics")
    assert len(page.records) == 2
    spend, text = page.quarantined
    assert (spend.key, spend.reason) == ("31 2026-03-02", "spend is 'abc', not an amount from 0 on.")
    assert "[removed]" in spend.raw
    assert "EAA" not in spend.raw
    assert text.key == ""


def test_the_raw_row_of_a_quarantine_is_cut():
    with scripted(as_json({"data": [ROW | {"spend": "x" * 9000}]})) as server:
        (page,) = pages_of(source_at(server.url), "ad_metrics")
    assert len(page.quarantined[0].raw) == 2000
    assert len(page.quarantined[0].reason) < 200


def test_a_number_that_json_does_not_know_spoils_its_row_only():
    body = as_json({"data": [ROW, ROW]}).body.replace(b'"12.34"', b"NaN", 1)
    with scripted(Raw(200, body)) as server:
        (page,) = pages_of(source_at(server.url), "ad_metrics")
    assert (len(page.records), len(page.quarantined)) == (1, 1)
