"""The calls that Google refuses: status and body as the APIs and the place of tokens write them."""

from collections.abc import Mapping
from typing import Any

from connections.sandbox.exchange import Reply, json_reply

STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


class Refusal(Exception):
    """An answer with an error in place of what was asked for."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body
        self.headers = dict(headers or {})

    def reply(self) -> Reply:
        return json_reply(self.body, self.status, self.headers)


def refusal(status: int, message: str, reason: str = "", **more: Any) -> Refusal:
    """As the Sheets API says it."""
    error: dict[str, Any] = {"code": status, "message": message, "status": STATUSES.get(status, "UNKNOWN")}
    if reason:
        error["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, **more}]
    return Refusal(status, {"error": error})


def drive_refusal(status: int, message: str, reason: str) -> Refusal:
    """As the Drive API says it."""
    listed = [{"domain": "global", "reason": reason, "message": message}]
    return Refusal(status, {"error": {"code": status, "message": message, "errors": listed}})


def login_refusal(word: str, description: str, status: int = 400) -> Refusal:
    return Refusal(status, {"error": word, "error_description": description})


def no_token() -> Refusal:
    return refusal(
        401,
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
        "authentication credential.",
    )


def not_shared() -> Refusal:
    return refusal(403, "The caller does not have permission")


def not_found() -> Refusal:
    return refusal(404, "Requested entity was not found.")


def no_file(book: str) -> Refusal:
    return drive_refusal(404, f"File not found: {book}.", "notFound")


def no_spreadsheet() -> Refusal:
    """Of an Excel file in Drive."""
    body = {
        "code": 400,
        "message": "This operation is not supported for this document",
        "status": "FAILED_PRECONDITION",
    }
    return Refusal(400, {"error": body})


def no_range(asked: str) -> Refusal:
    return refusal(400, f"Unable to parse range: {asked}")


def beyond_grid(name: str, rows: int, columns: int) -> Refusal:
    return refusal(400, f"Range ({name}) exceeds grid limits. Max rows: {rows}, max columns: {columns}")


def bad_request(message: str) -> Refusal:
    return refusal(400, message)


def over_quota(kind: str, *, seconds: int | None = None) -> Refusal:
    """seconds: for Retry-After, which Google sends seldom."""
    message = (
        f"Quota exceeded for quota metric '{kind} requests' and limit '{kind} requests per minute per user' of service "
        "'sheets.googleapis.com' for consumer 'project_number:100000000000'."
    )
    found = refusal(429, message, "RATE_LIMIT_EXCEEDED")
    found.headers = {} if seconds is None else {"Retry-After": str(seconds)}
    return found
