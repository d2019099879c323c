"""Rows as messages of Google's own package."""

from functools import cache
from typing import Any

from connections.providers.google_ads.sandbox.gaql import Query
from connections.providers.google_ads.sandbox.service import messages
from connections.providers.google_ads.sandbox.tables import Row

UNKNOWN_FIELD = b"\xf8\xff\xff\xff\x0f\x07"
"""On the wire: the number 7, in the last field that a message can have."""


def answer(kind: str, query: Query | None, rows: list[Row], *, is_newer: bool = False) -> Any:
    """Only what was selected, and the field mask that says so. is_newer: than the package."""
    types = messages("services.types.google_ads_service")
    message = getattr(types, kind).pb()(request_id="sandbox-request")
    if query is None:
        return message
    message.field_mask.paths.extend(query.fields)
    for row in rows:
        fill(message.results.add(), row, query)
    for result in message.results if is_newer else ():
        result.MergeFromString(UNKNOWN_FIELD)
    return message


@cache
def row_descriptor() -> Any:
    return messages("services.types.google_ads_service").GoogleAdsRow.pb().DESCRIPTOR


def fill(message: Any, row: Row, query: Query) -> None:
    """What was selected of a row."""
    for path in query.fields:
        if path in row:
            *above, last = path.split(".")
            target = message
            for part in above:
                target = getattr(target, part)
            setattr(target, last, _value(target, last, row[path]))


def _value(target: Any, field: str, value: Any) -> Any:
    """Enumerations are numbers on the wire."""
    kind = target.DESCRIPTOR.fields_by_name[field].enum_type
    return kind.values_by_name[value].number if kind else value
