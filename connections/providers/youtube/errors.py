"""Sort what YouTube refuses by what to do next: by status and reason, never by words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from connections.errors import Misconfigured, NeedsReconnect, ObjectSkipped, SyncError, Transient

PACIFIC: Final = ZoneInfo("America/Los_Angeles")
"""Where Google's days begin and end, for a quota of a day."""

UNTOLD_PAUSE: Final = timedelta(seconds=60)
LONGEST_PAUSE: Final = timedelta(days=1)

DAILY_LIMITS = {"quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg"}
LIMITS = {"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"}
DEAD_KEYS = {"keyInvalid", "keyExpired", "API_KEY_INVALID", "API_KEY_EXPIRED"}
SWITCHED_OFF = {"accessNotConfigured", "SERVICE_DISABLED"}
NOT_FOR_THIS = {"API_KEY_SERVICE_BLOCKED"}
NOT_FROM_HERE = {
    *("ipRefererBlocked", "API_KEY_HTTP_REFERRER_BLOCKED", "API_KEY_IP_ADDRESS_BLOCKED"),
    *("API_KEY_ANDROID_APP_BLOCKED", "API_KEY_IOS_APP_BLOCKED"),
}

DAY_IS_SPENT = "Today's calls to YouTube with this key are used up."
TOO_MANY_CALLS = "YouTube asks for fewer calls with this key."
_REPORT = "Update Freshet; if it is up to date, report this as a bug with the text below."


@dataclass(frozen=True)
class Fault:
    """An answer that is an error. reasons: the exact words that Google has for it, the most exact first. limit: which
    quota was used up, where Google says so. original: without secrets."""

    status: int
    reasons: tuple[str, ...] = ()
    limit: str = ""
    original: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, status: int, body: Any, original: str, headers: Mapping[str, str]) -> "Fault":
        error = body.get("error") if isinstance(body, dict) else None
        error = error if isinstance(error, dict) else {}
        found = [*_listed(error, "details"), *_listed(error, "errors")]
        reasons = [str(each["reason"]) for each in found if each.get("reason")]
        limits = [each["metadata"].get("quota_limit") for each in found if isinstance(each.get("metadata"), dict)]
        named = (*reasons, str(error.get("status") or ""))
        return cls(status, named, next((str(each) for each in limits if each), ""), original, headers)

    def is_one_of(self, reasons: set[str]) -> bool:
        return not reasons.isdisjoint(self.reasons)

    @property
    def is_of_the_day(self) -> bool:
        return self.is_limit and (self.is_one_of(DAILY_LIMITS) or "perday" in self.limit.lower())

    @property
    def is_limit(self) -> bool:
        return self.status == 429 or (self.status == 403 and self.is_one_of(DAILY_LIMITS | LIMITS))

    @property
    def code(self) -> str:
        return " ".join([str(self.status), *self.reasons[:1]])[:20]


def _listed(error: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    found = error.get(name)
    yield from (each for each in found if isinstance(each, dict)) if isinstance(found, list) else ()


def words(body: Any) -> str:
    """What an error says, or the text of what is no JSON."""
    if isinstance(body, str):
        return body
    error = body.get("error") if isinstance(body, dict) else None
    return str((error.get("message") or "") if isinstance(error, dict) else error or "")


def explain(fault: Fault) -> SyncError:
    """The error of our family for a fault that is no limit."""
    details = {"original": fault.original, "code": fault.code}
    if fault.is_one_of(DEAD_KEYS) or fault.status == 401:
        remedy = "Press Reconnect, and paste a key that stands under Credentials in your Google Cloud project."
        return NeedsReconnect("YouTube does not accept this API key.", remedy=remedy, **details)
    if fault.is_one_of(SWITCHED_OFF):
        remedy = "Switch on the YouTube Data API v3 there, wait five minutes, then try again."
        sentence = "In the Google Cloud project of this key, the YouTube Data API is switched off."
        return Misconfigured(sentence, remedy=remedy, **details)
    if fault.is_one_of(NOT_FOR_THIS | NOT_FROM_HERE):
        remedy = "In Google Cloud, let the key use the YouTube Data API v3 from this server's address, then try again."
        return Misconfigured("The restrictions of this API key keep Freshet out.", remedy=remedy, **details)
    if fault.status in (403, 404):
        return ObjectSkipped("YouTube does not show this channel to anybody.", **details)
    if fault.status == 400:
        return ObjectSkipped("YouTube did not understand the question for this channel.", remedy=_REPORT, **details)
    return Transient(f"YouTube's servers are in trouble (HTTP {fault.status}).", **details)


def told_until(fault: Fault, now: datetime) -> datetime:
    """When to call again: after Google's day, or as told, else in a minute."""
    if fault.is_of_the_day:
        return next_day(now)
    value = next((text for name, text in fault.headers.items() if name.lower() == "retry-after"), "").strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return now + min(timedelta(seconds=int(value)), LONGEST_PAUSE)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return now + UNTOLD_PAUSE
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(moment, now), now + LONGEST_PAUSE)


def next_day(now: datetime) -> datetime:
    """The next midnight of the Pacific coast."""
    tomorrow = now.astimezone(PACIFIC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), PACIFIC).astimezone(UTC)
