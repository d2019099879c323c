"""A token is had for an assertion that is really signed, and opens what is shared with its robot."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from connections.errors import Transient
from connections.providers.google_sheets.demo import DEMO_EMAIL, key_of_the_sandbox
from connections.providers.google_sheets.sandbox.robots import Robots
from tests.connections.providers.google_sheets.reading import NOW
from tests.connections.providers.google_sheets.sandbox.asking import BOOK, Caller

AN_HOUR_AGO = int(NOW.timestamp()) - 3700


def test_a_good_assertion_is_worth_a_token_for_an_hour(caller: Caller) -> None:
    answer = caller.turn_in(caller.assertion())
    assert answer.status_code == 200
    assert answer.json()["token_type"] == "Bearer"
    caller.token = answer.json()["access_token"]
    assert caller.status(BOOK) == 200
    caller.clock.advance(seconds=3600)
    assert caller.status(BOOK) == 401


@pytest.mark.parametrize(
    ("claims", "word"),
    [
        ({"iss": "nobody@sandbox.example"}, "account not found"),
        ({"aud": "http://127.0.0.1/token"}, "audience"),
        ({"scope": ""}, "scope"),
        ({"iat": AN_HOUR_AGO, "exp": AN_HOUR_AGO + 3600}, "reasonable timeframe"),
        ({"exp": AN_HOUR_AGO + 90_000}, "reasonable timeframe"),
    ],
    ids=str,
)
def test_an_assertion_that_says_something_wrong_is_refused(caller: Caller, claims: dict[str, Any], word: str) -> None:
    answer = caller.turn_in(caller.assertion(**claims))
    assert answer.status_code == 400
    assert word in answer.json()["error_description"]


def test_another_key_signs_in_vain(caller: Caller) -> None:
    other = Caller(caller.server, caller.google.robots.add("other@sandbox.example"))
    answer = other.turn_in(other.assertion(iss=DEMO_EMAIL))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert "Signature" in answer.json()["error_description"]


@pytest.mark.parametrize("assertion", ["", "a.b", "a.b.c", "....", "bm8.bm8.bm8"])
def test_what_is_no_assertion_is_refused(caller: Caller, assertion: str) -> None:
    assert caller.turn_in(assertion).status_code == 400


def test_a_key_that_was_revoked_gets_no_more_tokens(caller: Caller) -> None:
    assert caller.status(BOOK) == 200
    caller.control("google_sheets/robots", {"email": DEMO_EMAIL}, method="DELETE")
    assert caller.turn_in(caller.assertion()).json()["error"] == "invalid_grant"
    assert caller.status(BOOK) == 200, "tokens that were given already still work"
    caller.google.robots.end_tokens()
    assert caller.status(BOOK) == 401


def test_nobody_comes_in_without_a_token(caller: Caller) -> None:
    for token in ("none", demo_token := "sandbox-token-made-up"):
        caller.token = token
        answer = caller.call("GET", BOOK)
        assert (answer.status_code, answer.json()["error"]["status"]) == (401, "UNAUTHENTICATED")
    assert demo_token not in json.dumps(caller.control("google_sheets/calls"))


def test_what_is_not_shared_is_closed(caller: Caller) -> None:
    caller.google.share("somebody@else.example")
    assert caller.status(BOOK) == 403
    assert caller.status(BOOK.replace("v4/spreadsheets", "drive/v3/files")) == 404
    assert caller.get("drive/v3/files")["files"] == []


def test_neither_assertions_nor_tokens_are_logged(caller: Caller) -> None:
    caller.get(BOOK)
    logged = json.dumps(caller.control("google_sheets/calls"))
    assert caller.token not in logged
    assert "eyJ" not in logged


def test_the_demos_key_is_handed_out_on_this_machine_alone(caller: Caller) -> None:
    given = caller.control("google_sheets/key")
    assert given["email"] == DEMO_EMAIL
    assert Caller(caller.server, given["key"]).status(BOOK) == 200
    address = f"{caller.server.url()}/_sandbox/google_sheets/key"
    elsewhere = requests.get(address, headers={"Host": "rebound.example"}, timeout=10)
    assert (elsewhere.status_code, given["key"] in elsewhere.text) == (400, False)


def test_the_demos_key_outlives_the_sandbox(tmp_path: Path) -> None:
    """Whoever has connected it before finds it again."""
    file = tmp_path / "key.json"
    first, second = Robots(), Robots()
    first.demo_key = first.add(DEMO_EMAIL)
    first.keep_in(file)
    second.keep_in(file)
    assert first.demo_key == second.demo_key == file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_where_no_sandbox_runs_that_is_said(caller: Caller) -> None:
    with pytest.raises(Transient, match="The sandbox of Google Sheets does not answer"):
        key_of_the_sandbox("http://127.0.0.1:9/google_sheets")
