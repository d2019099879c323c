"""Turn Meta's texts into numbers, amounts, dates and ids. Raises BadData on what makes no sense."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from connections.errors import BadData

Row = Mapping[str, Any]

LARGEST = 2**63 - 1
MILLION = 1_000_000
SIX_PLACES = Decimal("0.000001")
NOTHING = Decimal(0).quantize(SIX_PLACES)
_LARGEST_AMOUNT = Decimal(LARGEST // MILLION)
_LARGEST_COUNT = Decimal(10**12 - 1)  # numeric(18, 6)
LONGEST_ID = 64

# Meta's own list (Marketing API, Currencies): budgets of these come in whole units, all others in hundredths.
# It differs from ISO 4217 on purpose, for example for TWD, HUF and the dinars.
WHOLE_UNIT_CURRENCIES = frozenset("CLP COP CRC HUF IDR ISK JPY KRW PYG TWD VND".split())


def identifier(row: Row, field: str) -> str:
    value = row.get(field)
    if type(value) is int and value > 0:
        value = str(value)
    if type(value) is not str or not value or len(value) > LONGEST_ID:
        raise BadData(f"{field} is {_shown(value)}, not an id.")
    return value


def optional_identifier(row: Row, field: str) -> str:
    """Empty where Meta leaves a parent out, as it does at times."""
    return identifier(row, field) if row.get(field) else ""


def text(row: Row, field: str, longest: int | None = None) -> str:
    value = row.get(field)
    if value is None:
        return ""
    if type(value) is not str or (longest and len(value) > longest):
        raise BadData(f"{field} is {_shown(value)}, not a text that fits.")
    return value


def whole(row: Row, field: str) -> int:
    """0 where Meta leaves it out: it does not send zeros."""
    value = row.get(field, 0)
    if type(value) is str and value.isdecimal() and len(value) <= 19:
        value = int(value)
    if type(value) is int and 0 <= value <= LARGEST:
        return value
    raise BadData(f"{field} is {_shown(value)}, not a whole number from 0 on.")


def micros(row: Row, field: str) -> int:
    """Millionths of an amount such as "12.34"."""
    return round(_amount(row, field, _LARGEST_AMOUNT) * MILLION)


def count(row: Row, field: str) -> Decimal:
    """A number that may have a fraction, such as conversions."""
    return _amount(row, field, _LARGEST_COUNT).quantize(SIX_PLACES)


def budget_micros(row: Row, field: str, currency: str) -> int | None:
    """Millionths of a budget, which Meta gives in the smallest unit it knows of the currency."""
    value = row.get(field)
    if value is None:
        return None
    amount = whole(row, field) * (MILLION if currency in WHOLE_UNIT_CURRENCIES else MILLION // 100)
    if amount > LARGEST:
        raise BadData(f"{field} is {_shown(value)}, more than fits.")
    return amount


def moment(row: Row, field: str) -> datetime | None:
    value = row.get(field)
    if value is None or value == "":
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise BadData(f"{field} is {_shown(value)}, not a time.") from None


def day(row: Row, field: str) -> date:
    try:
        return date.fromisoformat(row[field])
    except (KeyError, TypeError, ValueError):
        raise BadData(f"{field} is {_shown(row.get(field))}, not a date.") from None


def _amount(row: Row, field: str, largest: Decimal) -> Decimal:
    value = row.get(field, 0)
    if type(value) in (int, float):
        value = str(value)
    if type(value) is str:
        try:
            amount = Decimal(value)
            if 0 <= amount <= largest:  # not a number at all raises here
                return amount
        except ArithmeticError:
            pass
    raise BadData(f"{field} is {_shown(value)}, not an amount from 0 on.")


def _shown(value: Any) -> str:
    return "missing" if value is None else repr(value)[:60]
