"""Sort what Google refuses by what to do next: by status, code and reason, and by words only where it has none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from connections.errors import Misconfigured, NeedsReconnect, SyncError, Transient

UNTOLD_PAUSE: Final = timedelta(seconds=60)
"""Google's quotas fill again every minute."""

LONGEST_PAUSE: Final = timedelta(days=1)
TOO_MANY_CALLS: Final = "Google asks for fewer calls with this key."

LIMITS = {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded", "RATE_LIMIT_EXCEEDED"}
SWITCHED_OFF = {"accessNotConfigured", "SERVICE_DISABLED"}
DEAD_KEYS = {
    "invalid_grant",
    "invalid_client",
    "unauthorized_client",
    "disabled_client",
    "deleted_client",
    "access_denied",
    "account_disabled",
    "org_internal",
}
"""Of the place where tokens are had."""

_REPORT = "Update Freshet; if it is up to date, report this as a bug with the text below."
_NEW_KEY = "Press Reconnect, and paste a new key of the service account."


@dataclass(frozen=True)
class Fault:
    """An answer that is an error. reason: the most exact word that Google gives. original: without secrets."""

    status: int
    reason: str = ""
    original: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    is_login: bool = False

    @property
    def is_limit(self) -> bool:
        return self.status == 429 or (self.status == 403 and self.reason in LIMITS)

    @property
    def code(self) -> str:
        return f"{self.status} {self.reason}".strip()[:20]


def reason_of(body: Any) -> str:
    """Of an error's body: the reason of its first detail, else its status; or the word of a refused login."""
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, str):
        return error
    if not isinstance(error, dict):
        return ""
    lists = (error.get("details"), error.get("errors"))
    listed = [each for found in lists if isinstance(found, list) for each in found if isinstance(each, dict)]
    reasons = [str(each["reason"]) for each in listed if each.get("reason")]
    return reasons[0] if reasons else str(error.get("status") or "")


def words(body: Any) -> str:
    """What an error says, or the text of what is no JSON."""
    if isinstance(body, str):
        return body
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict):
        return str(error.get("message") or "")
    return str((body.get("error_description") or error or "") if isinstance(body, dict) else "")


def explain(fault: Fault, email: str) -> SyncError:
    """The error of our family for a fault that is no limit. email: whom a spreadsheet has to be shared with."""
    if fault.status >= 500 or fault.status == 408:
        return Transient(f"Google's servers are in trouble (HTTP {fault.status}).", **_details(fault))
    if fault.is_login:
        return _of_login(fault)
    if fault.status == 401:
        return NeedsReconnect("Google no longer accepts this key.", remedy=_NEW_KEY, **_details(fault))
    if fault.status in (403, 404):
        return _closed(fault, email)
    if fault.status == 400:
        return _misunderstood(fault)
    return Transient(
        f"Google answered with an error that Freshet does not know (HTTP {fault.status}).", **_details(fault)
    )


def _of_login(fault: Fault) -> SyncError:
    if "reasonable timeframe" in fault.original:  # Google has one code for this and for a key that is gone
        remedy = "Set the clock of this machine, best by NTP, then try again."
        return Misconfigured("Google says that the clock of this machine is wrong.", remedy=remedy, **_details(fault))
    if fault.reason in DEAD_KEYS or fault.status in (401, 403):
        sentence = "Google does not accept this key: it was deleted or switched off, or is not complete."
        return NeedsReconnect(sentence, remedy=_NEW_KEY, **_details(fault))
    return Transient(f"Google gave no access (HTTP {fault.status}).", **_details(fault))


def _closed(fault: Fault, email: str) -> SyncError:
    if fault.reason in SWITCHED_OFF:
        return Misconfigured(
            "In the Google Cloud project of this key, an API is switched off that Freshet needs.",
            remedy="Switch on the Google Sheets API and the Google Drive API there, wait five minutes, then try again.",
            **_details(fault),
        )
    missing = fault.status == 404
    return Misconfigured(
        "There is no such spreadsheet, or it is not shared with Freshet."
        if missing
        else "This spreadsheet is not shared with Freshet.",
        remedy=f"{'Check its address, then share' if missing else 'Share'} the sheet with {email}; Viewer is enough.",
        **_details(fault),
    )


def _misunderstood(fault: Fault) -> SyncError:
    if fault.reason in ("failedPrecondition", "FAILED_PRECONDITION"):
        return Misconfigured(
            "This is no Google spreadsheet, but a file of another kind.",
            remedy="Open it in Google Sheets, choose File > Save as Google Sheets, and connect the new spreadsheet.",
            **_details(fault),
        )
    return Misconfigured("Google did not understand a question of Freshet's.", remedy=_REPORT, **_details(fault))


def told_until(headers: Mapping[str, str], now: datetime) -> datetime:
    """When to call again: Retry-After in seconds or as a date, else in a minute."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return now + min(timedelta(seconds=int(value)), LONGEST_PAUSE)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return now + UNTOLD_PAUSE
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(moment, now), now + LONGEST_PAUSE)


def _details(fault: Fault) -> dict[str, str]:
    return {"original": fault.original, "code": fault.code}
