"""The sandbox is read-only, and remembers who tried otherwise."""

import pytest

from connections.providers.logikal.sandbox.accounts import SEVENTEEN_USER
from tests.connections.providers.logikal.sandbox.asking import PICTURE, Caller

WRITES = [
    ("POST", "directories"),
    ("POST", "projects"),
    ("PATCH", "projects/selected"),
    ("DELETE", "projects/selected"),
    ("POST", "phases"),
    ("PATCH", "elevations/selected"),
    ("DELETE", "elevations/00000000-0000-0000-0000-000000000001"),
    ("PUT", "elevations/selected"),
    ("POST", "addresses"),
    ("POST", "reports"),
    ("DELETE", "directories/select"),
]


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_writing_call_is_refused_and_recorded(caller: Caller, method: str, path: str) -> None:
    before = caller.logikal.truth()
    alice = caller.signed_in()
    assert alice.call(method, path, json={"name": "New"}).status_code == 405
    assert [(one.method, one.path) for one in caller.logikal.writes] == [(method, f"/api/v3/{path}")]
    assert caller.logikal.truth() == before
    assert caller.control("logikal/writes")["count"] == 1


def test_reading_writes_nothing(caller: Caller) -> None:
    alice = caller.signed_in_at("elevation")
    alice.get("elevations/selected/parts-list")
    alice.get("elevations/selected/thumbnail", **PICTURE)
    alice.get("elevations/nowhere/else")
    alice.sign_out()
    caller.ask_to_sign_in(SEVENTEEN_USER, "wrong")
    assert caller.logikal.writes == []
