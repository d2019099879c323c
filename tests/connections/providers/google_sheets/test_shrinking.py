"""A tab that was wiped says nothing about who is gone; one that was tidied does."""

import pytest

from connections.providers.google_sheets.shrinking import is_doubtful
from tests.connections.providers.google_sheets.reading import HEADERS, Reader, row

LINKS = [f"https://www.tiktok.com/@creator{at}" for at in range(12)]


@pytest.mark.parametrize(
    ("before", "now", "doubtful"),
    [
        (0, 0, False),
        (1, 0, False),
        (2, 0, True),
        (40, 0, True),
        (40, 19, True),
        (40, 20, False),
        (8, 4, False),
        (8, 3, True),
        (6, 2, False),
        (6, 1, True),
        (10, 12, False),
    ],
)
def test_more_than_half_at_once_may_be_an_accident(before: int, now: int, doubtful: bool) -> None:
    assert is_doubtful(before, now) is doubtful


def rows(count: int) -> list[list[str]]:
    return [HEADERS, *(row(link) for link in LINKS[:count])]


@pytest.fixture
def known(reader: Reader) -> Reader:
    """Who has read twelve accounts."""
    reader.put(rows(12))
    reader.store(reader.pages())
    return reader


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (rows(0), "Of 12 accounts none are left in this tab."),
        (rows(1), "Of 12 accounts 1 is left in this tab."),
        ([HEADERS, *(row("see the other list") for _ in LINKS)], "Of 12 accounts none are left in this tab."),
    ],
    ids=["wiped", "cut", "overwritten"],
)
def test_what_a_wiped_tab_lacks_does_not_count_as_gone_and_that_is_said(
    known: Reader, left: list[list[str]], said: str
) -> None:
    known.put(left)
    tab, projects = known.pages()
    assert (tab.complete, projects.complete) == (None, {})
    assert tab.quarantined[0].reason.startswith(f"Tab: {said}")
    assert projects.records[0]["header_problems"][-1]["why"].startswith(said)


def test_it_is_believed_where_somebody_says_so(known: Reader) -> None:
    known.put(rows(1))
    tab, projects = known.pages(options={"vanished": "believe"})
    assert tab.complete == {"project_id": "0"}
    assert (tab.quarantined, projects.records[0]["header_problems"]) == ((), [])


def test_a_few_that_go_are_gone(known: Reader) -> None:
    known.put(rows(7))
    assert known.pages()[0].complete == {"project_id": "0"}


def test_where_headers_are_gone_too_that_is_said(known: Reader) -> None:
    known.put([])
    tab, _ = known.pages()
    assert tab.complete is None
    assert "None of the first 10 rows has the headers" in tab.quarantined[0].reason


def test_most_tabs_that_go_at_once_keep_their_projects(reader: Reader) -> None:
    reader.google.add_book("book-with-eight-tabs", {f"Tab {at}": rows(2) for at in range(8)})
    reader.options["book"] = "book-with-eight-tabs"
    reader.store(reader.pages())
    for at in range(2, 8):
        reader.google.delete_tab(f"Tab {at}", book="book-with-eight-tabs")
    last = reader.pages()[-1]
    assert (last.complete, len(last.records)) == (None, 2)
    assert last.quarantined[0].reason.startswith("Most tabs of the spreadsheet are gone at once.")
    assert reader.pages(options={"vanished": "believe"})[-1].complete == {}
