"""What becomes of an odd object: it is understood, or put aside with a reason, and never stops the others."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connections.errors import BadData, Transient
from connections.providers.logikal import records
from connections.providers.logikal.client import Reply
from connections.providers.logikal.rows import listed
from connections.sources import Record

GUID = "0f0c3a52-6c1e-4a57-9a55-0d5b7f1c2d11"
PROJECT = {"id": GUID, "name": "School", "createdDate": 1_700_000_000, "changedDate": 1_700_000_100, "isDeleted": False}
ELEVATION = {"id": GUID, "versionId": "v-1", "changedDate": 1_700_000_100, "width": 1200.5, "amount": 2.0}


def project(**other: Any) -> Record:
    return records.project({**PROJECT, **other}, directory_path="A/B")


def elevation(**other: Any) -> Record:
    return records.elevation({**ELEVATION, **other}, project_id="p", phase_id="f")


def directory(**other: Any) -> Record:
    return records.directory({"name": "B", "path": "A/B", **other}, parent="A")


def test_dates_are_seconds_since_1970_in_utc() -> None:
    assert project()["created_date"] == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert project()["version"] == "1700000100"


@pytest.mark.parametrize("nothing", [0, None])
def test_no_date_is_none_and_version_0(nothing: int | None) -> None:
    found = project(changedDate=nothing)
    assert (found["changed_date"], found["version"]) == (None, "0")


def test_an_elevations_version_moves_with_either_of_its_two() -> None:
    assert elevation()["version"] == "v-1/1700000100"
    assert elevation(versionId=None)["version"] == "/1700000100"
    assert elevation(versionId=None, changedDate=None)["version"] == ""


def test_numbers_have_six_places() -> None:
    assert (elevation()["width"], elevation()["height"]) == (Decimal("1200.500000"), None)
    assert str(elevation(amount=3)["amount"]) == "3.000000"


def test_surfaces_go_by_our_names() -> None:
    found = elevation(surfaceOfBaseElement={"name": "Matt", "colorInside": "white", "colorOutside": None, "more": 1})
    assert found["surfaces"] == {
        "base": {"name": "Matt", "color_inside": "white", "color_outside": ""},
        "insertions": {},
    }


def test_what_is_left_out_is_empty() -> None:
    found = records.project({"id": GUID}, directory_path="")
    assert {value for name, value in found.items() if name not in ("external_id", "version")} == {"", None, False}


@pytest.mark.parametrize(
    ("describe", "odd"),
    [
        (project, {"id": None}),
        (project, {"id": 7}),
        (project, {"id": "two words"}),
        (project, {"id": "x" * 65}),
        (project, {"name": ["a", "b"]}),
        (project, {"changedDate": "yesterday"}),
        (project, {"changedDate": -1}),
        (project, {"changedDate": 10**15}),
        (project, {"changedDate": True}),
        (project, {"isDeleted": "no"}),
        (elevation, {"width": "wide"}),
        (elevation, {"width": 1e300}),
        (elevation, {"width": float("nan")}),
        (elevation, {"surfaceOfBaseElement": "white"}),
        (directory, {"path": ""}),
        (directory, {"path": "/"}),
        (directory, {"path": None}),
        (directory, {"path": "Elsewhere/B"}),
        (directory, {"path": "A/" + "x" * 500}),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, dict) else value.__name__,
)
def test_what_makes_no_sense_is_put_aside(describe: Callable[..., Record], odd: dict[str, Any]) -> None:
    with pytest.raises(BadData):
        describe(**odd)


def test_the_others_of_a_list_are_kept() -> None:
    rows = [PROJECT, {**PROJECT, "id": None, "name": "Odd"}, "no object", None, PROJECT]
    now = datetime(2026, 3, 12, tzinfo=UTC)
    found = listed(Reply(rows, now), lambda row: records.project(row, directory_path=""), "external_id")
    assert [record["external_id"] for record in found.records] == [GUID]
    assert [(each.key, each.reason) for each in found.quarantined] == [
        ("Odd", "id is missing, not an id."),
        ("", "The row is not an object with fields."),
        ("", "The row is not an object with fields."),
    ]
    assert found.page(None, complete={"directory_path": ""}).complete is None


def test_what_is_no_list_is_asked_for_again() -> None:
    with pytest.raises(Transient):
        listed(Reply("text", datetime(2026, 3, 12, tzinfo=UTC)), dict, "path")
