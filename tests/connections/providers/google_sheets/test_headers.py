"""Columns are found by their names, wherever they stand; what is odd about them is said in words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connections.providers.google_sheets.headers import ALIASES, columns, place

SEEN = "@Username,Link,Platform,Username,Followers,Likes,Following,Videos,Views,Comments,Last Update,Status,topic"


def whys(found: Any) -> list[str]:
    return [problem["why"] for problem in found.problems]


def test_the_headers_of_a_real_sheet_are_all_known() -> None:
    found = columns([SEEN.split(",")])
    assert found.row == 0
    assert dict(found.at) == {name: SEEN.lower().split(",").index(_seen(name)) for name in ALIASES}
    assert found.problems == ()


def _seen(name: str) -> str:
    return {"username": "@username", "url": "link"}.get(name, name)


@given(st.permutations(SEEN.split(",")))
def test_their_order_makes_no_difference(headers: list[str]) -> None:
    found = columns([headers])
    assert {name: headers[at].lower() for name, at in found.at.items()} == {name: _seen(name) for name in ALIASES}


@pytest.mark.parametrize(
    "written", ["VIEWS", " views ", "Views:", "Total views", "total_views", "View\u00a0Count", "*Views*"]
)
def test_a_header_may_be_written_in_many_ways(written: str) -> None:
    assert columns([["Link", written]]).at["views"] == 1


def test_headers_may_stand_below_a_title() -> None:
    found = columns([["Our creators"], [], ["", "Link", "Views"], ["", "https://...", 5]])
    assert (found.row, dict(found.at)) == (2, {"url": 1, "views": 2})


def test_a_missing_header_is_said_and_nothing_is_taken_for_it() -> None:
    found = columns([["Link", "Platform", "Username", "Followers", "Likes", "Following", "Videos", "Views"]])
    assert "comments" not in found.at
    assert whys(found) == ["There is no header Comments, so comments are not read from this tab."]
    assert found.can_be_read


def test_without_links_a_tab_cannot_be_read() -> None:
    found = columns([["Username", "Views", "Likes"]])
    assert not found.can_be_read
    assert "There is no header Link, so none of its rows can be read." in whys(found)


def test_a_header_that_stands_twice_is_not_read_at_all() -> None:
    found = columns([["Link", "Views", "Likes", "views"]])
    assert "views" not in found.at
    assert found.at["likes"] == 2
    assert "The header Views stands in B1 and D1. Until one of them is renamed, neither is read." in whys(found)


def test_two_links_stop_the_tab() -> None:
    assert not columns([["Link", "Link", "Views"]]).can_be_read


def test_of_two_names_for_one_thing_the_better_is_read() -> None:
    found = columns([["Link", "Total views", "Views"]])
    assert found.at["views"] == 2
    assert "Both Views and Total views (B1) fit. Views is read." in whys(found)


def test_a_renamed_header_is_recognised_and_not_guessed() -> None:
    found = columns([["Link", "Folowers", "Views"]])
    assert "followers" not in found.at
    assert "Folowers (B1) is no header that Freshet knows. Is it meant to be followers?" in whys(found)


@pytest.mark.parametrize("grid", [[], [[]], [["Notes"], ["Call Alice"]], [[1, 2], [True, None]]], ids=repr)
def test_a_tab_without_headers_says_so(grid: Any) -> None:
    found = columns(grid)
    assert found.row is None
    assert not found.can_be_read
    assert len(found.problems) == 1


@pytest.mark.parametrize(("at", "name"), [((0, 0), "A1"), ((1, 25), "Z2"), ((0, 26), "AA1"), ((9, 701), "ZZ10")])
def test_cells_are_named_as_people_see_them(at: tuple[int, int], name: str) -> None:
    assert place(*at) == name
