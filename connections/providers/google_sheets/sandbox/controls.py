"""Control over HTTP: what stands below /_sandbox/google_sheets/, as JSON, and the page to edit cells by hand."""

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from connections.providers.google_sheets.demo import DEMO_EMAIL
from connections.providers.google_sheets.sandbox.page import LOOPBACK
from connections.sandbox.exchange import Call

if TYPE_CHECKING:
    from connections.providers.google_sheets.sandbox.google import GoogleSheetsSandbox

Control = Callable[["GoogleSheetsSandbox", Call], Any]
DONE = {"done": True}


def behaviour(sandbox: "GoogleSheetsSandbox", call: Call) -> Any:
    """POST any of its knobs."""
    if call.method == "POST":
        sandbox.set(**call.json())
    return asdict(sandbox.behaviour)


def books(sandbox: "GoogleSheetsSandbox", call: Call) -> Any:
    """POST {"book": ..., "title": ..., "tabs": {"Tab": [["Link", "Views"], ...]}, "readers": [...]}."""
    if call.method == "POST":
        wishes = call.json()
        readers = set(wishes.pop("readers", ()))
        sandbox.add_book(wishes.pop("book"), wishes.pop("tabs", {}), readers=readers, **wishes)
    return {"books": [{"id": book.id, "title": book.title, "tabs": len(book.tabs)} for book in sandbox.books.all()]}


def cells(sandbox: "GoogleSheetsSandbox", call: Call) -> Any:
    """POST {"tab": ..., "cells": {"I2": 900}}, with "silent": true if no date may move."""
    wishes = call.json()
    sandbox.edit(wishes.pop("tab"), wishes.pop("cells"), **wishes)
    return DONE


def tabs(sandbox: "GoogleSheetsSandbox", call: Call) -> Any:
    """POST {"tab": ..., "title": "New name", "hidden": true}; DELETE {"tab": ...}."""
    wishes = call.json()
    change = sandbox.delete_tab if call.method == "DELETE" else sandbox.change_tab
    change(wishes.pop("tab"), **wishes)
    return DONE


def share(sandbox: "GoogleSheetsSandbox", call: Call) -> Any:
    """POST {"readers": ["robot@..."]}: with these alone; with nobody named, everybody may read it."""
    wishes = call.json()
    sandbox.share(*wishes.pop("readers"), **wishes)
    return DONE


def robots(sandbox: "GoogleSheetsSandbox", call: Call) -> Any:
    """DELETE {"email": ...} revokes its key."""
    with sandbox.lock:
        sandbox.robots.revoke(call.json()["email"])
    return DONE


def key(sandbox: "GoogleSheetsSandbox", call: Call) -> Any:
    """The demo's, as Google Cloud would give it: the text of a file. It opens nothing but this sandbox."""
    if urlsplit(call.base_url).hostname not in LOOPBACK:
        raise ValueError("The key is for this machine only.")
    return {"email": DEMO_EMAIL, "key": sandbox.robots.demo_key}


def quota(sandbox: "GoogleSheetsSandbox", call: Call) -> Any:
    """DELETE begins to count anew."""
    with sandbox.lock:
        if call.method == "DELETE":
            sandbox.quota.reset()
        return sandbox.quota.describe()


def page(sandbox: "GoogleSheetsSandbox", call: Call) -> Any:
    with sandbox.lock:
        return sandbox.desk.reply(sandbox.books, call, sandbox.clock.now())


CONTROLS: dict[str, Control] = {
    "": page,
    "behaviour": behaviour,
    "books": books,
    "cells": cells,
    "tabs": tabs,
    "share": share,
    "robots": robots,
    "key": key,
    "quota": quota,
}
