"""A parts list as a SQLite database: always the same bytes for one elevation and version."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from random import Random

from connections.providers.logikal.sandbox.parts.elevations import Row, owners
from connections.providers.logikal.sandbox.parts.tables import OTHERS, TABLES, Table
from connections.providers.logikal.sandbox.parts.values import Value
from connections.providers.logikal.sandbox.parts.variants import SCHEMA_VARIANTS
from connections.providers.logikal.sandbox.records import Record


def database(project: Record, phase: Record, elevation: Record, size: int, variant: str) -> bytes:
    """size: at least so many bytes. variant: one that changes tables, or any other, which changes nothing here."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("BEGIN")
        for name, row in owners(project, phase, elevation).items():
            _add_owner(connection, name, row)
        for name, table in TABLES.items():
            _add(connection, name, table, Random(_seed(name, table, elevation)))
        for name in OTHERS:
            connection.execute(f"CREATE TABLE {name} (ID INTEGER, Data BLOB)")
        _fill_up(connection, size, elevation["versionId"])
        connection.execute("COMMIT")
        if variant in SCHEMA_VARIANTS:
            SCHEMA_VARIANTS[variant](connection)
        return connection.serialize()


def _seed(name: str, table: Table, elevation: Record) -> str:
    return f"{name}|{elevation['id']}|{elevation['versionId'] if table.moves else ''}"


def _add_owner(connection: sqlite3.Connection, name: str, row: Row) -> None:
    types = (f"{column} {'REAL' if isinstance(value, float) else 'TEXT'}" for column, value in row.items())
    connection.execute(f"CREATE TABLE {name} ({', '.join(types)})")
    _insert(connection, name, [tuple(row.values())])


def _add(connection: sqlite3.Connection, name: str, table: Table, dice: Random) -> None:
    columns = ", ".join(f"{column} {kind}" for column, (kind, _) in table.columns.items())
    connection.execute(f"CREATE TABLE {name} ({columns})")
    _insert(connection, name, list(_rows(table, dice)))


def _rows(table: Table, dice: Random) -> Iterator[tuple[Value, ...]]:
    for row in range(table.rows):
        yield tuple(maker(dice, row) for _, maker in table.columns.values())


def _insert(connection: sqlite3.Connection, name: str, rows: list[tuple[Value, ...]]) -> None:
    places = ", ".join("?" * len(rows[0]))
    connection.executemany(f"INSERT INTO {name} VALUES ({places})", rows)  # noqa: S608 - our own names


def _fill_up(connection: sqlite3.Connection, size: int, version: str) -> None:
    """With bytes that do not compress."""
    (pages,), (page,) = (connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size"))
    if missing := max(0, size - pages * page):
        filling = Random(version).randbytes(missing)
        connection.execute(f"INSERT INTO {OTHERS[-1]} VALUES (1, ?)", (filling,))  # noqa: S608 - our own names
