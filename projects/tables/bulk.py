"""Find and write many rows fast, with the means of the database at hand. JSON is handed over as text."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import connection, models

Row = tuple[Any, ...]
Convert = Callable[[Any], Any]


def find(model: type[models.Model], fields: Sequence[str], owner: Any, parts: Mapping[str, Sequence[Any]]) -> list[Row]:
    """`fields` of the rows of one connection whose value of each part is among those given."""
    table, columns = _quoted(model._meta.db_table), ", ".join(_quoted(column) for column in _columns(model, fields))
    conditions, parameters = [f"{_quoted('connection_id')} = %s"], [_prepare(model, "connection", owner)]
    for name, values in parts.items():
        condition, prepared = _among(_columns(model, [name])[0], [_prepare(model, name, value) for value in values])
        conditions.append(condition)
        parameters += prepared
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {table} WHERE {' AND '.join(conditions)}", parameters)  # noqa: S608
        return list(cursor.fetchall())


def _among(column: str, values: list[Any]) -> tuple[str, list[Any]]:
    """One array costs a tenth of what a list of as many parameters does."""
    if connection.vendor == "postgresql":
        return f"{_quoted(column)} = ANY(%s)", [values]
    return f"{_quoted(column)} IN ({', '.join(['%s'] * len(values))})", values


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
    converts = [(at, _convert(model._meta.get_field(name))) for at, name in enumerate(fields)]
    needed = [(at, convert) for at, convert in converts if convert]
    with connection.cursor() as cursor:
        cursor.executemany(sql, [_prepared(row, needed) for row in rows])


def _prepared(row: Row, converts: Sequence[tuple[int, Convert]]) -> list[Any]:
    values = list(row)
    for at, convert in converts:
        values[at] = convert(values[at])
    return values


def _prepare(model: type[models.Model], name: str, value: Any) -> Any:
    convert = _convert(model._meta.get_field(name))
    return convert(value) if convert else value


def _convert(field: Any) -> Convert | None:
    """How a value becomes what the driver takes; None where it is that already, as numbers and texts are."""
    if isinstance(field, models.IntegerField | models.CharField | models.TextField | models.JSONField):
        return None
    return lambda value: field.get_db_prep_save(value, connection)


def _columns(model: type[models.Model], fields: Sequence[str]) -> list[str]:
    return [str(model._meta.get_field(name).column) for name in fields]  # type: ignore[union-attr]


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
