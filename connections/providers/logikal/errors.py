"""Sort what LOGIKAL refuses by what to do next: by status, and by words only where a status means two things."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from connections.errors import Misconfigured, NeedsReconnect, SyncError, Transient

SESSIONS_PAUSE: Final = timedelta(minutes=5)
"""Nobody knows when another session ends."""

UNTOLD_PAUSE: Final = timedelta(seconds=60)
LONGEST_PAUSE: Final = timedelta(days=1)
SESSIONS_IN_USE: Final = "All sessions that LOGIKAL allows this login are in use."
TOO_MANY_CALLS: Final = "LOGIKAL asks for fewer calls."

_SESSIONS = re.compile(r"\bsessions?\b|\bSitzung", re.IGNORECASE)
_REPORT = "Update Freshet; if it is up to date, report this as a bug with the text below."


class IllegalCallError(Exception):
    """We asked for what the session cannot do where it stands: a mistake of ours, never sent."""


class SessionEnded(Transient):
    """401: the session is unknown or over."""


class Refused(Transient):
    """400, 404, 405 or 409 of a session. level: of what was selected or asked: directory, project, phase, elevation."""

    level: str = ""

    def __init__(self, status: int, original: str) -> None:
        super().__init__(f"LOGIKAL refused a question (HTTP {status}).", original=original, code=str(status))
        self.status = status


class Forbidden(Misconfigured):
    """403. level: as of Refused."""

    level: str = ""

    def __init__(self, original: str) -> None:
        super().__init__(
            "This LOGIKAL login may not read that.",
            remedy="Ask the administrator of LOGIKAL to give this user the right to read it, then sync again.",
            original=original,
            code="403",
        )


class Failed(Transient):
    """The server failed at a question, or did not answer it: 5xx, silence, a broken line. level: as of Refused."""

    level: str = ""


class TooLong(Transient):
    """The answer is longer than we are willing to hold."""


@dataclass(frozen=True)
class Fault:
    """An answer that is an error. original: its words, without secrets."""

    status: int
    original: str
    headers: Mapping[str, str]

    @property
    def is_limit(self) -> bool:
        return self.status == 429

    def lacks_sessions(self) -> bool:
        """Of a login: the specification has no status for it, so 401 is told from a wrong password by its words."""
        return self.status == 409 or (self.status == 401 and bool(_SESSIONS.search(self.original)))


def words(body: Any) -> str:
    """What an error says: its message and its list of errors, or the text of what is no envelope."""
    if not isinstance(body, dict):
        return body if isinstance(body, str) else ""
    errors = body.get("errors")
    said = [body.get("message"), *(errors if isinstance(errors, list) else ())]
    return " ".join(str(each) for each in said if each)


def of_login(fault: Fault) -> SyncError:
    """The error of a login that was refused, other than for limits."""
    if fault.status == 400:
        return Misconfigured("LOGIKAL did not understand the login.", remedy=_REPORT, **_details(fault))
    return of_anybody(fault)


def of_session(fault: Fault) -> SyncError:
    if fault.status == 401:
        return SessionEnded("LOGIKAL has ended the session.", **_details(fault))
    if fault.status == 403:
        return Forbidden(fault.original)
    if fault.status in (400, 404, 405, 409):
        return Refused(fault.status, fault.original)
    if fault.status >= 500:
        return Failed(_trouble(fault), **_details(fault))
    return of_anybody(fault)


def of_anybody(fault: Fault) -> SyncError:
    """Of a call without a session, or a status that no session explains."""
    if fault.status == 401:
        sentence, remedy = "LOGIKAL does not accept this login.", "Press Reconnect; enter user name and password anew."
        return NeedsReconnect(sentence, remedy=remedy, **_details(fault))
    if fault.status >= 500:
        return Transient(_trouble(fault), **_details(fault))
    if 300 <= fault.status < 400:
        sentence, remedy = "The address leads on to another one.", "Enter the address that it leads to."
        return Misconfigured(sentence, remedy=remedy, **_details(fault))
    if fault.status in (403, 404, 405):
        remedy = "Check the address: it is that of the LOGIKAL service, with its port and without /api/v3."
        return Misconfigured("No LOGIKAL service answers at this address.", remedy=remedy, **_details(fault))
    return Transient(
        f"LOGIKAL answered with an error that Freshet does not know (HTTP {fault.status}).", **_details(fault)
    )


def told_until(headers: Mapping[str, str], now: datetime) -> datetime:
    """When to call again after a 429: Retry-After in seconds or as a date, else a minute."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return now + min(timedelta(seconds=int(value)), LONGEST_PAUSE)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return now + UNTOLD_PAUSE
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(moment, now), now + LONGEST_PAUSE)


def _trouble(fault: Fault) -> str:
    return f"LOGIKAL's server is in trouble (HTTP {fault.status})."


def _details(fault: Fault) -> dict[str, str]:
    return {"original": fault.original, "code": str(fault.status)}
