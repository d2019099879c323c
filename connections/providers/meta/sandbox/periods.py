"""From time_range, date_preset and time_increment to the periods that rows are made for."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import orjson

from connections.providers.meta.sandbox.accounts import AdAccount
from connections.providers.meta.sandbox.errors import bad_parameter, graph_error
from connections.providers.meta.sandbox.tables import Period, dates

RETENTION_MONTHS = 37


def date_range(params: Mapping[str, str], account: AdAccount, now: datetime) -> Period:
    """Both ends included, in the account's time zone; the last 30 days by default."""
    today = account.today(now)
    if not params.get("time_range"):
        return _preset(params.get("date_preset") or "last_30d", account, today)
    since, until = _time_range(params["time_range"])
    if since > until:
        raise bad_parameter("Must specify a start date that is not after the end date in time_range")
    if since < months_before(today, RETENTION_MONTHS):
        raise graph_error("3018")
    return since, until


def periods(params: Mapping[str, str], reach: Period, account: AdAccount, now: datetime) -> list[Period]:
    """One row per period and object. Nothing is made for days before the account or after today."""
    since, until = max(reach[0], account.start_date), min(reach[1], account.today(now))
    if since > until:
        return []
    increment = params.get("time_increment") or "all_days"
    if increment == "all_days":
        return [(since, until)]
    if increment == "monthly":
        return _monthly(since, until)
    if not increment.isdigit() or not 1 <= int(increment) <= 90:
        raise bad_parameter("time_increment must be all_days, monthly or a number from 1 to 90")
    step = timedelta(days=int(increment))
    starts = [day for day in dates(since, until) if (day - since).days % step.days == 0]
    return [(start, min(start + step - timedelta(days=1), until)) for start in starts]


def months_before(day: date, months: int) -> date:
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(years, month + 1, min(day.day, 28))


def _time_range(text: str) -> Period:
    try:
        wish = orjson.loads(text)
        return date.fromisoformat(wish["since"]), date.fromisoformat(wish["until"])
    except (ValueError, KeyError, TypeError):
        raise bad_parameter("time_range must be a JSON object with since and until as YYYY-MM-DD") from None


def _preset(name: str, account: AdAccount, today: date) -> Period:
    yesterday = today - timedelta(days=1)
    month_start = today.replace(day=1)
    last_month_end = month_start - timedelta(days=1)
    known: dict[str, Period] = {
        "today": (today, today),
        "yesterday": (yesterday, yesterday),
        "this_month": (month_start, today),
        "last_month": (last_month_end.replace(day=1), last_month_end),
        "this_year": (today.replace(month=1, day=1), today),
        "maximum": (max(account.start_date, months_before(today, RETENTION_MONTHS)), today),
    }
    for days in (3, 7, 14, 28, 30, 90):
        known[f"last_{days}d"] = (today - timedelta(days=days), yesterday)
    if name not in known:
        raise bad_parameter(f"date_preset must be one of the following values: {', '.join(sorted(known))}")
    return known[name]


def _monthly(since: date, until: date) -> list[Period]:
    firsts = [day for day in dates(since, until) if day == since or day.day == 1]
    ends = [day - timedelta(days=1) for day in firsts[1:]] + [until]
    return list(zip(firsts, ends, strict=True))
