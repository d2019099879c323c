"""Sort Google Ads' errors by what to do next: the one table from its codes to our error family."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from connections.errors import Misconfigured, NeedsReconnect, ObjectSkipped, SyncError, TooMuchData, Transient
from connections.providers.google_ads.faults import Fault


class TokenRefused(NeedsReconnect):
    """Google does not accept the token of the hour; the login behind it may still be good."""


class AccessDenied(Misconfigured):
    """This login does not reach the account by this way; by way of a manager account it may."""


class ProjectRefused(Misconfigured):
    """Google does not let the installation ask at all, whatever the login and the account."""


class AccountOff(Misconfigured):
    """The account is not open; others of the same login are."""


@dataclass(frozen=True)
class Meaning:
    """What an error means: its class, a sentence for people, and what they can do."""

    error: type[SyncError]
    sentence: str
    remedy: str = ""

    def of(self, fault: Fault) -> SyncError:
        return self.error(self.sentence, remedy=self.remedy, original=fault.original, code=fault.code)


UNTOLD_PAUSE: Final = timedelta(seconds=60)
LONGEST_PAUSE: Final = timedelta(days=1)
ACCOUNT_SCOPE: Final = "ACCOUNT"

_RECONNECT = "Press Reconnect and sign in to Google again."
_REPORT = "Update Freshet; if it is up to date, report this as a bug with the text below."
_PROJECT = "Whoever runs the installation has to look at the project in Google Cloud, under Google Ads API."

RECONNECT = Meaning(NeedsReconnect, "Google no longer accepts this sign-in.", _RECONNECT)
TOKEN = Meaning(TokenRefused, RECONNECT.sentence, RECONNECT.remedy)
NO_ACCESS = Meaning(
    AccessDenied,
    "This login may not read the Google Ads account.",
    "Ask its admin for access, then try again. If the settings name a manager account, see whether it is right.",
)
OFF = Meaning(
    AccountOff, "This Google Ads account is not open.", "Open it again in Google Ads, or pause this connection."
)
QUESTION = Meaning(Misconfigured, "Google Ads does not accept the question that Freshet asked.", _REPORT)
PROJECT = Meaning(ProjectRefused, "Google does not let this installation's Cloud project read Google Ads.", _PROJECT)
AGAIN = Meaning(Transient, "Google Ads could not answer just now.")
LATE = Meaning(Transient, "Google Ads did not answer in time.")
TOO_SLOW = Meaning(TooMuchData, "Google Ads needed too long for these days.")

BY_CODE: Final[dict[str, Meaning]] = {
    **dict.fromkeys(
        (
            f"authentication_error.{name}"
            for name in (
                "OAUTH_TOKEN_INVALID",
                "OAUTH_TOKEN_EXPIRED",
                "OAUTH_TOKEN_HEADER_INVALID",
                "AUTHENTICATION_ERROR",
            )
        ),
        TOKEN,
    ),
    "authentication_error.OAUTH_TOKEN_REVOKED": RECONNECT,
    "authentication_error.OAUTH_TOKEN_DISABLED": RECONNECT,
    "authentication_error.GOOGLE_ACCOUNT_DELETED": Meaning(
        NeedsReconnect, "The Google account that connected this was deleted.", _RECONNECT
    ),
    "authentication_error.NOT_ADS_USER": Meaning(
        NeedsReconnect, "The Google account that connected this has no Google Ads account.", _RECONNECT
    ),
    "authentication_error.TWO_STEP_VERIFICATION_NOT_ENROLLED": Meaning(
        NeedsReconnect,
        "Google wants the person who connected this to use 2-step verification.",
        "Switch it on in the Google account, then press Reconnect.",
    ),
    "authentication_error.ADVANCED_PROTECTION_NOT_ENROLLED": Meaning(
        NeedsReconnect,
        "Google wants the person who connected this to use Advanced Protection.",
        "Switch it on in the Google account, then press Reconnect.",
    ),
    "authentication_error.CUSTOMER_NOT_FOUND": OFF,
    "authentication_error.CLIENT_CUSTOMER_ID_INVALID": OFF,
    "authorization_error.CUSTOMER_NOT_ENABLED": OFF,
    "authorization_error.ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT": OFF,
    "authorization_error.USER_PERMISSION_DENIED": NO_ACCESS,
    "authorization_error.INVALID_LOGIN_CUSTOMER_ID_SERVING_CUSTOMER_ID_COMBINATION": NO_ACCESS,
    "header_error.INVALID_LOGIN_CUSTOMER_ID": NO_ACCESS,
    **dict.fromkeys(
        (
            f"authorization_error.{name}"
            for name in (
                "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION",
                "CLOUD_PROJECT_NOT_UNDER_ORGANIZATION",
                "PROJECT_DISABLED",
                "MISSING_TOS",
                "DEVELOPER_TOKEN_NOT_APPROVED",
                "DEVELOPER_TOKEN_NOT_ON_ALLOWLIST",
                "DEVELOPER_TOKEN_PROHIBITED",
            )
        ),
        PROJECT,
    ),
    "authentication_error.DEVELOPER_TOKEN_INVALID": PROJECT,
    "quota_error.ACCESS_PROHIBITED": PROJECT,
    "query_error.REQUESTED_METRICS_FOR_MANAGER": Meaning(
        Misconfigured,
        "A manager account has no numbers of its own.",
        "Connect the accounts below it, each by its number.",
    ),
    "date_range_error.REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED": Meaning(
        Misconfigured,
        "Google Ads keeps daily numbers for 37 months only.",
        "Choose a later first date, then sync again.",
    ),
    "request_error.UNSUPPORTED_VERSION": Meaning(
        Misconfigured, "Google has switched this version of its API off.", "Update Freshet."
    ),
    "request_error.RESOURCE_NOT_FOUND": Meaning(ObjectSkipped, "Google Ads says that this does not exist."),
    "request_error.INVALID_CUSTOMER_ID": Meaning(
        Misconfigured,
        "Google Ads knows no account of this number.",
        "Copy the number from the top of Google Ads; it looks like 123-456-7890.",
    ),
    "internal_error.INTERNAL_ERROR": AGAIN,
    "internal_error.TRANSIENT_ERROR": AGAIN,
    "internal_error.DEADLINE_EXCEEDED": LATE,
}

BY_FAMILY: Final[dict[str, Meaning]] = {
    "query_error": QUESTION,
    "request_error": QUESTION,
    "field_error": QUESTION,
    "date_error": QUESTION,
    "date_range_error": QUESTION,
    "header_error": QUESTION,
    "authentication_error": RECONNECT,
    "authorization_error": NO_ACCESS,
}
"""Codes that this table does not name, or that the SDK does not know yet."""

BY_STATUS: Final[dict[str, Meaning]] = {
    "UNAUTHENTICATED": TOKEN,
    "PERMISSION_DENIED": NO_ACCESS,
    "INVALID_ARGUMENT": QUESTION,
    "UNIMPLEMENTED": QUESTION,
    "DEADLINE_EXCEEDED": LATE,
}
REVOKED: Final = "invalid_grant"
"""Google's word for a login that is over. When a channel itself asks for a token, it arrives as UNAVAILABLE."""


def explain(fault: Fault, *, divisible: bool = False) -> SyncError:
    """The error of our family for a fault that is no limit. divisible: the question can be asked in two halves."""
    meaning = _meaning(fault)
    return (TOO_SLOW if meaning is LATE and divisible else meaning).of(fault)


def _meaning(fault: Fault) -> Meaning:
    known = [BY_CODE[code] for code in fault.codes if code in BY_CODE]
    if known:
        return known[0]
    if fault.codes:
        return BY_FAMILY.get(fault.codes[0].partition(".")[0], AGAIN)
    if REVOKED in fault.message:
        return RECONNECT
    return BY_STATUS.get(fault.status, AGAIN)


def limit_sentence(fault: Fault) -> str:
    if fault.rate_scope == ACCOUNT_SCOPE:
        return "This Google Ads account has been read too often; Google asks us to wait."
    return "This installation's Cloud project has used up its Google Ads operations; Google asks us to wait."


def told_until(fault: Fault, now: datetime) -> datetime:
    """A time that Google tells holds; a minute where it tells none."""
    delay = fault.retry_delay or UNTOLD_PAUSE
    return now + min(max(delay, timedelta(seconds=1)), LONGEST_PAUSE)
