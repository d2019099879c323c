"""Read how much of each limit is used, and until when Meta wants quiet, from the headers of an answer."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any, NamedTuple

import orjson

BLOCK_AT_PERCENT = 90
UNTOLD_PAUSE = timedelta(seconds=60)
LONGEST_PAUSE = timedelta(days=366)  # keeps nonsense in a header from overflowing a date
_COUNTERS = ("call_count", "total_cputime", "total_time")


class Usage(NamedTuple):
    """One counter: how full its bucket is, and how long Meta wants quiet (0: it does not say)."""

    bucket: str
    percent: float
    quiet_seconds: float
    counts: str


class Quiet(NamedTuple):
    """A bucket that nobody should call before `until`."""

    bucket: str
    until: datetime
    reason: str


def usages(headers: Mapping[str, str], *, account: str, app: str) -> list[Usage]:
    """Every counter that an answer reports. account, app: the buckets of the account that was read and of our app."""
    return [
        *_app_usage(headers, app),
        *_account_usage(headers, account),
        *_insights_usage(headers, account, app),
        *_business_usage(headers, account),
    ]


def nearly_full(found: list[Usage], now: datetime) -> list[Quiet]:
    """The buckets to leave alone, each once, with its longest pause."""
    full: dict[str, Usage] = {}
    for usage in found:
        if usage.percent < BLOCK_AT_PERCENT:
            continue
        if usage.bucket not in full or _pause(usage) > _pause(full[usage.bucket]):
            full[usage.bucket] = usage
    return [
        Quiet(usage.bucket, now + _pause(usage), f"Meta reports {usage.percent:.0f} % of {usage.counts} used.")
        for usage in full.values()
    ]


def told_until(found: Sequence[Usage], bucket: str, headers: Mapping[str, str], now: datetime) -> datetime:
    """When a refused bucket may be called again: the told time, or a minute where none is told."""
    if retry_after := _retry_after(headers, now):
        return now + retry_after
    told = [_pause(usage) for usage in found if usage.bucket == bucket and usage.quiet_seconds > 0]
    return now + max(told, default=UNTOLD_PAUSE)


def _app_usage(headers: Mapping[str, str], app: str) -> Iterator[Usage]:
    for usage in _objects(headers, "x-app-usage"):
        yield Usage(app, _fullest(usage), 0, "this app's calls")


def _account_usage(headers: Mapping[str, str], account: str) -> Iterator[Usage]:
    for usage in _objects(headers, "x-ad-account-usage"):
        seconds = _number(usage.get("reset_time_duration"))
        yield Usage(account, _number(usage.get("acc_id_util_pct")), seconds, "this ad account's calls")


def _insights_usage(headers: Mapping[str, str], account: str, app: str) -> Iterator[Usage]:
    for usage in _objects(headers, "x-fb-ads-insights-throttle"):
        yield Usage(app, _number(usage.get("app_id_util_pct")), 0, "this app's insights")
        yield Usage(account, _number(usage.get("acc_id_util_pct")), 0, "this ad account's insights")


def _business_usage(headers: Mapping[str, str], account: str) -> Iterator[Usage]:
    """An id that is not ours may be the business which owns us: where we are not listed, its pause is ours too."""
    for by_id in _objects(headers, "x-business-use-case-usage"):
        listed = {f"act_{each.removeprefix('act_')}": usages_of_id for each, usages_of_id in by_id.items()}
        for each, usages_of_id in listed.items():
            bucket = each if account in listed else account
            for usage in usages_of_id if isinstance(usages_of_id, list) else ():
                if isinstance(usage, dict):
                    minutes = _number(usage.get("estimated_time_to_regain_access"))
                    kind = str(usage.get("type", "business use case"))[:40]
                    yield Usage(bucket, _fullest(usage), minutes * 60, f"this ad account's {kind} limit")


def _objects(headers: Mapping[str, str], name: str) -> list[dict[str, Any]]:
    """The JSON objects of a header; several headers of one name arrive joined by commas."""
    value = headers.get(name)
    if not value:
        return []
    try:
        found = orjson.loads(f"[{value}]")
    except orjson.JSONDecodeError:
        return []
    return [each for each in found if isinstance(each, dict)]


def _fullest(usage: Mapping[str, Any]) -> float:
    return max(_number(usage.get(counter)) for counter in _COUNTERS)


def _number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return number if isfinite(number) and number > 0 else 0.0


def _pause(usage: Usage) -> timedelta:
    if not usage.quiet_seconds:
        return UNTOLD_PAUSE
    return timedelta(seconds=min(usage.quiet_seconds, LONGEST_PAUSE.total_seconds()))


def _retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Meta does not document Retry-After; a proxy in between may send it, as seconds or as a date."""
    value = headers.get("retry-after", "")
    if seconds := _number(value):
        return timedelta(seconds=min(seconds, LONGEST_PAUSE.total_seconds()))
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment - now if moment.tzinfo and moment > now else None
