"""Sort Meta's errors by what to do next: the one table from its codes to our error family."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from connections.errors import (
    Misconfigured,
    NeedsReconnect,
    ObjectSkipped,
    SyncError,
    TooMuchData,
    Transient,
)
from connections.providers.meta.faults import Fault


class PageTooBig(TooMuchData):
    """Meta wants a smaller answer: first with fewer rows a page."""


class CursorRefused(Transient):
    """Meta no longer knows the place in a list where we stopped."""


class ObjectMissing(ObjectSkipped):
    """Gone, or not for this login; now and then said of what exists."""


class FieldsRefused(Misconfigured):
    """This version of the API no longer has these fields."""

    def __init__(self, sentence: str, *, fields: frozenset[str], **details: str) -> None:
        super().__init__(sentence, **details)
        self.fields = fields


@dataclass(frozen=True)
class Meaning:
    """What an error means: its class, a sentence for people, and what they can do."""

    error: type[SyncError]
    sentence: str
    remedy: str = ""

    def of(self, fault: Fault) -> SyncError:
        return self.error(self.sentence, remedy=self.remedy, original=fault.original, code=fault.name)


# Whom a refused call concerns. Meta's is_transient contradicts itself here, so nobody asks it.
APP_LIMITS: Final = frozenset({4, 341})
ACCOUNT_LIMITS: Final = frozenset({17, 32, 613, *range(80000, 80015)})
TOO_MANY_REQUESTS: Final = 429
POLICY_BLOCK: Final = 368
# A policy block ends when Meta lifts it, and it says not when. Asking each minute would not help.
POLICY_PAUSE: Final = timedelta(hours=1)

_RECONNECT = "Press Reconnect and sign in to Meta again."
_PERMISSION = "Ask an admin of the ad account for access with ads_read, then try again."
_REPORT = "Update Freshet; if it is up to date, report this as a bug with the text below."
_AGAIN = "Meta could not answer just now."

RECONNECT = Meaning(NeedsReconnect, "Meta no longer accepts this sign-in.", _RECONNECT)
PERMISSION = Meaning(Misconfigured, "This login may not read the ad account.", _PERMISSION)
AGAIN = Meaning(Transient, _AGAIN)
UNKNOWN_WORD = Meaning(Misconfigured, "Meta does not accept the question that Freshet asked.", _REPORT)
TOO_MUCH = Meaning(TooMuchData, "That was more data than Meta gives in one answer.")
TOO_SLOW = Meaning(TooMuchData, "Meta needed too long to add these numbers up.")
TOO_BIG = Meaning(PageTooBig, "Meta asked for a smaller question.")
BAD_CURSOR = Meaning(CursorRefused, "Meta no longer knows the place in the list where Freshet stopped.")
MISSING = Meaning(ObjectMissing, "Meta says that this does not exist, or that this login may not see it.", _PERMISSION)
REMOVED_FIELD = Meaning(FieldsRefused, "Meta no longer has a field that Freshet asked for", _REPORT)
BAD_PROOF = Meaning(
    Misconfigured,
    "The app secret does not belong to the app that issued the access token.",
    "Set META_APP_ID and META_APP_SECRET to those of that app, or leave both empty.",
)

CODE_OVER = Meaning(Misconfigured, "Meta no longer accepts this sign-in's code.", "Begin again: a code works once.")
BAD_SECRET = Meaning(
    Misconfigured,
    "Meta does not know this installation's app, or its secret is wrong.",
    "Whoever runs the installation has to set META_APP_ID and META_APP_SECRET to those of one app.",
)

BY_SUBCODE: Final[dict[tuple[int, int], Meaning]] = {
    (-2, 2490547): Meaning(Transient, "Meta could not finish the report."),
    (1, 2853001): PERMISSION,
    (2, 1504038): TOO_SLOW,
    (2, 1504041): UNKNOWN_WORD,
    (2, 1504042): UNKNOWN_WORD,
    (100, 33): MISSING,
    (100, 36007): CODE_OVER,
    (100, 36008): Meaning(
        Misconfigured,
        "The app at Meta does not expect people to come back to this address.",
        "Add it to the Valid OAuth Redirect URIs of the app; docs/using.md says how it is made from PUBLIC_URL.",
    ),
    (100, 36009): CODE_OVER,
    (100, 1487534): TOO_MUCH,
    (100, 1487561): Meaning(Misconfigured, "Meta does not know a status that Freshet asked for.", _REPORT),
    (100, 1504018): TOO_SLOW,
    (100, 2446289): Meaning(
        ObjectSkipped,
        "One ad's creative is incomplete, and Meta refuses to describe it.",
        "Repair or delete the creative in Ads Manager.",
    ),
    (190, 458): Meaning(NeedsReconnect, "The app was removed from the Meta account that connected it.", _RECONNECT),
    (190, 459): Meaning(
        NeedsReconnect,
        "Meta wants the person who connected this to confirm that it is them.",
        "Sign in at facebook.com, follow what it asks, then press Reconnect.",
    ),
    (190, 460): Meaning(NeedsReconnect, "The password of the Meta login was changed.", _RECONNECT),
    (190, 463): Meaning(NeedsReconnect, "The Meta sign-in has expired.", _RECONNECT),
    (190, 464): Meaning(
        NeedsReconnect,
        "The Meta login that connected this is not confirmed.",
        "Sign in at facebook.com and confirm the account, then press Reconnect.",
    ),
    (190, 467): Meaning(NeedsReconnect, "The Meta access token is no longer valid.", _RECONNECT),
    (190, 492): Meaning(
        NeedsReconnect, "The person who connected this no longer has a role on the Page or account.", _RECONNECT
    ),
    (190, 493): Meaning(NeedsReconnect, "Nobody renewed the Meta sign-in for 90 days.", _RECONNECT),
}

BY_CODE: Final[dict[int, Meaning]] = {
    -2: AGAIN,
    1: AGAIN,
    2: AGAIN,
    3: Meaning(Misconfigured, "The Meta app may not use this part of the API.", "Give the app the Marketing API."),
    10: PERMISSION,
    100: UNKNOWN_WORD,
    101: BAD_SECRET,
    102: Meaning(Misconfigured, "Meta does not accept the session of this login.", _RECONNECT),
    104: AGAIN,
    190: RECONNECT,
    960: AGAIN,
    2500: UNKNOWN_WORD,
    2635: Meaning(
        Misconfigured,
        "Meta has switched this version of its API off.",
        "Update Freshet, or set META_API_VERSION to a version that Meta still serves.",
    ),
    2601: Meaning(Transient, "Meta could not open the report just now."),
    2642: BAD_CURSOR,
    3018: Meaning(
        Misconfigured, "Meta keeps daily numbers for 37 months only.", "Choose a later first date, then sync again."
    ),
} | dict.fromkeys(range(200, 300), PERMISSION)

# Here Meta gives no code of its own, so its words have to do.
BY_WORDS: Final[tuple[tuple[int, re.Pattern[str], Meaning], ...]] = (
    (1, re.compile(r"validating client secret", re.I), BAD_SECRET),
    (100, re.compile(r"authorization code (is invalid|has been used|has expired)", re.I), CODE_OVER),
    (1, re.compile(r"reduce the amount of data", re.I), TOO_BIG),
    (100, re.compile(r"Cannot include .* in summary param", re.I | re.S), AGAIN),
    (100, re.compile(r"not valid for fields param", re.I), REMOVED_FIELD),
    (100, re.compile(r"missing permissions", re.I), PERMISSION),
    (100, re.compile(r"invalid appsecret_proof", re.I), BAD_PROOF),
    (100, re.compile(r"\bcursors?\b|\bparam(eter)? '?after\b|\bafter'? param", re.I), BAD_CURSOR),
)

_REFUSED_FIELDS = re.compile(r"(?:\(#100\)\s*)?([\w.,\s]+?) (?:is|are) not valid for fields param", re.I)


def limited_bucket(fault: Fault, *, account: str, app: str) -> str | None:
    """Whose limit a refused call hit; None when it was refused for another reason."""
    if fault.code in APP_LIMITS:
        return app
    if fault.code in ACCOUNT_LIMITS or fault.code == POLICY_BLOCK or fault.status == TOO_MANY_REQUESTS:
        return account
    return None


def limit_sentence(fault: Fault) -> str:
    if fault.code == POLICY_BLOCK:
        return "Meta has blocked this login for a while because of its policies."
    if fault.code in APP_LIMITS:
        return "The Meta app has made too many calls; Meta asks it to wait."
    return "This ad account has been read too often; Meta asks us to wait."


def explain(fault: Fault) -> SyncError:
    """The error of our family for a fault that is no limit."""
    meaning = _meaning(fault)
    return _fields_refused(fault) if meaning is REMOVED_FIELD else meaning.of(fault)


def _fields_refused(fault: Fault) -> FieldsRefused:
    found = _REFUSED_FIELDS.search(fault.message)
    fields = found[1].replace(",", " ").split() if found else []
    return FieldsRefused(
        f"{REMOVED_FIELD.sentence}: {', '.join(fields)}.",
        fields=frozenset(fields),
        remedy=REMOVED_FIELD.remedy,
        original=fault.original,
        code=fault.name,
    )


def _meaning(fault: Fault) -> Meaning:
    if fault.code is None:
        return _without_code(fault)
    if known := BY_SUBCODE.get((fault.code, fault.subcode or 0)):
        return known
    for code, words, meaning in BY_WORDS:
        if fault.code == code and words.search(fault.message):
            return meaning
    return BY_CODE.get(fault.code) or Meaning(Transient, "Meta answered with an error that Freshet does not know.")


def _without_code(fault: Fault) -> Meaning:
    """A page of HTML, an empty body, a broken error object: whatever stands between us and Meta has hiccups."""
    if fault.type == "GraphBatchException":
        return UNKNOWN_WORD
    if fault.status >= 500:
        return Meaning(Transient, f"Meta's servers are in trouble (HTTP {fault.status}).")
    return Meaning(Transient, f"Instead of an answer from Meta came something unreadable (HTTP {fault.status}).")
