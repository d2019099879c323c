"""Read the parts list of an elevation: LOGIKAL sends it as an SQLite file, and it may be a damaged or a hostile one.

The seam of this folder: `decoded` and `fingerprint` (envelope.py) for what arrives, `read` for the file, PartsList
(parts_list.py) for the result, PartsListError (errors.py) for a file that cannot be read. No network, no database.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from connections.providers.logikal.parts import tables
from connections.providers.logikal.parts.doubts import Doubts, counted_rows
from connections.providers.logikal.parts.envelope import checked, decoded, fingerprint
from connections.providers.logikal.parts.errors import PartsListError
from connections.providers.logikal.parts.layout import ELEVATION, PARTS, Layout, key
from connections.providers.logikal.parts.opening import Deadline, opened
from connections.providers.logikal.parts.parts_list import Elevation, OtherTable, Part, PartsList
from connections.providers.logikal.parts.rows import RowReader

SECONDS = 3.0
"""The most that a file may take. A real one takes some hundredths."""

MOST_ROWS = 10_000
"""Of one table. Real ones have up to some hundreds."""


def read_base64(text: str | bytes, *, seconds: float = SECONDS) -> PartsList:
    """The same as `read`, of a file in base64. Raises PartsListError."""
    return read(decoded(text), seconds=seconds)


def read(content: bytes, *, seconds: float = SECONDS) -> PartsList:
    """Everything that is known how to read of this file.

    seconds: the time it may take in all. Raises PartsListError: nothing of the file is to be used then. What is only
    missing or odd is a warning of the result. Raises OSError where no temporary file can be written.
    """
    deadline = Deadline(seconds)
    with opened(checked(content), deadline) as connection:
        return _Reading(connection, deadline).parts_list(fingerprint(content))


class _Reading:
    """One file being read, with what is odd about it so far."""

    def __init__(self, connection: sqlite3.Connection, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline
        self._doubts = Doubts()
        self._names = tables.names(connection)
        if len(self._names) == tables.MOST_TABLES:
            self._doubts.say(f"No more than {tables.MOST_TABLES} tables are looked at.")

    def parts_list(self, sha256: str) -> PartsList:
        known = {layout.label: self._table(layout) for layout in (ELEVATION, *PARTS.values())}
        if not any(known.values()):
            raise PartsListError("empty", "The file holds none of the tables of a parts list.")
        elevation = self._elevation()
        parts = tuple(self._parts())
        others = tuple(self._others(set(known.values())))
        return PartsList(sha256, elevation, parts, others, self._doubts.sentences())

    def _elevation(self) -> Elevation | None:
        rows = list(self._rows(ELEVATION, 1))
        return Elevation(**rows[0]) if rows else None

    def _parts(self) -> Iterator[Part]:
        for kind, layout in PARTS.items():
            for position, fields in enumerate(self._rows(layout, MOST_ROWS), 1):
                yield Part(kind=kind, position=position, **fields)

    def _rows(self, layout: Layout, most: int) -> Iterator[dict[str, Any]]:
        """The first rows of a table; none, and a warning, where it is missing or cannot be read."""
        if not (table := self._table(layout)):
            self._doubts.say(f"The table {layout.label} is missing.")
        elif columns := self._columns(layout, table):
            reader = RowReader(layout, columns, self._doubts)
            for at, row in enumerate(tables.rows(self._connection, table, columns, most + 1)):
                self._deadline.keep()
                if at == most:
                    self._doubts.say(f"{layout.label} has more than {counted_rows(most)}; the others are left out.")
                    return
                yield reader.read(row)

    def _columns(self, layout: Layout, table: str) -> Sequence[str]:
        """Those that can be read. Expressions of the file are not worked out, and SQLite's check would do so."""
        columns = tables.columns(self._connection, table)
        if columns.computed:
            self._doubts.say(f"{layout.label} is left out, since it has computed columns.")
            return ()
        if columns.left_out:
            self._doubts.say(f"{layout.label} has more columns than can be read.")
        if not tables.check(self._connection, table):
            self._doubts.say(f"{layout.label} could not be checked for damage.")
        return columns.names

    def _table(self, layout: Layout) -> str | None:
        by_key = {key(name): name for name in reversed(self._names)}
        return next((by_key[key(name)] for name in layout.tables if key(name) in by_key), None)

    def _others(self, known: set[str | None]) -> Iterator[OtherTable]:
        for name in self._names:
            if name not in known:
                self._deadline.keep()
                yield OtherTable(name, tables.count(self._connection, name))
