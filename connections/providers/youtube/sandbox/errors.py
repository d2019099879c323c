"""The calls that YouTube refuses: status and body as the API writes them."""

from collections.abc import Callable, Mapping
from typing import Any

from connections.sandbox.exchange import Reply, json_reply

STATUSES = {400: "INVALID_ARGUMENT", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED"}

Options = Mapping[str, Any]


class Refusal(Exception):
    """An answer with an error in place of what was asked for."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body
        self.headers = dict(headers or {})

    def reply(self) -> Reply:
        return json_reply(self.body, self.status, self.headers)


def refusal(
    status: int,
    message: str,
    reason: str,
    *,
    detail: str = "",
    limit: str = "",
    headers: Mapping[str, str] | None = None,
) -> Refusal:
    """detail: the word of Google's newer errors, which stands beside the older one."""
    listed = [{"message": message, "domain": "global", "reason": reason}]
    error: dict[str, Any] = {"code": status, "message": message, "errors": listed}
    error["status"] = STATUSES.get(status, "UNKNOWN")
    if detail:
        info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": detail, "domain": "googleapis.com"}
        error["details"] = [{**info, "metadata": {"quota_limit": limit}} if limit else info]
    return Refusal(status, {"error": error}, headers)


def bad_key() -> Refusal:
    message = "API key not valid. Please pass a valid API key."
    return refusal(400, message, "badRequest", detail="API_KEY_INVALID")


def no_key() -> Refusal:
    message = "Method doesn't allow unregistered callers (callers without established identity)."
    return refusal(403, message, "forbidden")


def day_is_spent() -> Refusal:
    message = 'The request cannot be completed because you have exceeded your <a href="/youtube/v3/quota">quota</a>.'
    return refusal(403, message, "quotaExceeded")


def too_many(seconds: int | None = None) -> Refusal:
    message = "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user'."
    headers = {} if seconds is None else {"Retry-After": str(seconds)}
    limit = "defaultPerMinutePerUser"
    return refusal(429, message, "rateLimitExceeded", detail="RATE_LIMIT_EXCEEDED", limit=limit, headers=headers)


def switched_off() -> Refusal:
    message = "YouTube Data API v3 has not been used in project 100000000000 before or it is disabled."
    return refusal(403, message, "accessNotConfigured", detail="SERVICE_DISABLED")


ERRORS: dict[str, Callable[[Options], Refusal]] = {
    "invalid_key": lambda options: bad_key(),
    "old_invalid_key": lambda options: refusal(400, "Bad Request", "keyInvalid"),
    "quota": lambda options: day_is_spent(),
    "limit": lambda options: too_many(options.get("seconds")),
    "switched_off": lambda options: switched_off(),
    "restricted": lambda options: refusal(
        403, "Requests from this IP address are blocked.", "forbidden", detail="API_KEY_IP_ADDRESS_BLOCKED"
    ),
    "forbidden": lambda options: refusal(403, "The channel is not accessible.", "channelForbidden"),
    "server": lambda options: refusal(options.get("status", 500), "Internal error encountered.", "backendError"),
}
"""error: of these. seconds: told with a limit."""
