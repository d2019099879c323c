"""Count calls against Meta's limits, say so in the headers, and refuse what is too much."""

from collections import defaultdict, deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil
from threading import RLock
from typing import Any

import orjson

from connections.providers.meta.sandbox.accounts import AdAccount
from connections.providers.meta.sandbox.errors import GraphError, graph_error

HOUR = timedelta(hours=1)
SCORE_WINDOW = timedelta(seconds=300)
INSIGHTS, MANAGEMENT = "ads_insights", "ads_management"
BUCKET_ERRORS = {INSIGHTS: "80000", MANAGEMENT: "80004"}
FULL_ACCESS = "standard_access"
BASE = {(INSIGHTS, True): 190_000, (INSIGHTS, False): 600, (MANAGEMENT, True): 100_000, (MANAGEMENT, False): 300}
PER_ACTIVE_AD = {INSIGHTS: 400, MANAGEMENT: 40}
MAX_SCORE = {True: 9000, False: 60}
SCORE_BLOCK = {True: timedelta(seconds=60), False: timedelta(seconds=300)}
APP_CALLS_PER_USER = 200
APP_USERS = 100
Headers = dict[str, str]


def hourly_limit(account: AdAccount, bucket: str, errors: int = 0) -> int:
    """Meta's formulas: a base by access tier, more per active ad, less per error of the limited tier."""
    if account.calls_per_hour is not None:
        return account.calls_per_hour
    full = account.tier == FULL_ACCESS
    active = account.structure.active_ads() if account.active_ads is None else account.active_ads
    mistakes = 0 if full or bucket != INSIGHTS else int(0.001 * errors)
    return BASE[bucket, full] + PER_ACTIVE_AD[bucket] * active - mistakes


class Quota:
    """The calls of the last hour, by account and bucket; calls that were refused for it are not counted."""

    def __init__(self) -> None:
        self._lock = RLock()
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._calls: defaultdict[tuple[str, str], deque[datetime]] = defaultdict(deque)
            self._errors: defaultdict[str, deque[datetime]] = defaultdict(deque)
            self._scores: defaultdict[str, deque[datetime]] = defaultdict(deque)
            self._blocked_until: dict[str, datetime] = {}
            self._app: deque[datetime] = deque()

    def charge_app(self, now: datetime) -> None:
        """Calls that are about no ad account."""
        with self._lock:
            if len(_recent(self._app, now, HOUR)) >= APP_CALLS_PER_USER * APP_USERS:
                raise graph_error("4")
            self._app.append(now)

    def charge(self, account: AdAccount, bucket: str, now: datetime) -> None:
        """Count a call. Raises the GraphError of the limit that is reached."""
        with self._lock:
            self._refuse_by_score(account, bucket, now)
            if self._used(account, bucket, now) >= 1:
                raise graph_error(BUCKET_ERRORS[bucket])
            self._calls[account.account_id, bucket].append(now)
            if bucket == MANAGEMENT:
                self._scores[account.account_id].append(now)

    def count_error(self, account: AdAccount, now: datetime) -> None:
        with self._lock:
            _recent(self._errors[account.account_id], now, HOUR).append(now)

    def headers(self, accounts: Iterable[AdAccount], now: datetime) -> Headers:
        with self._lock:
            return self._headers(list(accounts), now)

    def _headers(self, accounts: list[AdAccount], now: datetime) -> Headers:
        app = round(100 * len(_recent(self._app, now, HOUR)) / (APP_CALLS_PER_USER * APP_USERS))
        values: dict[str, Any] = {"x-app-usage": {"call_count": app, "total_time": app // 2, "total_cputime": app // 2}}
        if accounts:
            first = accounts[0]
            values["x-ad-account-usage"] = self._account_usage(first, now)
            values["x-fb-ads-insights-throttle"] = {
                "app_id_util_pct": app,
                "acc_id_util_pct": round(100 * min(1.0, self._used(first, INSIGHTS, now)), 2),
                "ads_api_access_tier": first.tier,
            }
            values["x-business-use-case-usage"] = {
                account.account_id: [self._bucket_usage(account, bucket, now) for bucket in BUCKET_ERRORS]
                for account in accounts
            }
        return {name: orjson.dumps(value).decode() for name, value in values.items()}

    def _account_usage(self, account: AdAccount, now: datetime) -> dict[str, Any]:
        until = self._blocked_until.get(account.account_id, now)
        score = len(_recent(self._scores[account.account_id], now, SCORE_WINDOW))
        percent = 100 * score / MAX_SCORE[account.tier == FULL_ACCESS]
        return {
            "acc_id_util_pct": 100 if until > now else round(min(100.0, percent), 2),
            "reset_time_duration": max(0, ceil((until - now).total_seconds())),
            "ads_api_access_tier": account.tier,
        }

    def _bucket_usage(self, account: AdAccount, bucket: str, now: datetime) -> dict[str, Any]:
        used = self._used(account, bucket, now)
        percent = min(100, int(100 * used))
        return {
            "type": bucket,
            "call_count": percent,
            "total_cputime": percent // 4,
            "total_time": percent // 4,
            "estimated_time_to_regain_access": self._minutes_to_wait(account, bucket, now) if used >= 1 else 0,
            "ads_api_access_tier": account.tier,
        }

    def _used(self, account: AdAccount, bucket: str, now: datetime) -> float:
        calls = _recent(self._calls[account.account_id, bucket], now, HOUR)
        errors = len(_recent(self._errors[account.account_id], now, HOUR))
        return len(calls) / max(1, hourly_limit(account, bucket, errors))

    def _minutes_to_wait(self, account: AdAccount, bucket: str, now: datetime) -> int:
        calls = self._calls[account.account_id, bucket]
        return ceil((calls[0] + HOUR - now).total_seconds() / 60) if calls else 0

    def _refuse_by_score(self, account: AdAccount, bucket: str, now: datetime) -> None:
        """Reading costs a point; too many within five minutes block the account's edges for a while."""
        if bucket != MANAGEMENT or account.calls_per_hour is not None:
            return
        full = account.tier == FULL_ACCESS
        if len(_recent(self._scores[account.account_id], now, SCORE_WINDOW)) >= MAX_SCORE[full]:
            self._scores[account.account_id].clear()
            self._blocked_until[account.account_id] = now + SCORE_BLOCK[full]
        if self._blocked_until.get(account.account_id, now) > now:
            raise graph_error("17")


def told(
    error: GraphError, account_id: str, *, seconds: int = 0, minutes: int = 0, bucket: str = INSIGHTS
) -> GraphError:
    """The error with the time to wait in its headers, as each limit tells it."""
    if seconds:
        usage = {"acc_id_util_pct": 100, "reset_time_duration": seconds, "ads_api_access_tier": FULL_ACCESS}
        error.headers["x-ad-account-usage"] = orjson.dumps(usage).decode()
        error.headers["Retry-After"] = str(seconds)
    if minutes:
        error.headers["x-business-use-case-usage"] = business_usage(account_id, bucket, 100, minutes)
    return error


def business_usage(account_id: str, bucket: str, percent: int, minutes: int) -> str:
    usage = {"call_count": percent, "total_cputime": 25, "total_time": 25}
    wait = {"estimated_time_to_regain_access": minutes, "ads_api_access_tier": FULL_ACCESS}
    return orjson.dumps({account_id: [{"type": bucket, **usage, **wait}]}).decode()


def _recent(instants: deque[datetime], now: datetime, window: timedelta) -> deque[datetime]:
    while instants and instants[0] <= now - window:
        instants.popleft()
    return instants
