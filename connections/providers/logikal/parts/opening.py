"""Open a stranger's SQLite file so that its tables can be read, for a limited time, and nothing else can happen."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from connections.providers.logikal.parts.envelope import MOST_BYTES
from connections.providers.logikal.parts.errors import PartsListError

_STEPS_BETWEEN_LOOKS = 100  # few, since one step may parse a whole CREATE TABLE while the schema is loaded
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: MOST_BYTES,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 2**20,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_SETTINGS = (
    "query_only=1 trusted_schema=0 cell_size_check=1 ignore_check_constraints=1 temp_store=2 mmap_size=0".split()
)
_PRAGMAS = {"quick_check", "table_xinfo"}
_FUNCTIONS = {"count"}

_DAMAGED = "The parts list is damaged."
_LATE = "Reading the parts list took too long."
_TOO_SLOW = {sqlite3.SQLITE_INTERRUPT}
_TOO_LARGE = {sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_FULL}
_REFUSED = {sqlite3.SQLITE_AUTH, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}


class Deadline:
    """When the reading of a file has to be over, whatever it holds."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = monotonic() + seconds

    def is_over(self) -> bool:
        return monotonic() >= self._ends_at

    def keep(self) -> None:
        if self.is_over():
            raise PartsListError("too_slow", _LATE)


@contextmanager
def opened(content: bytes, deadline: Deadline) -> Iterator[sqlite3.Connection]:
    """A connection to this file, on which whatever SQLite says becomes a PartsListError.

    OSError where this machine cannot write a temporary file.
    """
    try:
        with closing(_connect(content)) as connection:
            _restrain(connection, deadline)
            yield connection
    except MemoryError:
        raise PartsListError("too_large", "The parts list needs more memory than there is.") from None
    except UnicodeDecodeError:  # a message of SQLite that quotes an unreadable name
        raise PartsListError("corrupt", _DAMAGED) from None
    except sqlite3.Error as error:
        raise _translated(error) from None


def _connect(content: bytes) -> sqlite3.Connection:
    """The file is gone before its first page is looked at: nothing stays behind even if this process is killed."""
    with TemporaryDirectory(prefix="freshet-") as folder:
        path = Path(folder, "parts.sqlite3")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        return sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)


def _restrain(connection: sqlite3.Connection, deadline: Deadline) -> None:
    """Before the first statement that looks at the schema."""
    connection.set_progress_handler(deadline.is_over, _STEPS_BETWEEN_LOOKS)
    for limit, value in _LIMITS.items():
        connection.setlimit(limit, value)
    for setting in _SETTINGS:
        connection.execute(f"PRAGMA {setting}")
    connection.set_authorizer(_only_reading)
    connection.text_factory = _text


def _only_reading(action: int, first: str | None, second: str | None, _: str | None, view: str | None) -> int:
    allowed = (
        action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ)
        or (action == sqlite3.SQLITE_FUNCTION and second in _FUNCTIONS)
        or (action == sqlite3.SQLITE_PRAGMA and first in _PRAGMAS)
    )
    return sqlite3.SQLITE_OK if allowed and view is None else sqlite3.SQLITE_DENY


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's code without its finer half; 0 for what Python's module says by itself."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _translated(error: sqlite3.Error) -> PartsListError:
    number = primary_code(error)
    code = getattr(error, "sqlite_errorname", "") or type(error).__name__
    if number in _TOO_SLOW:
        return PartsListError("too_slow", _LATE, code=code)
    if number in _TOO_LARGE:
        return PartsListError("too_large", "The parts list holds more than can be read.", code=code)
    if number in _REFUSED:
        return PartsListError("refused", "The parts list asks for more than reading its tables.", code=code)
    if number == sqlite3.SQLITE_NOTADB:
        return PartsListError("not_sqlite", "The parts list is not an SQLite file, or is encrypted.", code=code)
    return PartsListError("corrupt", _DAMAGED, code=code)
