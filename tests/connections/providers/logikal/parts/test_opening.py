"""What may be done with an open file: reading its tables."""

import sqlite3
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from connections.providers.logikal.parts.errors import PartsListError
from connections.providers.logikal.parts.opening import Deadline, opened
from tests.connections.providers.logikal.parts.files import small
from tests.connections.providers.logikal.parts.hostile import ENDLESS

pytestmark = pytest.mark.once

WATCHED: list[Any] = []
"""Where an audit hook, which Python cannot take away again, notes the files that are opened while a test looks."""


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "sqlite3.connect" and WATCHED and arguments[0] != ":memory:":
        path = Path(str(arguments[0]).removeprefix("file://").partition("?")[0])
        WATCHED.append(
            (arguments[0].partition("?")[2], *(stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent)))
        )


sys.addaudithook(_note)


SEEN = ("CREATE VIEW Seen AS SELECT * FROM Glass", "CREATE INDEX by_name ON Glass (Name)")


def kind(sql: str, *, seconds: float = 9, authorizer: bool = True) -> str:
    """Of the error that this statement ends in."""
    try:
        with opened(small(*SEEN), Deadline(seconds)) as connection:
            if not authorizer:
                connection.set_authorizer(None)
            connection.execute(sql).fetchall()
    except PartsListError as error:
        return error.kind
    return "none"


def test_the_file_is_private_and_read_only_and_gone_once_it_is_open(tmp_path: Path) -> None:
    WATCHED.append("look")
    try:
        with opened(small(), Deadline(9)) as connection:
            assert list((tmp_path / "temporary").iterdir()) == []
            assert connection.execute("SELECT count(*) FROM Articles").fetchone() == (2,)
        assert WATCHED[1:] == [("mode=ro&immutable=1", 0o600, 0o700)]
    finally:
        WATCHED.clear()


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO Glass VALUES (3, 'x')",
        "UPDATE Glass SET Name = ''",
        "DELETE FROM Glass",
        "DROP TABLE Glass",
        "CREATE TABLE x (a)",
        "CREATE TEMP TABLE x (a)",
        "CREATE TEMP VIEW x AS SELECT 1",
        "ATTACH ':memory:' AS x",
        "ATTACH 'stolen.db' AS x",
        "DETACH main",
        "VACUUM INTO 'stolen.db'",
        "BEGIN IMMEDIATE",
        "SAVEPOINT x",
        "ANALYZE",
        "REINDEX",
        "PRAGMA query_only = 0",
        "PRAGMA trusted_schema = 1",
        "PRAGMA writable_schema = 1",
        "PRAGMA journal_mode = WAL",
        "PRAGMA temp_store_directory = '/'",
        "SELECT load_extension('x')",
        "SELECT writefile('x', 'y')",
        "SELECT upper(Name) FROM Glass",
        "SELECT zeroblob(1000000000)",
        "SELECT * FROM Seen",
        "SELECT * FROM pragma_database_list",
        "SELECT * FROM json_each('[1]')",
        ENDLESS,
    ],
)
def test_nothing_but_reading_tables_is_allowed(sql: str) -> None:
    assert kind(sql) in {"refused", "corrupt"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("query_only", 1), ("trusted_schema", 0), ("cell_size_check", 1), ("ignore_check_constraints", 1)],
)
def test_the_settings_hold(name: str, value: int) -> None:
    with opened(small(), Deadline(9)) as connection:
        connection.set_authorizer(None)
        assert connection.execute(f"PRAGMA {name}").fetchone() == (value,)


def test_a_write_fails_even_without_the_authorizer() -> None:
    assert kind("DELETE FROM Glass", authorizer=False) == "refused"


def test_a_query_without_end_is_stopped() -> None:
    assert kind(ENDLESS, authorizer=False, seconds=0.05) == "too_slow"


def test_the_connection_is_closed_whatever_happens() -> None:
    with pytest.raises(ZeroDivisionError), opened(small(), Deadline(9)) as connection:
        raise ZeroDivisionError
    with pytest.raises(sqlite3.ProgrammingError):
        connection.execute("SELECT 1")
