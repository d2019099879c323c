"""Turn LOGIKAL's JSON into texts, numbers, moments and ids. Raises BadData on what makes no sense."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connections.errors import BadData

Row = Mapping[str, Any]

LONGEST_PATH = 500
SIX_PLACES = Decimal("0.000001")
_BEYOND = Decimal(10**12)  # numeric(18, 6)
_LAST_MOMENT = 253_402_300_799  # the end of the year 9999
_IDENTIFIER = re.compile(r"[\w{}.:-]{1,64}")


def identifier(row: Row, field: str) -> str:
    """A GUID, in whatever way it is written; without blanks, since one of these separates it from a path."""
    value = row.get(field)
    if type(value) is not str or not _IDENTIFIER.fullmatch(value):
        raise BadData(f"{field} is {_shown(value)}, not an id.")
    return value


def path(row: Row, field: str) -> str:
    value = row.get(field)
    if type(value) is not str or not value.strip("/") or len(value) > LONGEST_PATH:
        raise BadData(f"{field} is {_shown(value)}, not a path that fits.")
    return value


def text(row: Row, field: str) -> str:
    """A number stands for itself: the specification does not say of which type every field is."""
    value = row.get(field)
    if value is None:
        return ""
    if type(value) in (int, float):
        return str(value)
    if type(value) is not str:
        raise BadData(f"{field} is {_shown(value)}, not a text.")
    return value


def flag(row: Row, field: str) -> bool | None:
    value = row.get(field)
    if value is None or type(value) is bool:
        return value
    raise BadData(f"{field} is {_shown(value)}, neither true nor false.")


def number(row: Row, field: str) -> Decimal | None:
    """With six places."""
    value = row.get(field)
    if value is None:
        return None
    if type(value) in (int, float):
        found = Decimal(str(value))
        if found.is_finite() and abs(found) < _BEYOND:
            return found.quantize(SIX_PLACES)
    raise BadData(f"{field} is {_shown(value)}, not a number that fits.")


def seconds(row: Row, field: str) -> int:
    """Epoch seconds; 0 where there is no date."""
    value = row.get(field)
    if value is None:
        return 0
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is int and 0 <= value <= _LAST_MOMENT:
        return value
    raise BadData(f"{field} is {_shown(value)}, not a moment.")


def moment(row: Row, field: str) -> datetime | None:
    found = seconds(row, field)
    return datetime.fromtimestamp(found, UTC) if found else None


def _shown(value: Any) -> str:
    return "missing" if value is None else repr(value)[:60]
