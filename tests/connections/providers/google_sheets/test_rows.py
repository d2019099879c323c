"""One record for each row that is not empty, with what is wrong in it; one bad cell costs that cell only."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connections.providers.google_sheets.headers import METRICS, columns
from connections.providers.google_sheets.rows import records
from tests.connections.providers.google_sheets.reading import HEADERS, row

SHAPE = {"project_id", "project_name", "row_number", "username", "url", "platform", *METRICS, "problems"}


def read(*rows: list[Any], headers: list[str] = HEADERS) -> list[dict[str, Any]]:
    grid = [headers, *rows]
    return records("7", "Tab", grid, columns(grid))


def test_a_row_as_people_fill_it_in() -> None:
    (found,) = read(row(platform="TikTok", username="@alice", followers=1200, views="1.5K", comments=""))
    assert found == {
        "project_id": "7",
        "project_name": "Tab",
        "row_number": 2,
        "username": "alice",
        "url": "https://www.tiktok.com/@alice",
        "platform": "tiktok",
        "followers": 1200,
        "likes": None,
        "following": None,
        "videos": None,
        "views": 1500,
        "comments": None,
        "problems": [],
    }


def test_empty_rows_are_none_and_the_others_keep_their_numbers() -> None:
    found = read(row("https://a.example"), [], ["", "", ""], row("https://b.example"))
    assert [(each["row_number"], each["url"]) for each in found] == [(2, "https://a.example"), (5, "https://b.example")]


@pytest.mark.spec("V34")
def test_a_bad_cell_is_reported_and_the_rest_of_the_row_and_the_sheet_are_read() -> None:
    first, second = read(row(views="12%", likes=5), row("https://b.example", views=7))
    assert (first["views"], first["likes"], second["views"]) == (None, 5, 7)
    assert first["problems"] == [{"field": "views", "raw": "12%", "why": "Views are not read: it is a percentage."}]
    assert second["problems"] == []


def test_short_rows_have_nothing_where_they_end() -> None:
    """Answers leave out blanks at the end of a row."""
    (found,) = read(["https://a.example", "YouTube"])
    assert [found[name] for name in METRICS] == [None] * 6
    assert found["problems"] == []


@pytest.mark.parametrize("again", ["https://www.youtube.com/channel/UCabc", "https://www.youtube.com/channel/ucABC"])
def test_who_stands_there_twice_is_not_decided_here(again: str) -> None:
    """Ids of channels differ by case, handles do not: only the canonical address of a profile tells."""
    first, second = read(row("https://www.youtube.com/channel/UCabc"), row(again))
    assert (first["problems"], second["problems"], second["url"]) == ([], [], again)


def test_profiles_by_number_are_told_apart() -> None:
    links = [f"https://www.facebook.com/profile.php?id={number}" for number in (100, 200)]
    assert [each["problems"] for each in read(*map(row, links))] == [[], []]


@pytest.mark.parametrize(
    ("written", "platform"),
    [
        ("YouTube", "youtube"),
        ("yt", "youtube"),
        ("Insta", "instagram"),
        ("Tik Tok", "tiktok"),
        ("FB", "facebook"),
        ("", None),
    ],
)
def test_platforms_are_known_by_many_names(written: str, platform: str | None) -> None:
    (found,) = read(row(platform=written))
    assert (found["platform"], found["problems"]) == (platform, [])


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"link": ""}, "url"),
        ({"link": "#REF!"}, "url"),
        ({"link": "https://a.example/" + "x" * 600}, "url"),
        ({"platform": "MySpace"}, "platform"),
        ({"followers": "soon"}, "followers"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_nothing_and_says_why(cells: dict[str, Any], field: str) -> None:
    (found,) = read(row(**{"username": "alice", **cells}))
    assert found[field] is None
    assert [each["field"] for each in found["problems"]] == [field]
    assert all(len(each["raw"]) <= 100 for each in found["problems"])


def test_a_number_in_the_place_of_a_name_is_its_digits() -> None:
    (found,) = read(row(username=4711.0))
    assert found["username"] == "4711"


cells = st.one_of(st.text(max_size=20), st.integers(), st.floats(), st.booleans(), st.none())


@given(st.lists(st.lists(cells, max_size=12), max_size=6))
def test_whatever_stands_in_the_cells_records_keep_their_shape(rows: list[list[Any]]) -> None:
    for found in read(*rows):
        assert found.keys() == SHAPE
        assert all(found[name] is None or found[name] >= 0 for name in METRICS)
        assert "\x00" not in f"{found['username']}{found['url']}"
        assert all(each.keys() == {"field", "raw", "why"} for each in found["problems"])
