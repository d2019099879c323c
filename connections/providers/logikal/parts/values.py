"""Turn SQLite's values into texts, numbers and plain JSON, and tell what is odd about them."""

import re
from decimal import Decimal
from math import isfinite
from typing import Any

LARGEST = Decimal(10**12)
"""Numbers stay below it, so that they fit numeric(18, 6)."""

LONGEST_SHORT_TEXT = 200
LONGEST_TEXT = 2000
MOST_EXTRA = 200
LONGEST_EXTRA = 8000

_SIX_PLACES = Decimal("0.000001")
_ONE = Decimal(1)
_LONGEST_NUMBER = 40
_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_WITH_COMMA = re.compile(r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+),[0-9]+")
_COMMA_OF_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")

Odd = str
"""Why a value is not, or not wholly, what the file holds. Empty where it is."""


def number(value: object, times: Decimal = _ONE) -> tuple[Decimal | None, Odd]:
    """With six places. None, never 0, for what is not a number; "1,234" may be two, so it is none."""
    if value is None or value == "":
        return None, ""
    found = _decimal(value)
    if found is None:
        return None, "not a number"
    if not found.is_finite() or abs(found := found * times) >= LARGEST:
        return None, "a number beyond what makes sense"
    return found.quantize(_SIX_PLACES), ""


def short_text(value: object) -> tuple[str, Odd]:
    return _text(value, LONGEST_SHORT_TEXT)


def text(value: object) -> tuple[str, Odd]:
    return _text(value, LONGEST_TEXT)


def json_safe(value: object) -> Any:
    """The same in plain JSON; texts are cut to LONGEST_SHORT_TEXT."""
    if isinstance(value, str):
        return value.replace("\0", "")[:LONGEST_SHORT_TEXT]
    if isinstance(value, bytes):
        return {"bytes": len(value)}
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    return value


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, int | float):
        return Decimal(str(value))
    if not isinstance(value, str) or len(value) > _LONGEST_NUMBER:
        return None
    value = value.strip()
    if _PLAIN.fullmatch(value):
        return Decimal(value)
    if _WITH_COMMA.fullmatch(value) and not _COMMA_OF_THOUSANDS.fullmatch(value):
        return Decimal(value.replace(".", "").replace(",", "."))
    return None


def _text(value: object, longest: int) -> tuple[str, Odd]:
    """Without NUL characters, which PostgreSQL cannot keep, and without blanks around it."""
    if value is None:
        return "", ""
    if isinstance(value, bytes):
        return "", "not text"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    found = str(value).replace("\0", "").strip()
    if len(found) > longest:
        return found[:longest], "too long and cut"
    return found, "not readable in every character" if "\ufffd" in found else ""
