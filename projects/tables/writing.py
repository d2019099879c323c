"""Write many rows fast: COPY on PostgreSQL, executemany elsewhere. JSON is handed over as text."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, models

Row = tuple[Any, ...]
Convert = Callable[[Any], Any]


def insert(model: type[models.Model], fields: Sequence[str], rows: Sequence[Row]) -> None:
    """Add rows; values in the order of `fields`. Raises IntegrityError when one exists already."""
    if not rows:
        return
    table, columns = _quoted(model._meta.db_table), ", ".join(_quoted(column) for column in _columns(model, fields))
    if connection.vendor == "postgresql":
        _copy(f"COPY {table} ({columns}) FROM STDIN", rows)
        return
    marks = ", ".join(["%s"] * len(fields))
    _many(f"INSERT INTO {table} ({columns}) VALUES ({marks})", model, fields, rows)  # noqa: S608


def update(model: type[models.Model], fields: Sequence[str], rows: Sequence[Row]) -> None:
    """Rewrite rows; values in the order of `fields`, the primary key last."""
    if not rows:
        return
    assignments = ", ".join(f"{_quoted(column)} = %s" for column in _columns(model, fields))
    table, key = _quoted(model._meta.db_table), _quoted(str(model._meta.pk.column))
    _many(f"UPDATE {table} SET {assignments} WHERE {key} = %s", model, (*fields, "id"), rows)  # noqa: S608


def _copy(sql: str, rows: Sequence[Row]) -> None:
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(sql) as copy:
        for row in rows:
            copy.write_row(row)


def _many(sql: str, model: type[models.Model], fields: Sequence[str], rows: Sequence[Row]) -> None:
    converts = [_prepare(model._meta.get_field(name)) for name in fields]
    prepared = [tuple(convert(value) for convert, value in zip(converts, row, strict=True)) for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(sql, prepared)


def _prepare(field: Any) -> Convert:
    if isinstance(field, models.JSONField):
        return str
    return lambda value: field.get_db_prep_save(value, connection)


def _columns(model: type[models.Model], fields: Sequence[str]) -> list[str]:
    return [str(model._meta.get_field(name).column) for name in fields]  # type: ignore[union-attr]


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
