"""One spreadsheet, read over the wire from the sandbox: its tabs, its rows, and how few calls that takes."""

import json
from datetime import timedelta
from typing import Any

import pytest

from connections.errors import Misconfigured, RateLimited, Transient
from connections.providers.google_sheets.demo import DEMO_BOOK
from connections.providers.google_sheets.source import GoogleSheetsSource, book_id
from connections.sources import Account, Slice
from tests.connections.providers.google_sheets.reading import HEADERS, NOW, Reader, row

LATER = NOW + timedelta(hours=1)


# Tabs and rows


def test_each_tab_is_a_project_and_each_row_an_account(reader: Reader) -> None:
    found = reader.accounts()
    assert len(found) == 40
    assert {each["platform"] for each in found} == {"youtube", "instagram", "tiktok", "facebook"}
    assert [(each["project_name"], each["position"], each["row_count"]) for each in reader.projects()] == [
        ("Spring launch", 0, 8),
        ("Summer 2026", 1, 8),
        ("O'Brien Foods", 2, 8),
        ("Always on", 3, 8),
        ("Новинки", 4, 8),
    ]
    assert [each["header_problems"] for each in reader.projects()] == [[]] * 5


def test_what_people_typed_is_read_as_they_meant_it(reader: Reader) -> None:
    found = {(each["project_name"], each["row_number"]): each for each in reader.accounts()}
    assert found["Spring launch", 3]["followers"] == 12_400
    assert found["Spring launch", 5]["views"] == 1_204_300
    assert found["Summer 2026", 2]["views"] == 2_000_000
    assert found["O'Brien Foods", 9]["followers"] is None
    assert found["O'Brien Foods", 9]["problems"][0]["raw"] == "12%"


def test_a_project_keeps_its_id_when_its_tab_is_renamed_or_moved(reader: Reader) -> None:
    before = {each["project_name"]: each["project_id"] for each in reader.projects()}
    reader.google.change_tab("Always on", title="It's 'never' off!")
    reader.google.book().tabs.reverse()
    after = {each["project_name"]: each["project_id"] for each in reader.projects()}
    assert after["It's 'never' off!"] == before["Always on"]
    assert len(reader.accounts("It's 'never' off!")) == 8


def test_charts_have_no_rows_and_hidden_tabs_are_left_out_unless_wanted(reader: Reader) -> None:
    names = {each["project_name"] for each in reader.projects(options={"hidden_tabs": "read"})}
    assert "Growth" not in names
    assert "Lists" in names
    assert "Lists" not in {each["project_name"] for each in reader.projects()}


def test_a_tab_that_holds_nothing_is_a_project_without_accounts(reader: Reader) -> None:
    reader.put([])
    (project,) = reader.projects()
    assert (project["row_count"], len(project["header_problems"])) == (0, 1)
    assert reader.accounts() == []


def test_a_spreadsheet_of_charts_alone_is_none(reader: Reader) -> None:
    reader.put([HEADERS])
    reader.google.book("sandbox-book-of-a-test").tabs[0].kind = "OBJECT"
    (page,) = reader.pages()
    assert (page.stream, page.records, page.checkpoint) == ("sheet_projects", [], None)
    assert "batchGet" not in " ".join(call.path for call in reader.google.calls.all())


def test_errors_of_formulas_are_no_numbers(reader: Reader) -> None:
    reader.put([HEADERS, row(views="=1/0", likes="=NOSUCH()", videos="=4/2")])
    (found,) = reader.accounts()
    assert (found["views"], found["likes"], found["videos"]) == (None, None, 2)
    assert [each["raw"] for each in found["problems"]] == ["#NAME?", "#DIV/0!"]


def test_ten_thousand_rows_come_in_one_answer(reader: Reader) -> None:
    reader.put([HEADERS, *(row(f"https://www.youtube.com/@creator{at}", views=at) for at in range(10_000))])
    assert sum(each["views"] for each in reader.accounts()) == sum(range(10_000))
    assert reader.kinds() == ["login", "drive", "reads", "reads"]


# Pages


def test_a_tab_is_a_page_and_all_that_there_is_of_it_and_their_list_comes_last(reader: Reader) -> None:
    *tabs, last = reader.pages()
    assert (last.stream, last.complete, last.checkpoint) == ("sheet_projects", {}, None)
    assert [page.is_first for page in (*tabs, last)] == [True, *[False] * 5]
    for page in tabs:
        assert page.complete == {"project_id": page.records[0]["project_id"]}
        assert {each["project_id"] for each in page.records} == set(page.complete.values())


def test_where_headers_are_broken_no_account_counts_as_gone(reader: Reader) -> None:
    reader.google.edit("Always on", {"B1": "Address of the profile"})
    page = next(page for page in reader.pages() if page.stream == "" and not page.records)
    assert page.complete is None
    why = "Always on: There is no header Link, so none of its rows can be read."
    assert [each.reason for each in page.quarantined] == [why]
    (project,) = [each for each in reader.projects() if each["project_name"] == "Always on"]
    assert project["header_problems"][0]["why"] == "There is no header Link, so none of its rows can be read."


def test_it_goes_on_after_any_page(reader: Reader) -> None:
    pages = reader.pages()
    for at, page in enumerate(pages[:-1]):
        checkpoint = json.loads(json.dumps(page.checkpoint))
        rest = [each.records for each in reader.pages(checkpoint=checkpoint)]
        assert rest == [each.records for each in pages[at + 1 :]]


def test_it_ends_where_the_tabs_that_were_left_have_gone(reader: Reader) -> None:
    last_but_two = reader.pages()[-3]
    reader.google.delete_tab("Новинки")
    (page,) = reader.pages(checkpoint=last_but_two.checkpoint)
    assert (page.stream, len(page.records), page.checkpoint) == ("sheet_projects", 4, None)


# Calls


@pytest.mark.spec("V49")
def test_a_key_and_a_spreadsheet_are_all_it_needs_and_two_reads_give_everything(reader: Reader) -> None:
    assert len(reader.accounts()) == 40
    assert [(call.method, call.bucket) for call in reader.google.calls.all()] == [
        ("POST", "login"),
        ("GET", "drive"),
        ("GET", "reads"),
        ("GET", "reads"),
    ]
    cells = reader.google.calls.all()[-1]
    assert cells.path.endswith("values:batchGet")
    assert cells.params["valueRenderOption"] == "UNFORMATTED_VALUE"
    assert cells.params["dateTimeRenderOption"] == "SERIAL_NUMBER"


def test_very_long_names_of_tabs_are_asked_for_in_a_few_questions(reader: Reader) -> None:
    tabs = {f"{'Ж' * 90} {number}": [HEADERS, row()] for number in range(40)}
    reader.google.add_book("sandbox-book-of-a-test", tabs)
    assert len(reader.accounts(book="sandbox-book-of-a-test")) == 40
    assert 2 < reader.kinds().count("reads") < 10


def test_a_spreadsheet_that_nobody_changed_costs_one_cheap_call(reader: Reader) -> None:
    reader.store(reader.pages())
    reader.google.calls.clear()
    (page,) = reader.pages(scheduled=True, updated_since=NOW - timedelta(days=1))
    assert (page.records, page.complete, page.checkpoint) == ([], None, None)
    assert reader.kinds() == ["login", "drive"]
    assert page.fetched_at == NOW


def test_one_cell_that_was_edited_has_it_read(reader: Reader) -> None:
    reader.store(reader.pages())
    reader.google.calls.clear()
    reader.server.clock.freeze(LATER)
    reader.google.edit("Always on", {"I2": 900})
    found = reader.accounts("Always on", scheduled=True, updated_since=NOW, clock=lambda: LATER)
    assert found[0]["views"] == 900
    assert reader.kinds() == ["login", "drive", "reads", "reads"]


def test_an_edit_is_noticed_where_the_clocks_disagree(reader: Reader) -> None:
    """Its date is not later than what was read: the version alone has grown."""
    reader.store(reader.pages())
    reader.google.book().version += 1
    assert len(reader.accounts(scheduled=True, updated_since=NOW)) == 40


def test_an_edit_while_it_is_read_counts_for_the_next_look(reader: Reader) -> None:
    source = reader.source()
    pages = source.read(source.stream("sheet_accounts"), Slice(), None)
    first = next(pages)
    reader.google.edit("Новинки", {"E2": 12})
    reader.store([first, *pages])
    assert len(reader.accounts(scheduled=True, updated_since=NOW)) == 40


def test_other_wishes_have_it_read_again(reader: Reader) -> None:
    reader.store(reader.pages())
    assert reader.accounts(scheduled=True, updated_since=NOW) == []
    assert reader.accounts(scheduled=True, updated_since=NOW, options={"hidden_tabs": "read"}) != []


def test_whoever_presses_a_button_has_everything_read(reader: Reader) -> None:
    reader.store(reader.pages())
    assert len(reader.accounts(updated_since=NOW - timedelta(days=1))) == 40


def test_formulas_that_fetch_change_unseen_so_that_such_a_spreadsheet_is_read_each_time(reader: Reader) -> None:
    known: dict[str, Any] = {"scheduled": True, "updated_since": NOW - timedelta(days=1)}
    reader.store(reader.pages())
    before = reader.accounts("Новинки")[7]["views"]
    reader.server.clock.freeze(LATER)
    assert reader.accounts(**known, clock=lambda: LATER) == []
    after = reader.accounts("Новинки", **known, clock=lambda: LATER, options={"look": "always"})[7]["views"]
    assert after != before
    assert reader.google.book().modified_at < NOW


def test_reads_and_writes_count_apart_and_for_the_key(reader: Reader) -> None:
    reader.pages(scheduled=True, updated_since=NOW)
    reader.pages()
    buckets = [limit.bucket for limits in reader.gate.calls for limit in limits]
    assert len(buckets) == len(reader.kinds())
    assert {bucket.partition("/")[2] for bucket in buckets} == {"login", "drive", "reads"}
    assert len({bucket.partition("/")[0] for bucket in buckets}) == 1
    assert not [bucket for bucket in buckets if "freshet-demo" in bucket or DEMO_BOOK in bucket]


def test_a_closed_gate_lets_nothing_out(reader: Reader) -> None:
    reader.gate.closed_after = 0
    with pytest.raises(RateLimited):
        reader.pages()
    assert reader.kinds() == []


def test_a_tab_that_is_renamed_while_it_is_read_is_read_again_later(reader: Reader) -> None:
    source = reader.source()
    book = source.api.book(DEMO_BOOK)
    reader.google.change_tab("Summer 2026", title="Autumn 2026")
    with pytest.raises(Transient, match="changed while it was read"):
        source.api.grids(DEMO_BOOK, book.tabs)


@pytest.mark.parametrize("stream", ["sheet_accounts", "sheet_projects"])
def test_a_spreadsheet_in_the_bin_says_so(reader: Reader, stream: str) -> None:
    reader.google.book().trashed = True
    with pytest.raises(Misconfigured, match="bin"):
        reader.pages(stream, scheduled=True, updated_since=NOW)


# Its address


@pytest.mark.parametrize(
    "typed",
    [
        "1aNvNhBanaHVP93PL4xmzA69TyNmTcfv7CUaCkGmwFMo",
        "https://docs.google.com/spreadsheets/d/1aNvNhBanaHVP93PL4xmzA69TyNmTcfv7CUaCkGmwFMo/edit?gid=0#gid=0",
        " https://docs.google.com/spreadsheets/u/1/d/1aNvNhBanaHVP93PL4xmzA69TyNmTcfv7CUaCkGmwFMo ",
    ],
)
def test_the_address_from_the_browser_will_do(typed: str) -> None:
    assert book_id(typed) == "1aNvNhBanaHVP93PL4xmzA69TyNmTcfv7CUaCkGmwFMo"


@pytest.mark.parametrize(
    "typed", ["", "creators", "https://evil.example/spreadsheets/d/1aNvNhBanaHVP93PL4", "../../etc"]
)
def test_anything_else_is_refused_before_a_call(reader: Reader, typed: str) -> None:
    with pytest.raises(Misconfigured, match="not the id"):
        reader.source(book=typed).check()
    assert reader.kinds() == []


def test_its_limits_hang_on_the_key_alone() -> None:
    assert GoogleSheetsSource.limits(Account(DEMO_BOOK), {}, scheduled=True) == ()
    assert GoogleSheetsSource.addresses({"api_url": "http://127.0.0.1:1"}) == ("http://127.0.0.1:1",)
    assert all(address.startswith("https://") for address in GoogleSheetsSource.addresses({}))
