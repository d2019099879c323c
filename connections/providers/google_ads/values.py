"""Numbers, times and ids of Google Ads as our tables hold them. Raises BadData on what makes no sense."""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import Any

from connections.errors import BadData
from connections.providers.google_ads.rows import Values
from connections.sources import zone_of

MILLION = 1_000_000
LARGEST = 2**63 - 1
LARGEST_COUNT = 10**12
SIX_PLACES = Decimal("0.000001")
FOR_EVER = 2037
"""The year in which whatever has no end is said to end."""


def identifier(values: Values, path: str) -> str:
    return identified(values[path], path)


def identified(value: int, path: str) -> str:
    if not value:
        raise BadData(f"{path} is missing.")
    return str(value)


def optional_identifier(values: Values, path: str) -> str:
    return str(values[path] or "")


def whole(values: Values, path: str) -> int:
    value: int = values[path]
    if value < 0:
        raise BadData(f"{path} is {value}, which is below 0.")
    return value


@lru_cache(maxsize=2000)
def count(value: float) -> Decimal:
    """Conversions have fractions, and there may be fewer than none: they are taken back. Most numbers come often."""
    if not isfinite(value) or abs(value) >= LARGEST_COUNT:
        raise BadData(f"{value} is no number of conversions.")
    return Decimal(repr(value)).quantize(SIX_PLACES) + 0  # there is no -0


def micros(value: float) -> int:
    """Millionths of an amount that comes as a floating number."""
    if not isfinite(value) or abs(value) >= LARGEST // MILLION:
        raise BadData(f"{value} is no amount.")
    return round(value * MILLION)


def optional_micros(values: Values, path: str) -> int | None:
    """None where nothing was set, which Google sends as 0."""
    return whole(values, path) or None


@lru_cache(maxsize=2000)
def day(text: str) -> date:
    """A slice has few of them, and each comes often."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadData(f"{text!r:.60} is not a date.") from None


def moment(values: Values, path: str, zone: str) -> datetime | None:
    """Google tells it in the account's time zone. None where there is none, or one that means none."""
    text = values[path]
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadData(f"{path} is {text!r:.60}, not a time.") from None
    return None if found.year >= FOR_EVER else found.replace(tzinfo=zone_of(zone)).astimezone(UTC)


def shown(value: Any) -> Any:
    return value if isinstance(value, int | float | str) else str(value)
