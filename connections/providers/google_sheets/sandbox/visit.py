"""One call: who asks for what, of which world, at which moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connections.providers.google_sheets.sandbox.books import SPREADSHEET, Book, Books
from connections.providers.google_sheets.sandbox.errors import (
    bad_request,
    no_file,
    no_spreadsheet,
    not_found,
    not_shared,
)
from connections.sandbox.exchange import Call


@dataclass(frozen=True)
class Visit:
    books: Books
    call: Call
    now: datetime
    email: str
    names: Mapping[str, str] = field(default_factory=dict)

    def spreadsheet(self) -> Book:
        """The one in the path, as the Sheets API opens it. Raises Refusal."""
        book = self.books.find(self.names["book"])
        if book is None or book.trashed:
            raise not_found()
        if not book.is_open_to(self.email):
            raise not_shared()
        if book.mime != SPREADSHEET:
            raise no_spreadsheet()
        return book

    def file(self) -> Book:
        """The same, as Drive sees it: what is not shared is not there."""
        book = self.books.find(self.names["book"])
        if book is None or not book.is_open_to(self.email):
            raise no_file(self.names["book"])
        return book

    def body(self) -> dict[str, Any]:
        try:
            found = self.call.json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise bad_request("Invalid JSON payload received.")
        return found

    def all(self, name: str) -> list[str]:
        return [value for each, value in self.call.pairs if each == name]

    def param(self, name: str, usual: str = "") -> str:
        return self.call.params.get(name, usual)
