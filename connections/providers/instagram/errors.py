"""Sort what Instagram refuses by what to do next: by Meta's codes, never by words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from connections.errors import Misconfigured, NeedsReconnect, ObjectSkipped, SyncError, Transient


class NotProfessional(ObjectSkipped):
    """Meta says the same of an account that is personal and of one that does not exist."""


@dataclass(frozen=True)
class Fault:
    """The error object of an answer. code and subcode are None where it gives none. original: without secrets."""

    status: int
    code: int | None = None
    subcode: int | None = None
    original: str = ""

    @classmethod
    def of(cls, status: int, body: Any, original: str) -> "Fault":
        error = body.get("error") if isinstance(body, dict) else None
        error = error if isinstance(error, dict) else {}
        return cls(status, _number(error.get("code")), _number(error.get("error_subcode")), original)

    @property
    def is_limit(self) -> bool:
        return self.status == 429 or self.code in LIMITS or self.code == POLICY_BLOCK

    @property
    def name(self) -> str:
        """For the log: "110/2207013", or the HTTP status where there is no code."""
        if self.code is None:
            return f"HTTP {self.status}"
        return f"{self.code}/{self.subcode}" if self.subcode else str(self.code)


def _number(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


@dataclass(frozen=True)
class Meaning:
    error: type[SyncError]
    sentence: str
    remedy: str = ""

    def of(self, fault: Fault) -> SyncError:
        return self.error(self.sentence, remedy=self.remedy, original=fault.original, code=fault.name)


APP_LIMITS: Final = frozenset({4, 341})
LIMITS: Final = APP_LIMITS | {17, 32, 613, *range(80000, 80015)}
POLICY_BLOCK: Final = 368
POLICY_PAUSE: Final = timedelta(hours=1)
"""A policy block ends when Meta lifts it, and it says not when."""

_RECONNECT = "Press Reconnect, and paste a new token."
_REPORT = "Update Freshet; if it is up to date, report this as a bug with the text below."
AGAIN = Meaning(Transient, "Instagram could not answer just now.")
PERMISSION = Meaning(
    Misconfigured,
    "This token may not look up Instagram accounts.",
    "Make one with instagram_basic, instagram_manage_insights and pages_read_engagement, and paste that one.",
)
NOT_OURS = Meaning(
    Misconfigured,
    "This token does not open the Instagram account that questions are asked from.",
    "Connect a professional account of yours: its number stands in the list of accounts after the token is pasted.",
)
NOT_PROFESSIONAL = Meaning(
    NotProfessional,
    "Instagram shows no professional account of this name: it is a personal one, is only for some, or there is none.",
)
ODD_QUESTION = Meaning(ObjectSkipped, "Instagram did not understand the question for this profile.", _REPORT)
DEAD_TOKEN = Meaning(NeedsReconnect, "Meta no longer accepts this token.", _RECONNECT)
BY_SUBCODE: Final = {
    (100, 33): NOT_OURS,
    (190, 458): Meaning(NeedsReconnect, "The app was removed from the Meta account that made this token.", _RECONNECT),
    (190, 460): Meaning(NeedsReconnect, "The password of the Meta login was changed.", _RECONNECT),
    (190, 463): Meaning(NeedsReconnect, "The token has expired.", _RECONNECT),
}
BY_CODE: Final = {
    3: PERMISSION,
    10: PERMISSION,
    24: NOT_PROFESSIONAL,
    100: ODD_QUESTION,
    102: DEAD_TOKEN,
    110: NOT_PROFESSIONAL,
    190: DEAD_TOKEN,
    803: NOT_OURS,
    2635: Meaning(
        Misconfigured,
        "Meta has switched this version of its API off.",
        "Update Freshet, or set INSTAGRAM_API_VERSION to a version that Meta still serves.",
    ),
} | dict.fromkeys(range(200, 300), PERMISSION)


def explain(fault: Fault) -> SyncError:
    """The error of our family for a fault that is no limit."""
    if fault.code is None:
        trouble, other = "Instagram's servers are in trouble", "Instead of an answer from Instagram came something else"
        said = trouble if fault.status >= 500 else other
        return Transient(f"{said} (HTTP {fault.status}).", original=fault.original, code=fault.name)
    known = BY_SUBCODE.get((fault.code, fault.subcode or 0)) or BY_CODE.get(fault.code)
    return (known or AGAIN).of(fault)


def limit_sentence(fault: Fault) -> str:
    if fault.code == POLICY_BLOCK:
        return "Meta has blocked this login for a while because of its policies."
    return "Instagram has been asked too often; Meta wants us to wait."


def words(body: Any) -> str:
    """What an error says, or the beginning of what is no JSON."""
    error = body.get("error") if isinstance(body, Mapping) else body
    if not isinstance(error, Mapping):
        return str(error or "")
    found = (error.get(name) for name in ("message", "error_user_title", "error_user_msg"))
    return " - ".join(str(each) for each in found if each)
