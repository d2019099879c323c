"""The calls that the API refuses: status and envelope."""

from collections.abc import Mapping, Sequence
from typing import Any

from connections.sandbox.exchange import Reply, json_reply

STATES = {
    "directory": "in a directory",
    "project": "in a project",
    "phase": "in a phase",
    "elevation": "at an elevation",
}


class Refusal(Exception):
    """An answer with a message in place of data."""

    def __init__(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(body.get("message"))
        self.status = status
        self.body = dict(body)
        self.headers = dict(headers or {})

    def reply(self) -> Reply:
        return json_reply(self.body, self.status, self.headers)


def refusal(status: int, message: str, errors: Sequence[str] = (), headers: Mapping[str, str] | None = None) -> Refusal:
    envelope = {"message": message, "code": status, "hints": [], "warnings": [], "errors": list(errors)}
    return Refusal(status, envelope, headers)


def bad_request(sentence: str) -> Refusal:
    return refusal(400, sentence)


def bad_login() -> Refusal:
    return refusal(401, "The user name or the password is wrong.")


def no_session() -> Refusal:
    return refusal(401, "The session access identifier is missing, unknown or no longer valid.")


def too_many_sessions(status: int) -> Refusal:
    return refusal(status, "No further session can be opened at the moment.")


def too_many_calls(seconds: int) -> Refusal:
    return refusal(429, "Too many requests.", headers={"Retry-After": str(seconds)})


def wrong_state(expected: str) -> Refusal:
    return refusal(405, f"The request expects the session to be {STATES[expected]}.")


def going_up(status: int, expected: str, identifier: str) -> Refusal:
    """With 409 the body is the one that was seen, and no envelope; 405 is what the specification says."""
    if status == 405:
        return wrong_state(expected)
    sentence = f"The requested resource '{identifier}' cannot be set, because it isn't valid in the current mapping."
    return Refusal(409, {"errors": [sentence]})


def unknown(what: str, identifier: str) -> Refusal:
    return refusal(404, f"There is no {what} '{identifier}' here.")


def locked() -> Refusal:
    return refusal(409, "The project is locked: it is in use by another user.")


def forbidden() -> Refusal:
    return refusal(403, "The user has no right to open this project.")


def no_such_call(method: str, path: str) -> Refusal:
    return refusal(404, f"There is nothing at {method} {path}.")


def writes_nothing() -> Refusal:
    return refusal(405, "The sandbox is read-only.")
