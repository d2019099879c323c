"""The log itself as lines of CSV: every single change, newest first, exact, and harmless to a spreadsheet."""

from collections.abc import Iterator
from datetime import UTC
from decimal import Decimal
from itertools import islice

from django.utils.text import slugify

from projects.models import Change
from projects.numbers.exact import number as written
from projects.numbers.export import BYTE_ORDER_MARK, ROWS_AT_ONCE, as_csv, text
from projects.restated.asked import Asked
from projects.restated.fields import MEASURED, field_of, number
from projects.restated.names import Object, objects_of

HEAD = "seen_at date account account_id level id name field before after difference currency job_id".split()


def lines(asked: Asked) -> Iterator[str]:
    """Text in pieces of many lines."""
    yield BYTE_ORDER_MARK + as_csv([HEAD])
    waiting = asked.changes().order_by("-id").iterator(chunk_size=ROWS_AT_ONCE)
    while rows := list(islice(waiting, ROWS_AT_ONCE)):
        objects = objects_of(asked.connection, {(row.table, row.key) for row in rows})
        yield as_csv(_line(asked, row, objects[row.table, row.key]) for row in rows)


def _line(asked: Asked, row: Change, its: Object) -> list[str]:
    account = asked.connection
    about = [account.name, account.external_account_id, its.level, its.external_id, its.name]
    return [
        f"{row.seen_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        str(row.date or ""),
        *map(text, about),
        row.field.removesuffix("_micros"),
        *_values(row),
        account.currency if field_of(row.field).kind == "money" else "",
        str(row.job_id or ""),
    ]


def _values(row: Change) -> list[str]:
    """Before, after and their difference. Money in units."""
    kind = field_of(row.field, row.before, row.after).kind
    before, after = number(row.before), number(row.after)
    if kind not in MEASURED:
        return [text(row.before or ""), text(row.after or ""), ""]
    difference: Decimal | None = after - before if before is not None and after is not None else None
    return [written(kind, each) for each in (before, after, difference)]


def file_name(asked: Asked) -> str:
    account = slugify(asked.connection.name, allow_unicode=True)[:60] or "account"
    return f"{account}_changes_{asked.kind}_{asked.period}.csv"
