"""What Meta said when it refused a call, however oddly it said it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connections.providers.meta.scrubbing import Scrub

LONGEST_ORIGINAL = 1000


@dataclass(frozen=True)
class Fault:
    """The error object of an answer. code and subcode are None where it gives none. All texts are scrubbed."""

    status: int
    code: int | None = None
    subcode: int | None = None
    message: str = ""
    type: str = ""
    is_transient: bool = False
    trace: str = ""

    @classmethod
    def of(cls, status: int, body: Any, scrub: Scrub) -> "Fault":
        """The fault in a body, which may be a page of HTML, nothing at all, or an error of the wrong shape."""
        error = body.get("error") if isinstance(body, Mapping) else body
        if not isinstance(error, Mapping):
            return cls(status, message=scrub(str(error or ""))[:LONGEST_ORIGINAL])
        return cls(
            status,
            code=_number(error.get("code")),
            subcode=_number(error.get("error_subcode")),
            message=scrub(_words(error))[:LONGEST_ORIGINAL],
            type=scrub(str(error.get("type") or ""))[:80],
            is_transient=error.get("is_transient") is True,
            trace=scrub(str(error.get("fbtrace_id") or ""))[:40],
        )

    @property
    def name(self) -> str:
        """For the log: "190/463", or the HTTP status where there is no code."""
        if self.code is None:
            return f"HTTP {self.status}"
        return f"{self.code}/{self.subcode}" if self.subcode else str(self.code)

    @property
    def original(self) -> str:
        return f"{self.message} (trace {self.trace})" if self.trace else self.message


def _words(error: Mapping[str, Any]) -> str:
    """Meta's message, with the words meant for people where it has some."""
    found = [error.get(key) for key in ("message", "error_user_title", "error_user_msg")]
    return " - ".join(str(each) for each in found if each)


def _number(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None
