"""What can be done to the sandbox over HTTP, as JSON."""

import requests

from connections.providers.google_sheets.demo import DEMO_BOOK, DEMO_EMAIL
from tests.connections.providers.google_sheets.sandbox.asking import BOOK, Caller

FILE = BOOK.replace("v4/spreadsheets", "drive/v3/files")


def test_a_cell_can_be_edited_openly_and_silently(caller: Caller) -> None:
    before = caller.get(FILE, fields="version")
    caller.control("google_sheets/cells", {"tab": "Always on", "cells": {"I2": 900}, "silent": True})
    assert caller.get(f"{BOOK}/values/'Always on'!I2")["values"] == [["900"]]
    assert caller.get(FILE, fields="version") == before
    caller.control("google_sheets/cells", {"tab": "Always on", "cells": {"I2": 901, "B3": None}})
    assert caller.get(FILE, fields="version") != before
    assert "values" not in caller.get(f"{BOOK}/values/'Always on'!B3")


def test_a_tab_can_be_renamed_hidden_and_deleted(caller: Caller) -> None:
    caller.control("google_sheets/tabs", {"tab": "Always on", "title": "Never off", "hidden": True})
    tab = next(each["properties"] for each in caller.get(BOOK)["sheets"] if each["properties"]["title"] == "Never off")
    assert tab["hidden"] is True
    caller.control("google_sheets/tabs", {"tab": tab["sheetId"]}, method="DELETE")
    assert "Never off" not in str(caller.get(BOOK))


def test_a_spreadsheet_can_be_added_and_shared(caller: Caller) -> None:
    caller.control("google_sheets/books", {"book": "sandbox-book-of-a-test", "tabs": {"Tab": [["x"]]}, "readers": []})
    listed = caller.control("google_sheets/books")["books"]
    assert [each["id"] for each in listed] == [DEMO_BOOK, "sandbox-book-of-a-test"]
    caller.control("google_sheets/share", {"readers": ["a@b.example"], "book": "sandbox-book-of-a-test"})
    assert caller.status("v4/spreadsheets/sandbox-book-of-a-test") == 403
    caller.control("google_sheets/share", {"readers": [DEMO_EMAIL], "book": "sandbox-book-of-a-test"})
    assert caller.status("v4/spreadsheets/sandbox-book-of-a-test") == 200


def test_what_makes_no_sense_is_refused_in_words(caller: Caller) -> None:
    address = f"{caller.server.url()}/_sandbox/google_sheets"
    for path, wish, status in (
        ("cells", {"tab": "Nobody", "cells": {}}, 404),
        ("behaviour", {"knob": 1}, 400),
        ("nothing", {}, 404),
        ("faults", {"kind": "nobody"}, 400),
    ):
        answer = requests.post(f"{address}/{path}", json=wish, timeout=10)
        assert (answer.status_code, "sandbox" in answer.json()) == (status, True)
