"""Turn a cell into a whole number: the value, nothing, or why it is none. Never 0 for what is no number.

Cells come unformatted, so numbers are numbers; texts are what people typed in their own way.
"""

import re
from decimal import Decimal
from typing import Any

LARGEST = 2**63 - 1
"""What a column of whole numbers holds."""

THOUSANDS = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9}
NOTHING = {"", "-", "–", "—", "n/a"}
"""How people say that there is none."""

_BLANKS = re.compile(r"[\s\u00a0\u2007\u2009\u200b\u202f\ufeff]+")
_WRITTEN = re.compile(r"(\d[\d.,' ]*?) ?([kmb]?)")
_GROUPS = re.compile(r"\d{1,3}(?:([.,' ])\d{3})(?:\1\d{3})*")


class NotANumber(Exception):
    """The message says why, for people."""


def count(cell: Any) -> int | None:
    """None where the cell is empty. Raises NotANumber."""
    if cell is None:
        return None
    if isinstance(cell, bool):
        raise NotANumber("it is true or false")
    if isinstance(cell, int) and 0 <= cell <= LARGEST:
        return cell
    number = Decimal(str(cell)) if isinstance(cell, int | float) else _typed(str(cell))
    return None if number is None else _whole(number)


def _typed(text: str) -> Decimal | None:
    said = _BLANKS.sub(" ", text).strip().casefold()
    if said in NOTHING:
        return None
    if said.startswith("#"):
        raise NotANumber("its formula has failed")
    if said.endswith("%"):
        raise NotANumber("it is a percentage")
    written = _WRITTEN.fullmatch(said) if said.isascii() else None
    if written is None:
        raise NotANumber("it is text")
    digits, unit = written.groups()
    return _read(digits.strip(), is_short=bool(unit)) * THOUSANDS[unit]


def _read(digits: str, *, is_short: bool) -> Decimal:
    """is_short: of 1.5K, where one separator is that of decimals; else one before three digits is that of thousands."""
    if digits.isdigit() or (_GROUPS.fullmatch(digits) and not (is_short and len(re.findall(r"[.,]", digits)) == 1)):
        return Decimal(re.sub(r"\D", "", digits))
    whole, decimals = re.fullmatch(r"(.*?)(?:[.,](\d+))?", digits).groups()  # type: ignore[union-attr]
    if not (whole.isdigit() or _GROUPS.fullmatch(whole)):
        raise NotANumber("its separators make no sense")
    return Decimal(f"{re.sub(r'[^0-9]', '', whole)}.{decimals or 0}")


def _whole(number: Decimal) -> int:
    if not number.is_finite() or number != number.to_integral_value():
        raise NotANumber("it is not a whole number")
    if number < 0:
        raise NotANumber("it is below zero")
    if number > LARGEST:
        raise NotANumber("it is too large")
    return int(number)
