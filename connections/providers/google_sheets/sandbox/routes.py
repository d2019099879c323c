"""Which call is answered by what, and what it counts as."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from connections.providers.google_sheets.sandbox import drive, sheets
from connections.providers.google_sheets.sandbox.errors import refusal
from connections.providers.google_sheets.sandbox.visit import Visit

TOKEN = "login"  # noqa: S105 - a kind of call


@dataclass(frozen=True)
class Route:
    """kind: what the call is counted as."""

    method: str
    path: str
    kind: str
    answer: Callable[[Visit], Any]

    def names(self, method: str, path: str) -> dict[str, str] | None:
        """What stands in the path where it has names; None where this is another call."""
        if method != self.method or (found := re.fullmatch(self.path, path)) is None:
            return None
        return {name: unquote(value) for name, value in found.groupdict().items()}


def _nothing(visit: Visit) -> Any:
    raise refusal(404, f"There is nothing at {visit.call.method} {visit.call.path}.")


BOOK = r"/v4/spreadsheets/(?P<book>[^/:]+)"
RANGE = r"(?P<range>[^/]+?)"
FILES = r"/drive/v3/files"
ROUTES = (
    Route("POST", r"/token", TOKEN, _nothing),
    Route("GET", BOOK, "reads", sheets.spreadsheet),
    Route("POST", rf"{BOOK}:batchUpdate", "writes", sheets.batch_update),
    Route("GET", rf"{BOOK}/values:batchGet", "reads", sheets.batch_get),
    Route("POST", rf"{BOOK}/values:batchUpdate", "writes", sheets.batch_update_values),
    Route("POST", rf"{BOOK}/values/{RANGE}:clear", "writes", sheets.clear),
    Route("GET", rf"{BOOK}/values/{RANGE}", "reads", sheets.values),
    Route("PUT", rf"{BOOK}/values/{RANGE}", "writes", sheets.update),
    Route("GET", FILES, "drive", drive.files),
    Route("POST", FILES, "drive", drive.create),
    Route("GET", rf"{FILES}/(?P<book>[^/]+)", "drive", drive.file),
    Route("DELETE", rf"{FILES}/(?P<book>[^/]+)", "drive", drive.delete),
)
NOWHERE = Route("", "", "unknown", _nothing)


def route(method: str, path: str) -> tuple[Route, dict[str, str]]:
    for each in ROUTES:
        names = each.names(method, path)
        if names is not None:
            return each, names
    return NOWHERE, {}
