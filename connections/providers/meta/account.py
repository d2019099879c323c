"""Read the ad account itself: what it is called, where its day ends, and whether it is open."""

from datetime import date, datetime
from typing import Any

from connections.errors import Misconfigured, Transient
from connections.providers.meta.client import AdAccountApi
from connections.providers.meta.errors import ObjectMissing
from connections.providers.meta.values import Row
from connections.sources import Account, zone_of

FIELDS = ("id", "name", "account_status", "disable_reason", "currency", "timezone_name", "created_time")
DISABLED = 2
CLOSED = 101
DISABLE_REASONS = {
    1: "its ads broke Meta's advertising policies",
    2: "its ads are under review for intellectual property",
    3: "of a payment problem",
    7: "it was closed for good",
    9: "it was not used",
}


def read_account(api: AdAccountApi) -> Account:
    """Raises Misconfigured for an account that is not there or not open."""
    row = _ask(api)
    if refusal := refused(row):
        raise refusal
    return described(api.account_id, row)


def described(account_id: str, row: Row) -> Account:
    zone = str(row.get("timezone_name") or "")
    return Account(
        external_id=account_id,
        name=str(row.get("name") or ""),
        timezone=zone,
        currency=str(row.get("currency") or ""),
        opened=_opened(row.get("created_time"), zone),
    )


def _opened(created_time: object, zone: str) -> date | None:
    """A date that nobody can read is no reason to refuse an account."""
    try:
        return datetime.fromisoformat(str(created_time)).astimezone(zone_of(zone)).date()
    except (ValueError, OverflowError):
        return None


def explain_missing(api: AdAccountApi, error: ObjectMissing) -> Misconfigured | Transient:
    """Meta called something missing, which it now and then does with what exists: ask for the account itself."""
    try:
        _ask(api)
    except Misconfigured as gone:
        return gone
    return Transient(
        "Meta called a list of this ad account missing, though the account is there.",
        original=error.original,
        code=error.code,
    )


def _ask(api: AdAccountApi) -> dict[str, Any]:
    """Asked twice before it counts as gone."""
    question = {"fields": list(FIELDS)}
    try:
        return api.get("", question).body
    except ObjectMissing:
        pass
    try:
        return api.get("", question).body
    except ObjectMissing as error:
        raise Misconfigured(
            "This ad account does not exist, or this login may not see it.",
            remedy="Check the account's id, and ask its admin to give this login access. Then try again.",
            original=error.original,
            code=error.code,
        ) from None


def refused(row: Row) -> Misconfigured | None:
    """Why the account of this row cannot be read; None for one that is open."""
    if row.get("account_status") == CLOSED:
        return Misconfigured(
            "This ad account is closed.", remedy="Connect another ad account; a connection to this one can be paused."
        )
    if row.get("account_status") == DISABLED:
        reason = DISABLE_REASONS.get(row.get("disable_reason", 0))
        return Misconfigured(
            f"Meta has disabled this ad account{f' because {reason}' if reason else ''}.",
            remedy="Open Account Quality in Meta Business Suite and follow what it asks. Then try again.",
            code=f"account_status {DISABLED}, disable_reason {row.get('disable_reason')}",
        )
    return None
