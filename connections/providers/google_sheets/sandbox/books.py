"""The spreadsheets of the sandbox: what stands in their cells, who may read them, and when they were changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from connections.providers.google_sheets.sandbox.cells import Content
from connections.providers.google_sheets.sandbox.ranges import Area

SPREADSHEET = "application/vnd.google-apps.spreadsheet"
ROWS, COLUMNS = 1000, 26

Rows = Sequence[Sequence[Content]]


@dataclass
class Tab:
    """kind: GRID has cells, OBJECT is a chart. cells: by row and column from 0, those that are not blank."""

    id: int
    title: str
    hidden: bool = False
    kind: str = "GRID"
    rows: int = ROWS
    columns: int = COLUMNS
    cells: dict[tuple[int, int], Content] = field(default_factory=dict)

    def put(self, rows: Rows, *, top: int = 0, left: int = 0) -> int:
        """None leaves a cell alone, an empty text empties it. How many were written."""
        written = 0
        for down, row in enumerate(rows, start=top):
            for along, content in enumerate(row, start=left):
                if content is None:
                    continue
                written += 1
                if content == "":
                    self.cells.pop((down, along), None)
                else:
                    self.cells[down, along] = content
        self.rows, self.columns = max(self.rows, self.last_row), max(self.columns, self.last_column)
        return written

    def clear(self, place: Area) -> None:
        for at in [at for at in self.cells if inside(place, at)]:
            del self.cells[at]

    @property
    def last_row(self) -> int:
        """How many rows there are down to the last cell that holds something."""
        return max((row for row, _ in self.cells), default=-1) + 1

    @property
    def last_column(self) -> int:
        return max((column for _, column in self.cells), default=-1) + 1


def inside(place: Area, at: tuple[int, int]) -> bool:
    row, column = at
    return (
        place.top <= row
        and place.left <= column
        and (place.bottom is None or row < place.bottom)
        and (place.right is None or column < place.right)
    )


@dataclass
class Book:
    """readers: the e-mails it is shared with; empty is everybody. tabs: in their order."""

    id: str
    title: str
    modified_at: datetime
    tabs: list[Tab] = field(default_factory=list)
    readers: set[str] = field(default_factory=set)
    mime: str = SPREADSHEET
    locale: str = "en_US"
    timezone: str = "Etc/UTC"
    version: int = 1
    trashed: bool = False

    def __post_init__(self) -> None:
        self._ids = count(max((tab.id for tab in self.tabs), default=1_000_000) + 7)

    def tab(self, key: str | int) -> Tab:
        """By its id or its title. Raises KeyError."""
        for tab in self.tabs:
            if key in (tab.id, str(tab.id), tab.title):
                return tab
        raise KeyError(key)

    def add_tab(self, title: str, rows: Rows = (), **fields: Any) -> Tab:
        """The first tab of a spreadsheet has the id 0, as at Google."""
        wanted = {"id": next(self._ids) if self.tabs else 0, **fields}
        tab = Tab(title=title, **wanted)
        tab.put(rows)
        self.tabs.append(tab)
        return tab

    def is_open_to(self, email: str) -> bool:
        return not self.readers or email in self.readers

    def touch(self, now: datetime) -> None:
        """Somebody has changed it."""
        self.version += 3
        self.modified_at = max(now, self.modified_at)


class Books:
    """All of them, by id."""

    def __init__(self, books: Iterable[Book] = ()) -> None:
        self._books = {book.id: book for book in books}

    def add(self, book: Book) -> Book:
        self._books[book.id] = book
        return book

    def find(self, book: str) -> Book | None:
        return self._books.get(book)

    def get(self, book: str) -> Book:
        """Raises KeyError."""
        return self._books[book]

    def remove(self, book: str) -> None:
        self._books.pop(book, None)

    def all(self) -> list[Book]:
        return list(self._books.values())
