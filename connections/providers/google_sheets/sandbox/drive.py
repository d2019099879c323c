"""The answers of the Drive API, v3, about spreadsheets: which there are, and when each was changed."""

import re
from typing import Any

from connections.providers.google_sheets.sandbox.books import SPREADSHEET, Book
from connections.providers.google_sheets.sandbox.masks import masked
from connections.providers.google_sheets.sandbox.visit import Visit

USUAL_FIELDS = "kind,id,name,mimeType"
USUAL_LIST = f"kind,nextPageToken,files({USUAL_FIELDS})"
_TERM = re.compile(r"(name|mimeType|trashed)\s*=\s*'?((?:[^'\\]|\\')*?)'?(?:\s+and\s+|$)")


def file(visit: Visit) -> Any:
    return masked(described(visit.file()), visit.param("fields", USUAL_FIELDS))


def described(book: Book) -> dict[str, Any]:
    """The version is a text, as all of Drive's long numbers."""
    return {
        "kind": "drive#file",
        "id": book.id,
        "name": book.title,
        "mimeType": book.mime,
        "createdTime": "2026-01-05T08:00:00.000Z",
        "modifiedTime": book.modified_at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{book.modified_at.microsecond // 1000:03}Z",
        "version": str(book.version),
        "trashed": book.trashed,
    }


def files(visit: Visit) -> Any:
    found = [described(book) for book in visit.books.all() if book.is_open_to(visit.email)]
    for name, wanted in _TERM.findall(visit.param("q")):
        found = [each for each in found if str(each[name]).casefold() == wanted.replace("\\'", "'").casefold()]
    if visit.param("orderBy") == "name":
        found.sort(key=lambda each: str(each["name"]))
    first, size = int(visit.param("pageToken", "0") or 0), int(visit.param("pageSize", "100"))
    answer: dict[str, Any] = {"kind": "drive#fileList", "files": found[first : first + size]}
    if len(found) > first + size:
        answer["nextPageToken"] = str(first + size)
    return masked(answer, visit.param("fields", USUAL_LIST))


def create(visit: Visit) -> Any:
    """A new spreadsheet has one tab."""
    wanted = visit.body()
    book = Book(f"sandbox-book-{len(visit.books.all()) + 1:06}", str(wanted.get("name", "Untitled")), visit.now)
    book.mime = wanted.get("mimeType", SPREADSHEET)
    book.add_tab("Sheet1")
    visit.books.add(book)
    return masked(described(book), visit.param("fields", USUAL_FIELDS))


def delete(visit: Visit) -> Any:
    visit.books.remove(visit.file().id)
    return None
