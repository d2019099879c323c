"""The page on which people edit the sandbox by hand: what it shows, what it saves, and whom it does not obey."""

import re
from html import unescape
from typing import Any

import pytest
import requests

from connections.providers.google_sheets.demo import DEMO_BOOK
from tests.connections.providers.google_sheets.sandbox.asking import Caller

HOSTILE = '"><script>alert(1)</script>'


class Page:
    """A browser without scripts."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.address = f"{caller.server.url()}/_sandbox/google_sheets/"

    def open(self, **params: Any) -> str:
        answer = requests.get(self.address, params=params, timeout=10)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        return answer.text

    def fields(self, **params: Any) -> dict[str, str]:
        page = self.open(**params)
        found = re.findall(r'<input (?:type="hidden" )?name="([^"]+)"[^>]*? value="([^"]*)"', page, re.DOTALL)
        return {name: unescape(value) for name, value in found}

    def send(self, fields: dict[str, str], headers: dict[str, str] | None = None, **params: Any) -> requests.Response:
        return requests.post(
            self.address, params=params, data=fields, headers=headers, timeout=10, allow_redirects=False
        )


@pytest.fixture
def page(caller: Caller) -> Page:
    return Page(caller)


def values(caller: Caller, place: str) -> Any:
    return caller.get(f"v4/spreadsheets/{DEMO_BOOK}/values/{place}", valueRenderOption="UNFORMATTED_VALUE")["values"]


def test_it_shows_the_cells_of_a_tab(page: Page) -> None:
    fields = page.fields()
    assert (fields["title"], fields["cell-0-1"], fields["cell-2-4"]) == ("Spring launch", "Link", "12.4K")
    shown = page.open()
    assert "O&#x27;Brien Foods" in shown
    assert "Lists (hidden)" in shown
    assert "Growth" not in shown


def test_what_a_person_types_is_what_the_api_answers(page: Page, caller: Caller) -> None:
    fields = page.fields()
    answer = page.send({**fields, "cell-1-8": "900", "cell-2-8": "12%", "cell-3-8": "", "cell-9-1": "=4/2"})
    assert answer.status_code == 303
    assert values(caller, "'Spring launch'!I2:I3") == [[900], ["12%"]]
    assert "values" not in caller.get(f"v4/spreadsheets/{DEMO_BOOK}/values/'Spring launch'!I4")
    assert values(caller, "'Spring launch'!B10") == [[2]]


def test_saving_moves_version_and_date_and_saving_nothing_does_not(page: Page, caller: Caller) -> None:
    book = caller.google.book()
    before = book.version
    assert page.send(page.fields()).status_code == 303
    assert book.version == before
    page.send({**page.fields(), "cell-1-8": "901"})
    assert book.version > before
    assert book.modified_at == caller.clock.now()


def test_a_tab_can_be_renamed_and_hidden(page: Page, caller: Caller) -> None:
    page.send({**page.fields(), "title": "Launch", "hidden": "on"})
    tab = caller.google.book().tabs[0]
    assert (tab.title, tab.hidden, tab.id) == ("Launch", True, 0)
    page.send({**page.fields(), "title": "Summer 2026"})
    assert caller.google.book().tabs[0].title == "Launch", "two tabs of one name are impossible"


def test_another_tab_and_another_spreadsheet_can_be_chosen(page: Page, caller: Caller) -> None:
    caller.google.add_book("sandbox-book-of-a-test", {"Mine": [["x"]]})
    assert page.fields(book="sandbox-book-of-a-test")["title"] == "Mine"
    tab = caller.google.book().tab("Always on")
    assert page.fields(book=DEMO_BOOK, tab=tab.id)["title"] == "Always on"
    page.send({**page.fields(tab=tab.id), "cell-1-8": "7"}, tab=tab.id)
    assert values(caller, "'Always on'!I2") == [[7]]


def test_whatever_stands_in_a_cell_is_text_on_the_page(page: Page, caller: Caller) -> None:
    caller.google.add_book("sandbox-book-of-a-test", {HOSTILE: [[HOSTILE, "${title}", "a\nb"]]}, title=HOSTILE)
    shown = page.open(book="sandbox-book-of-a-test")
    assert "<script" not in shown
    fields = page.fields(book="sandbox-book-of-a-test")
    assert (fields["cell-0-0"], fields["cell-0-1"], fields["title"]) == (HOSTILE, "${title}", HOSTILE)
    page.send(fields, book="sandbox-book-of-a-test")
    assert caller.google.book("sandbox-book-of-a-test").version == 1


@pytest.mark.parametrize(
    ("changed", "headers"),
    [
        ({"token": ""}, {}),
        ({"token": "guessed"}, {}),
        ({"token": "gu€ssed"}, {}),
        ({}, {"Origin": "https://evil.example"}),
        ({}, {"Origin": "null"}),
    ],
    ids=str,
)
def test_a_form_of_another_site_changes_nothing(
    page: Page, caller: Caller, changed: dict[str, str], headers: dict[str, str]
) -> None:
    answer = page.send({**page.fields(), "cell-1-8": "900", **changed}, headers)
    assert answer.status_code == 403
    assert values(caller, "'Spring launch'!I2") != [[900]]


def test_another_name_for_this_machine_gets_nothing(page: Page) -> None:
    """A page of elsewhere can have its name point here."""
    answer = requests.get(page.address, headers={"Host": "evil.example:80"}, timeout=10)
    assert answer.status_code == 403
    assert page.caller.google.desk.token not in answer.text


def test_it_can_be_used_by_ear(page: Page) -> None:
    shown = page.open()
    assert '<html lang="en">' in shown
    assert 'aria-label="B2"' in shown
    assert 'aria-current="page"' in shown
    assert shown.count("<label>") == 2


def test_names_that_make_no_sense_are_passed_over(page: Page, caller: Caller) -> None:
    before = dict(caller.google.book().tabs[0].cells)
    fields = {"token": page.fields()["token"], "cell-x-1": "5", "cell--1-2": "5", "cell-1": "5", "row": "5"}
    assert page.send(fields).status_code == 303
    assert caller.google.book().tabs[0].cells == before


def test_without_a_spreadsheet_there_is_nothing_to_edit(page: Page, caller: Caller) -> None:
    caller.google.books.remove(DEMO_BOOK)
    assert "There is no spreadsheet" in page.open()
