"""The calls that Meta refuses: status and body as Graph writes them."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from connections.sandbox.exchange import Reply, json_reply

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
    code: int,
    message: str,
    *,
    subcode: int | None = None,
    said: tuple[str, str] | None = None,
    status: int = 400,
    headers: Mapping[str, str] | None = None,
) -> Refusal:
    """said: title and sentence for people."""
    error: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code}
    if subcode is not None:
        error |= {"error_subcode": subcode, "is_transient": False}
    if said:
        error |= {"error_user_title": said[0], "error_user_msg": said[1]}
    return Refusal(status, {"error": {**error, "fbtrace_id": "SandboxTrace"}}, headers)


def nobody(username: str) -> Refusal:
    """The same for who is not there and for who has no professional account."""
    said = ("Cannot find User", f"The user with username: {username} cannot be found.")
    return refusal(110, "Invalid user id", subcode=2207013, said=said)


def bad_token() -> Refusal:
    return refusal(190, "Invalid OAuth access token - Cannot parse access token", status=401)


def no_object(node: str) -> Refusal:
    message = (
        f"Unsupported get request. Object with ID '{node}' does not exist, cannot be loaded due to missing permissions"
    )
    return refusal(100, message, subcode=33)


def unknown_field(name: str) -> Refusal:
    return refusal(100, f"(#100) Tried accessing nonexisting field ({name})")


def too_often(code: int, options: Options) -> Refusal:
    headers = {}
    if "seconds" in options:
        headers["Retry-After"] = str(options["seconds"])
    if "minutes" in options:
        usage = {"type": "instagram", "call_count": 100, "total_cputime": 5, "total_time": 5}
        listed = [{**usage, "estimated_time_to_regain_access": options["minutes"]}]
        headers["X-Business-Use-Case-Usage"] = json.dumps({"100000000000001": listed})
    return refusal(code, f"(#{code}) Application request limit reached", headers=headers)


ERRORS: dict[str, Callable[[Options], Refusal]] = {
    "4": lambda options: too_often(4, options),
    "80002": lambda options: too_often(80002, options),
    "190": lambda options: bad_token(),
    "190-463": lambda options: refusal(
        190, "Error validating access token: Session has expired.", subcode=463, status=401
    ),
    "10": lambda options: refusal(10, "(#10) Application does not have permission for this action", status=403),
    "110": lambda options: nobody("x"),
    "100": lambda options: refusal(100, "(#100) Param fields is not valid"),
    "2": lambda options: refusal(2, "An unexpected error has occurred. Please retry your request later.", status=500),
    "368": lambda options: refusal(368, "The action attempted has been deemed abusive or is otherwise disallowed"),
    "2635": lambda options: refusal(2635, "(#2635) You are calling a deprecated version of the Ads API."),
}
"""error: of these, by Meta's code. seconds, minutes: told with a limit, in one header or the other."""
