"""What is looked at before a spreadsheet is connected, and which ones a key opens."""

import pytest

from connections.errors import Misconfigured, NeedsReconnect, RateLimited
from connections.providers.google_sheets import checks
from connections.providers.google_sheets.demo import DEMO_BOOK, DEMO_EMAIL
from connections.sources import Account, LoginFacts
from tests.connections.providers.google_sheets.reading import Reader, RememberingGate


def test_all_of_it_is_looked_at_in_four_calls(reader: Reader) -> None:
    found = list(reader.source().checks())
    assert [check.name for check in found] == [checks.CHANGES, checks.SHARED, checks.HEADERS]
    assert [check.error for check in found] == [None] * 3
    assert [check.sentence for check in found] == [
        "It was last changed on 02 March 2026.",
        "It has 5 tabs.",
        "40 accounts stand in 5 of its tabs.",
    ]
    assert reader.kinds() == ["login", "drive", "reads", "reads"]


def test_it_stops_where_the_key_is_dead(reader: Reader) -> None:
    reader.google.robots.revoke(DEMO_EMAIL)
    (found,) = reader.source().checks()
    assert isinstance(found.error, NeedsReconnect)
    assert found.error.remedy
    assert reader.kinds() == ["login"]


def test_it_stops_where_there_is_no_key(reader: Reader) -> None:
    (found,) = reader.source(key="nothing").checks()
    assert isinstance(found.error, NeedsReconnect)
    assert reader.kinds() == []


def test_it_stops_where_nobody_has_shared(reader: Reader) -> None:
    reader.google.share("somebody@else.example")
    (found,) = reader.source().checks()
    assert isinstance(found.error, Misconfigured)
    assert DEMO_EMAIL in found.error.remedy


def test_it_stops_where_the_gate_is_closed(reader: Reader) -> None:
    (found,) = reader.source(gate=RememberingGate(closed_after=0)).checks()
    assert isinstance(found.error, RateLimited)
    assert reader.kinds() == []


def test_one_api_that_is_switched_off_is_named_with_its_cure(reader: Reader) -> None:
    reader.google.faults.add({"kind": "error", "error": "switched_off", "path": "/v4/"})
    first, second = reader.source().checks()
    assert first.error is None
    assert isinstance(second.error, Misconfigured)
    assert "Google Sheets API" in second.error.remedy


def test_tabs_that_cannot_be_read_are_named(reader: Reader) -> None:
    reader.google.edit("Summer 2026", {"B1": "Where"})
    found = list(reader.source().checks())[-1]
    assert found.error is None
    assert found.sentence == "32 accounts stand in 4 of its tabs. Not read: Summer 2026."


@pytest.mark.parametrize("rows", [[], [["Username", "Views"], ["alice", 5]]], ids=["empty", "without links"])
def test_a_spreadsheet_without_headers_is_refused_in_words(reader: Reader, rows: list[list[object]]) -> None:
    reader.put(rows)
    found = list(reader.source().checks())[-1]
    assert isinstance(found.error, Misconfigured)
    assert "header" in found.error.sentence
    assert "Link" in found.error.remedy


def test_a_key_opens_what_is_shared_with_it(reader: Reader) -> None:
    key = reader.google.robots.add("other@sandbox.example")
    reader.google.add_book("sandbox-book-of-others", {"Tab": []}, title="Ours", readers={"other@sandbox.example"})
    assert [choice.account for choice in reader.source(book="").accounts()] == [Account(DEMO_BOOK, "Creators 2026")]
    assert [choice.account.name for choice in reader.source(book="", key=key).accounts()] == ["Ours"]


def test_a_long_list_is_read_page_by_page_to_its_end(reader: Reader) -> None:
    for number in range(1200):
        reader.google.add_book(f"sandbox-book-number-{number}", {})
    found = reader.source(book="").accounts()
    assert len(found) == len({choice.account.external_id for choice in found}) == 1000
    assert reader.kinds() == ["login", "drive", "drive"]


def test_excel_files_and_the_bin_are_not_offered(reader: Reader) -> None:
    reader.google.add_book("sandbox-book-of-excel", {}, mime="application/vnd.ms-excel")
    reader.google.add_book("sandbox-book-in-the-bin", {}, trashed=True)
    assert [choice.account.external_id for choice in reader.source(book="").accounts()] == [DEMO_BOOK]


def test_the_account_is_the_spreadsheet(reader: Reader) -> None:
    address = f"https://docs.google.com/spreadsheets/d/{DEMO_BOOK}/edit#gid=0"
    assert reader.source(book=address).check() == Account(DEMO_BOOK, "Creators 2026", "Europe/Berlin")


def test_a_key_says_itself_whose_it_is(reader: Reader) -> None:
    assert reader.source(book="").login_facts() == LoginFacts(subject=DEMO_EMAIL)
    assert reader.kinds() == []
