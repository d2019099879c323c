"""Odd numbers and times: what our tables can hold, and what is put aside."""

from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from connections.errors import BadData, Misconfigured
from connections.providers.google_ads import values
from connections.providers.google_ads.rows import check_mask, row_reader, select


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (0.0, "0.000000"),
        (1.25, "1.250000"),
        (0.1 + 0.2, "0.300000"),
        (-2.5, "-2.500000"),
        (-1e-9, "0.000000"),
        (-0.0, "0.000000"),
    ],
)
def test_conversions_are_decimals_and_can_be_taken_back(value: float, stored: str) -> None:
    assert str(values.count(value)) == stored


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e13])
def test_what_is_no_number_is_put_aside(value: float) -> None:
    with pytest.raises(BadData):
        values.count(value)
    with pytest.raises(BadData):
        values.micros(value)


def test_money_is_in_whole_millionths() -> None:
    assert values.micros(19.95) == 19_950_000
    assert values.micros(-0.1) == -100_000
    with pytest.raises(BadData):
        values.whole({"x": -1}, "x")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-07-01 00:00:00", datetime(2026, 7, 1, 4, tzinfo=UTC)),
        ("2026-01-01 00:00:00", datetime(2026, 1, 1, 5, tzinfo=UTC)),
        ("2037-12-30 23:59:59", None),
        ("", None),
    ],
)
def test_times_are_the_accounts(text: str, moment: datetime | None) -> None:
    assert values.moment({"x": text}, "x", "America/New_York") == moment


def test_what_is_no_date_is_put_aside() -> None:
    with pytest.raises(BadData):
        values.day("soon")
    with pytest.raises(BadData):
        values.moment({"x": "soon"}, "x", "UTC")


def test_a_field_that_google_leaves_out_is_told_and_not_taken_for_nothing() -> None:
    with pytest.raises(Misconfigured, match=r"metrics\.clicks"):
        check_mask(["campaign.id"], ["campaign.id", "metrics.clicks"])


@dataclass
class Kind:
    values_by_number: dict[int, SimpleNamespace]


def test_an_enumeration_is_told_by_name_and_a_new_member_by_number() -> None:
    status = SimpleNamespace(enum_type=Kind({2: SimpleNamespace(name="ENABLED")}), message_type=None)
    inner = SimpleNamespace(fields_by_name={"status": status})
    campaign = SimpleNamespace(enum_type=None, message_type=inner)
    read = row_reader(SimpleNamespace(fields_by_name={"campaign": campaign}), ["campaign.status"])
    rows = [SimpleNamespace(campaign=SimpleNamespace(status=number)) for number in (2, 99)]
    assert [read(row) for row in rows] == [("ENABLED",), ("99",)]


def test_a_question_names_each_field_once() -> None:
    assert select(("a.id", "b.id", "a.id"), "a", "", "ORDER BY a.id") == "SELECT a.id, b.id FROM a ORDER BY a.id"
