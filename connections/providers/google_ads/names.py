"""Numbers of customers as people write them, as Google wants them, and what its limits are counted by."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from connections.errors import Misconfigured
from connections.sources import CallLimit

VERSION: Final = "v26"
GOOGLE: Final = "googleads.googleapis.com:443"
OPERATIONS_A_DAY: Final = {"explorer": 2_880, "basic": 15_000, "standard": None}
"""What Google lets a Cloud project do in any 24 hours, by its access level. A question is one operation at any size."""

KEPT_FREE: Final = 0.8
"""Work that nobody waits for leaves the rest to work that somebody does."""


def customer_id(typed: str) -> str:
    """Ten digits, also of 123-456-7890. Raises Misconfigured."""
    digits = typed.strip().replace("-", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) == 10):
        raise Misconfigured(
            "This is not the number of a Google Ads account.",
            remedy="Copy it from the top of Google Ads; it looks like 123-456-7890.",
            original=typed[:100],
        )
    return digits


def written(customer: str) -> str:
    """As people write it."""
    return f"{customer[:3]}-{customer[3:6]}-{customer[6:]}"


def project_bucket(settings: Mapping[str, Any]) -> str:
    """Since developer tokens are gone, Google counts by the Cloud project of the OAuth client."""
    client = str(settings.get("client_id") or "")
    number = client.partition("-")[0]
    return f"google_project_{number if number.isdigit() else sha256(client.encode()).hexdigest()[:16]}"


def sign_in_bucket(settings: Mapping[str, Any]) -> str:
    """Signing in is no operation of the API, and Google names no limit for it."""
    return f"{project_bucket(settings)}/sign_in"


def account_bucket(customer: str) -> str:
    return f"google_ads_{customer}"


def call_limits(customer: str, settings: Mapping[str, Any], *, scheduled: bool) -> Sequence[CallLimit]:
    """An even share of the day for each hour: so no 24 hours, wherever they begin, hold more than Google allows."""
    project = project_bucket(settings)
    per_day = OPERATIONS_A_DAY[settings.get("access_level") or "explorer"]
    limits = [CallLimit(account_bucket(customer))] if customer else []
    limits.append(CallLimit(project, per_day and per_day // 24))
    if scheduled and per_day:
        limits.append(CallLimit(f"{project}/scheduled", int(per_day // 24 * KEPT_FREE)))
    return limits
