"""Statements about the tables of an open parts list. Views and virtual tables are no tables here."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from connections.providers.logikal.parts.errors import PartsListError
from connections.providers.logikal.parts.opening import primary_code

MOST_TABLES = 1000
MOST_COLUMNS = 500
MOST_COUNTED = 100_000
LONGEST_NAME = 100

_ODD_CONTENT = re.compile(r"[\w-]+ value in |CHECK constraint ")
"""What quick_check says of values that a column was not declared for: they can be read all the same."""


@dataclass(frozen=True, slots=True)
class Columns:
    """names: those that can be read, in order. left_out: there are others. computed: some are expressions."""

    names: tuple[str, ...]
    left_out: bool
    computed: bool


def names(connection: sqlite3.Connection) -> list[str]:
    """The tables that really are tables. What the schema only calls one, such as a view, is not."""
    rows = connection.execute(
        "SELECT name, sql FROM main.sqlite_master WHERE type = 'table' AND rootpage > 0 LIMIT ?", [MOST_TABLES]
    )
    return [name for name, sql in rows if _is_plain(name, sql)]


def columns(connection: sqlite3.Connection, table: str) -> Columns:
    rows = connection.execute(f"PRAGMA main.table_xinfo({_quoted(table)})").fetchall()
    found = [name for _, name, *_ in rows if _is_readable(name)]
    names = tuple(found[:MOST_COLUMNS])
    return Columns(names, len(names) < len(rows), any(hidden for *_, hidden in rows))


def check(connection: sqlite3.Connection, table: str) -> bool:
    """Whether SQLite could check it; it cannot without a collation of the program that wrote it.

    Raises PartsListError where the table is damaged.
    """
    try:
        rows = connection.execute(f"PRAGMA main.quick_check({_quoted(table)})").fetchall()
    except sqlite3.OperationalError as error:
        if primary_code(error) == sqlite3.SQLITE_ERROR:
            return False
        raise
    if any(said != "ok" and not _ODD_CONTENT.match(str(said)) for (said,) in rows):
        raise PartsListError("corrupt", "The parts list is damaged.", code="quick_check")
    return True


def rows(connection: sqlite3.Connection, table: str, columns: Sequence[str], most: int) -> Iterator[tuple[Any, ...]]:
    """In the order in which the file keeps them. NOT INDEXED, because nobody checked what the indexes say."""
    wanted = ", ".join(f"t.{_quoted(column)}" for column in columns)
    sql = f"SELECT {wanted} FROM main.{_quoted(table)} AS t NOT INDEXED LIMIT ?"  # noqa: S608  names are quoted
    yield from connection.execute(sql, [most])


def count(connection: sqlite3.Connection, table: str) -> int | None:
    """How many rows, MOST_COUNTED where there are more; None where the table is damaged.

    The limit inside makes SQLite walk the rows, which can be stopped; a bare count(*) cannot.
    """
    rows = f"SELECT 1 FROM main.{_quoted(table)} NOT INDEXED LIMIT {MOST_COUNTED}"  # noqa: S608  the name is quoted
    try:
        (found,) = connection.execute(f"SELECT count(*) FROM ({rows})").fetchone()  # noqa: S608
    except sqlite3.DatabaseError as error:
        if primary_code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR):
            return None
        raise
    return int(found)


def _is_plain(name: object, sql: object) -> bool:
    """SQLite goes by the statement, not by the name and the type that stand beside it."""
    if not _is_readable(name) or name.lower().startswith("sqlite_") or not isinstance(sql, str):
        return False
    return bool(re.match(rf"CREATE TABLE\s*[\"'`\[]?{re.escape(name)}[\"'`\]\s(]", sql, re.IGNORECASE))


def _is_readable(name: object) -> TypeGuard[str]:
    return isinstance(name, str) and 0 < len(name) <= LONGEST_NAME and name.isprintable() and "\ufffd" not in name


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
