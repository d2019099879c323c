"""What goes wrong on purpose beyond what any server can suffer: refusals by name, and news in answers."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from connections.providers.google_sheets.sandbox.errors import (
    Refusal,
    drive_refusal,
    login_refusal,
    no_spreadsheet,
    no_token,
    not_found,
    not_shared,
    over_quota,
    refusal,
)
from connections.providers.google_sheets.sandbox.robots import SIGNATURE, TIMES
from connections.sandbox.faults import FaultRule

KINDS = frozenset({"error", "extra_field"})

Options = Mapping[str, Any]

OFF = "Google Sheets API has not been used in project 100000000000 before or it is disabled."

ERRORS: dict[str, Callable[[Options], Refusal]] = {
    "expired": lambda options: no_token(),
    "limit": lambda options: over_quota("Read", seconds=options.get("seconds")),
    "user_limit": lambda options: drive_refusal(403, "User Rate Limit Exceeded", "userRateLimitExceeded"),
    "forbidden": lambda options: not_shared(),
    "missing": lambda options: not_found(),
    "switched_off": lambda options: refusal(403, OFF, "SERVICE_DISABLED"),
    "excel": lambda options: no_spreadsheet(),
    "server": lambda options: refusal(options.get("status", 500), "Internal error encountered."),
    "inside": lambda options: Refusal(200, refusal(options.get("status", 500), "Internal error encountered.").body),
}
"""error: of these. seconds: told with a limit."""

AT_THE_DOOR: dict[str, Callable[[Options], Refusal]] = {
    "expired": lambda options: login_refusal("invalid_grant", SIGNATURE),
    "clock": lambda options: login_refusal("invalid_grant", TIMES),
    "limit": lambda options: Refusal(429, {"error": "rate_limit_exceeded"}, _later(options)),
    "server": lambda options: login_refusal("internal_failure", "Try again.", options.get("status", 500)),
}
"""What the place of tokens makes of the same names; it knows no others."""


def _later(options: Options) -> dict[str, str]:
    return {"Retry-After": str(options["seconds"])} if "seconds" in options else {}


def refuse(rules: Iterable[FaultRule], *, at_the_door: bool) -> None:
    """Raises the Refusal of the first rule that has one."""
    for rule in rules:
        if rule.kind == "error":
            name = str(rule.options.get("error", ""))
            made = (AT_THE_DOOR if at_the_door else ERRORS).get(name)
            if made:
                raise made(rule.options)
            if name not in ERRORS | AT_THE_DOOR:
                raise refusal(int(rule.options.get("status", 500)), str(rule.options.get("message", "An error.")))


def spoil(answer: Any, rules: Iterable[FaultRule]) -> Any:
    """A release of tomorrow, with fields that nobody knows."""
    if not any(rule.kind == "extra_field" for rule in rules) or not isinstance(answer, dict):
        return answer
    return _with_news(answer)


def _with_news(answer: Any) -> Any:
    if isinstance(answer, dict):
        return {**{name: _with_news(value) for name, value in answer.items()}, "newField": {"of": "tomorrow"}}
    if isinstance(answer, list) and answer and isinstance(answer[0], dict):
        return [_with_news(each) for each in answer]
    return answer
