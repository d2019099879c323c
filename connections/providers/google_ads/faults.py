"""What Google Ads answered instead of rows: its codes, free of the SDK."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

FAILURE_KEY: Final = "errors.googleadsfailure-bin"
"""How the key ends under which the trailing metadata of a refused call holds Google's own words."""


@dataclass(frozen=True)
class Fault:
    """status: of gRPC, such as UNAVAILABLE. codes: Google's own, such as quota_error.RESOURCE_EXHAUSTED, all of them.
    retry_delay, rate_scope: of a limit, where Google tells. message: scrubbed."""

    status: str
    codes: tuple[str, ...] = ()
    message: str = ""
    retry_delay: timedelta | None = None
    rate_scope: str = ""
    request_id: str = ""

    @property
    def code(self) -> str:
        return self.codes[0] if self.codes else self.status

    @property
    def is_limit(self) -> bool:
        """Some of them mean that something is not allowed at all, which waiting does not change."""
        return any(code in LIMITS for code in self.codes) or (not self.codes and self.status == "RESOURCE_EXHAUSTED")

    @property
    def original(self) -> str:
        told = f" (request {self.request_id})" if self.request_id else ""
        return f"{self.message}{told}"[:1000]


LIMITS: Final = frozenset(
    f"quota_error.{name}"
    for name in (
        "RESOURCE_EXHAUSTED",
        "RESOURCE_TEMPORARILY_EXHAUSTED",
        "EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION",
        "EXCESSIVE_LONG_TERM_QUERY_RESOURCE_CONSUMPTION",
    )
)
