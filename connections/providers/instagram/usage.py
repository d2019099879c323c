"""Read how much of a limit is used, and until when Meta wants quiet, from the headers of an answer."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

BLOCK_AT_PERCENT = 90
UNTOLD_PAUSE = timedelta(seconds=60)
LONGEST_PAUSE = timedelta(days=1)
_COUNTERS = ("call_count", "total_cputime", "total_time")


def fullest(headers: Mapping[str, str]) -> float:
    """In percent."""
    return max((_number(each.get(counter)) for each in _usages(headers) for counter in _COUNTERS), default=0.0)


def told_until(headers: Mapping[str, str], now: datetime) -> datetime:
    """When to call again: as told, or in a minute."""
    minutes = max((_number(each.get("estimated_time_to_regain_access")) for each in _usages(headers)), default=0.0)
    seconds = _number(headers.get("retry-after")) or minutes * 60
    if not seconds:
        return now + UNTOLD_PAUSE
    return now + timedelta(seconds=min(seconds, LONGEST_PAUSE.total_seconds()))


def _usages(headers: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    yield from _objects(headers.get("x-app-usage"))
    for by_id in _objects(headers.get("x-business-use-case-usage")):
        for listed in by_id.values():
            yield from (each for each in listed if isinstance(each, dict)) if isinstance(listed, list) else ()


def _objects(value: str | None) -> list[dict[str, Any]]:
    """The JSON objects of a header; several headers of one name arrive joined by commas."""
    try:
        found = json.loads(f"[{value or ''}]")
    except (ValueError, RecursionError):
        return []
    return [each for each in found if isinstance(each, dict)]


def _number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return number if isfinite(number) and number > 0 else 0.0
