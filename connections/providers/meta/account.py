"""Read the ad account itself: what it is called, where its day ends, and whether it is open."""

from typing import Any

from connections.errors import Misconfigured, Transient
from connections.providers.meta.client import AdAccountApi
from connections.providers.meta.errors import ObjectMissing
from connections.providers.meta.values import Row
from connections.sources import Account

FIELDS = ("id", "name", "account_status", "disable_reason", "currency", "timezone_name")
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
    _refuse_closed(row)
    return Account(
        external_id=api.account_id,
        name=str(row.get("name") or ""),
        timezone=str(row.get("timezone_name") or ""),
        currency=str(row.get("currency") or ""),
    )


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
            remedy="Check the account's id, and ask its admin to give this login access. Then press Sync now.",
            original=error.original,
            code=error.code,
        ) from None


def _refuse_closed(row: Row) -> None:
    if row.get("account_status") == CLOSED:
        raise Misconfigured(
            "This ad account is closed.", remedy="Connect another ad account, or pause this connection."
        )
    if row.get("account_status") == DISABLED:
        reason = DISABLE_REASONS.get(row.get("disable_reason", 0))
        raise Misconfigured(
            f"Meta has disabled this ad account{f' because {reason}' if reason else ''}.",
            remedy="Open Account Quality in Meta Business Suite and follow what it asks. Then press Sync now.",
            code=f"account_status {DISABLED}, disable_reason {row.get('disable_reason')}",
        )
