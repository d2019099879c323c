"""Cells as the Sheets API answers them: what is blank is left out, and each way of rendering has its own types."""

from typing import Any
from urllib.parse import quote

import pytest

from connections.providers.google_sheets.sandbox.ranges import Area, area, quoted, split
from tests.connections.providers.google_sheets.reading import NOW
from tests.connections.providers.google_sheets.sandbox.asking import BOOK, Caller

MINE = "v4/spreadsheets/sandbox-book-of-a-test"
RECORDED = [["=4/2", "2020-01-01", "string", 53]]
"""The cells of gspread's recording test_get_all_values_date_time_render_options."""


@pytest.fixture
def mine(caller: Caller) -> Caller:
    caller.google.add_book("sandbox-book-of-a-test", {"Tab": [["A", "", "C"], [], ["", "B", ""]], "O'Brien": [["x"]]})
    return caller


def test_blanks_at_the_end_are_left_out_and_others_are_not(mine: Caller) -> None:
    assert mine.get(f"{MINE}/values/Tab") == {
        "range": "Tab!A1:Z1000",
        "majorDimension": "ROWS",
        "values": [["A", "", "C"], [], ["", "B"]],
    }


def test_where_nothing_is_the_key_is_missing(mine: Caller) -> None:
    assert mine.get(f"{MINE}/values/Tab!E5:F9") == {"range": "Tab!E5:F9", "majorDimension": "ROWS"}


def test_columns_are_the_same_the_other_way_round(mine: Caller) -> None:
    assert mine.get(f"{MINE}/values/Tab", majorDimension="COLUMNS")["values"] == [["A"], ["", "", "B"], ["C"]]


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("UNFORMATTED_VALUE", [[2, 43831, "string", 53]]),
        ("FORMATTED_VALUE", [["2", "2020-01-01", "string", "53"]]),
        ("FORMULA", [["=4/2", 43831, "string", 53]]),
    ],
)
def test_a_cell_is_rendered_as_wanted(caller: Caller, option: str, expected: list[Any]) -> None:
    caller.google.add_book("sandbox-book-of-a-test", {"Tab": RECORDED})
    assert caller.get(f"{MINE}/values/Tab", valueRenderOption=option)["values"] == expected


def test_many_tabs_come_in_one_answer_in_their_order(mine: Caller) -> None:
    found = mine.get(f"{MINE}/values:batchGet", ranges=["'O''Brien'", "'Tab'!A1"])
    assert [each["values"] for each in found["valueRanges"]] == [[["x"]], [["A"]]]
    assert [each["range"] for each in found["valueRanges"]] == ["'O''Brien'!A1:Z1000", "Tab!A1"]


@pytest.mark.parametrize("asked", ["Nobody", "'Nobody'!A1", "Tab!1A:", "Tab!A1:B2:C3", "Growth"])
def test_what_is_no_range_is_refused(mine: Caller, asked: str) -> None:
    answer = mine.call("GET", f"{MINE}/values/{quote(asked)}")
    assert answer.status_code == 400
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"


def test_a_description_has_the_fields_that_were_asked_for(caller: Caller) -> None:
    fields = "properties(title),sheets(properties(sheetId,title,hidden,sheetType))"
    found = caller.get(BOOK, fields=fields)
    assert found["properties"] == {"title": "Creators 2026"}
    assert found.keys() == {"properties", "sheets"}
    assert {"sheetId": 1_000_011, "title": "Growth", "sheetType": "OBJECT"} in [
        each["properties"] for each in found["sheets"]
    ]
    assert [each["properties"]["title"] for each in found["sheets"] if each["properties"].get("hidden")] == ["Lists"]
    assert caller.get(BOOK)["sheets"][0]["properties"]["gridProperties"] == {"rowCount": 1000, "columnCount": 26}


def test_writing_cells_moves_version_and_date(mine: Caller) -> None:
    before = mine.get("drive/v3/files/sandbox-book-of-a-test", fields="version,modifiedTime")
    mine.clock.advance(minutes=5)
    body = {"valueInputOption": "RAW", "data": [{"range": "Tab!B2", "values": [["=1+1", 5]]}]}
    answer = mine.call("POST", f"{MINE}/values:batchUpdate", json=body)
    assert (answer.status_code, answer.json()["totalUpdatedCells"]) == (200, 2)
    assert mine.get(f"{MINE}/values/Tab!B2:C2", valueRenderOption="FORMULA")["values"] == [["=1+1", 5]]
    after = mine.get("drive/v3/files/sandbox-book-of-a-test", fields="version,modifiedTime")
    assert int(after["version"]) > int(before["version"])
    assert after["modifiedTime"] > before["modifiedTime"]


def test_one_wrong_range_writes_nothing(mine: Caller) -> None:
    data = [{"range": "Tab!A1", "values": [["new"]]}, {"range": "Nobody!A1", "values": [["new"]]}]
    answer = mine.call("POST", f"{MINE}/values:batchUpdate", json={"valueInputOption": "RAW", "data": data})
    assert answer.status_code == 400
    assert mine.get(f"{MINE}/values/Tab!A1")["values"] == [["A"]]


@pytest.mark.parametrize("values", [["flat"], "text", None, [[1], 2]], ids=repr)
def test_rows_that_are_none_are_refused(mine: Caller, values: Any) -> None:
    data = [{"range": "Tab!A1", "values": values}]
    body = {"valueInputOption": "RAW", "data": data}
    assert mine.status(f"{MINE}/values:batchUpdate", "POST", json=body) == 400


def test_fetched_numbers_move_without_the_file_being_changed(caller: Caller) -> None:
    place = f"{BOOK}/values/{quote('Новинки!I9')}"
    file = BOOK.replace("v4/spreadsheets", "drive/v3/files")
    before = caller.get(place)["values"], caller.get(file, fields="modifiedTime,version")
    caller.clock.advance(hours=1)
    caller.token = ""
    after = caller.get(place)["values"], caller.get(file, fields="modifiedTime,version")
    assert after[0] != before[0]
    assert after[1] == before[1]


def test_an_excel_file_is_no_spreadsheet(caller: Caller) -> None:
    caller.google.add_book("sandbox-book-of-excel", {}, mime="application/vnd.ms-excel")
    answer = caller.call("GET", "v4/spreadsheets/sandbox-book-of-excel")
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "FAILED_PRECONDITION")


def test_what_is_not_there_is_not_found(caller: Caller) -> None:
    assert caller.status("v4/spreadsheets/sandbox-book-of-nobody") == 404
    assert caller.status("v4/somewhere/else") == 404
    assert caller.status(BOOK, "DELETE") == 404


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("Tab", ("Tab", "")),
        ("Tab!A1", ("Tab", "A1")),
        ("'O''Brien'!A1:B2", ("O'Brien", "A1:B2")),
        ("'a!b'", ("a!b", "")),
    ],
)
def test_an_address_is_a_tab_and_its_cells(address: str, parts: tuple[str, str]) -> None:
    assert split(address) == parts
    assert split(quoted(parts[0])) == (parts[0], "")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("B2", Area(1, 1, 2, 2)),
        ("A1:C3", Area(0, 0, 3, 3)),
        ("D4:A1", Area(0, 0, 4, 4)),
        ("A:A", Area(0, 0, None, 1)),
        ("2:3", Area(1, 0, 3, None)),
        ("AA10", Area(9, 26, 10, 27)),
    ],
)
def test_cells_are_a_rectangle(cells: str, expected: Area) -> None:
    assert area(cells) == expected


def test_the_moment_does_not_matter_to_what_was_typed(caller: Caller) -> None:
    before = caller.get(f"{BOOK}/values/'Always on'")
    caller.clock.freeze(NOW.replace(year=2027))
    caller.token = ""
    assert caller.get(f"{BOOK}/values/'Always on'") == before
