"""What the stand-in refuses, as Google does: a status of gRPC, and codes in the trailing metadata."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

KEY: Final = "google.ads.googleads.v26.errors.googleadsfailure-bin"

STATUSES: Final = {
    "quota_error": "RESOURCE_EXHAUSTED",
    "authentication_error": "UNAUTHENTICATED",
    "authorization_error": "PERMISSION_DENIED",
    "internal_error": "INTERNAL",
}
"""All others are INVALID_ARGUMENT."""

DAILY: Final = "Number of operations for basic access"


@dataclass
class Refusal(Exception):
    """code: such as query_error.UNRECOGNIZED_FIELD; empty where a server only breaks. seconds, scope: of a limit.
    body: Google's own failure in JSON, which then says all of this."""

    code: str = ""
    message: str = ""
    status: str = ""
    seconds: int = 0
    scope: str = ""
    body: dict[str, Any] | None = None

    @property
    def grpc_status(self) -> str:
        family = self.code.partition(".")[0]
        return self.status or STATUSES.get(family, "INVALID_ARGUMENT" if self.code else "UNAVAILABLE")

    def failure(self, types: Any) -> bytes | None:
        """types: the SDK's module of errors."""
        filled = import_module("google.protobuf.json_format").ParseDict
        message = types.GoogleAdsFailure.pb()()
        if self.body is not None:
            wanted = {name: value for name, value in self.body.items() if name != "@type"}
            return bytes(filled(wanted, message, ignore_unknown_fields=True).SerializeToString())
        return bytes(filled({"errors": [self._error()]}, message).SerializeToString()) if self.code else None

    def _error(self) -> dict[str, Any]:
        family, _, name = self.code.partition(".")
        error: dict[str, Any] = {"error_code": {family: name}, "message": self.message}
        if self.seconds or self.scope:
            told = {"rate_scope": self.scope or "DEVELOPER", "rate_name": DAILY, "retry_delay": f"{self.seconds}s"}
            error["details"] = {"quota_error_details": told}
        return error


def over_quota(seconds: int) -> Refusal:
    return Refusal("quota_error.RESOURCE_EXHAUSTED", f"Too many requests. Retry in {seconds} seconds.", seconds=seconds)


def unknown_field(path: str) -> Refusal:
    return Refusal("query_error.UNRECOGNIZED_FIELD", f"Unrecognized field in the query: '{path}'.")
