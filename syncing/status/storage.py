"""How large is the database, and which of its tables?"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection

SHOWN = 8
OURS = ("connections", "projects", "syncing")

LARGEST = """
SELECT relname, pg_total_relation_size(pg_class.oid), greatest(reltuples, 0)::bigint
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind = 'r' AND nspname = current_schema() ORDER BY 2 DESC LIMIT %s
"""


@dataclass(frozen=True)
class Table:
    """size: in bytes; None where the database does not tell. rows: about so many."""

    name: str
    size: int | None
    rows: int


def size() -> int:
    """In bytes, of everything."""
    if connection.vendor == "postgresql":
        return int(_rows("SELECT pg_database_size(current_database())")[0][0])
    pages, page = (int(_rows(f"PRAGMA {name}")[0][0]) for name in ("page_count", "page_size"))
    log = Path(f"{connection.settings_dict['NAME']}-wal")
    return pages * page + (log.stat().st_size if log.exists() else 0)


def largest() -> list[Table]:
    """By size; on SQLite, which keeps no sizes, by rows."""
    if connection.vendor == "postgresql":
        return [Table(*row) for row in _rows(LARGEST, SHOWN)]
    tables = [model._meta.db_table for model in apps.get_models() if model._meta.app_label in OURS]
    # The number of the last row is found at once; counting would read all of them.
    each = (f"SELECT '{name}', max(rowid) FROM \"{name}\"" for name in tables)  # noqa: S608 - a model's own table
    found = [Table(name, None, rows or 0) for name, rows in _rows(" UNION ALL ".join(each))]
    return sorted(found, key=lambda table: -table.rows)[:SHOWN]


def engine() -> str:
    if connection.vendor == "postgresql":
        return f"PostgreSQL {_rows('SHOW server_version')[0][0]}"
    return f"SQLite {_rows('SELECT sqlite_version()')[0][0]}"


def _rows(sql: str, *values: int) -> Sequence[Sequence[Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return list(cursor.fetchall())
