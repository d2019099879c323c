"""What calls count against, known without the SDK; and the number of an Instagram account."""

from collections.abc import Mapping, Sequence
from typing import Any

from connections.errors import Misconfigured
from connections.sources import CallLimit

FIELD = "access_token"
AN_HOUR = 200
"""Calls that Meta lets one person make through an app, at least."""


def call_limits(account: str, settings: Mapping[str, Any]) -> Sequence[CallLimit]:
    per_hour = int(settings.get("calls_per_hour") or AN_HOUR)
    return (
        CallLimit(f"instagram_{account}", per_hour=per_hour),
        CallLimit(f"instagram_app_{settings.get('app_id') or 'default'}"),
    )


def account_id(typed: str) -> str:
    """Raises Misconfigured."""
    number = typed.strip()
    if not (number.isascii() and number.isdigit() and len(number) <= 30):
        raise Misconfigured(
            "This is not the number of an Instagram account.",
            remedy="It has about 17 digits, and is listed after the token is pasted.",
            original=typed[:100],
        )
    return number
