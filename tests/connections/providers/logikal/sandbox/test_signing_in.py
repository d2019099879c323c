"""Signing in and out, and who may ask what without it."""

from typing import Any
from uuid import UUID

import pytest
import requests

from connections.providers.logikal.sandbox.accounts import DEMO_PASSWORD, DEMO_USER, LARGE_USER, SEVENTEEN_USER
from tests.connections.providers.logikal.sandbox.asking import Caller


def test_the_version_is_told_to_anybody(caller: Caller) -> None:
    (component,) = caller.data("version")["componentVersions"]
    assert component.keys() == {"name", "version", "description"}


@pytest.mark.parametrize("username", [DEMO_USER, LARGE_USER, SEVENTEEN_USER])
def test_a_login_gives_a_token_that_opens_the_tree(caller: Caller, username: str) -> None:
    answer = caller.ask_to_sign_in(username).json()
    assert (answer["hints"], answer["warnings"]) == ([], [])
    assert answer["data"]["username"] == username
    assert str(UUID(answer["data"]["token"])) == answer["data"]["token"]
    assert Caller(caller.server, answer["data"]["token"]).data("directories")


@pytest.mark.parametrize(("username", "password"), [(DEMO_USER, "not-it-at-all"), ("nobody", DEMO_PASSWORD)])
def test_a_bad_login_is_refused(caller: Caller, username: str, password: str) -> None:
    answer = caller.ask_to_sign_in(username, password)
    assert answer.status_code == 401
    assert answer.json().keys() == {"message", "code", "hints", "warnings", "errors"}
    assert password not in answer.text


@pytest.mark.parametrize(
    "body",
    [{}, {"username": DEMO_USER}, {"username": "", "password": ""}, {"username": 1, "password": 2}, [], "text"],
    ids=str,
)
def test_a_login_that_is_not_complete_is_a_bad_request(caller: Caller, body: Any) -> None:
    assert caller.call("POST", "auth", json=body).status_code == 400


def test_erp_is_optional_and_a_boolean(caller: Caller) -> None:
    login = {"username": DEMO_USER, "password": DEMO_PASSWORD}
    assert caller.call("POST", "auth", json=login).status_code == 200
    assert caller.call("POST", "auth", json={**login, "erp": "yes"}).status_code == 400


def test_a_body_that_is_no_json_is_a_bad_request(caller: Caller) -> None:
    assert caller.call("POST", "auth", data=b"{oops").status_code == 400
    assert caller.signed_in().call("POST", "directories/select", data=b"{oops").status_code == 400


@pytest.mark.parametrize("token", ["", "not-a-token", "00000000-0000-0000-0000-000000000001"])
@pytest.mark.parametrize("path", ["directories", "projects", "elevations/selected/parts-list"])
def test_without_a_session_nothing_is_read(caller: Caller, token: str, path: str) -> None:
    answer = Caller(caller.server, token).get(path)
    assert (answer.status_code, answer.json()["code"]) == (401, 401)


def test_after_signing_out_the_token_opens_nothing(caller: Caller) -> None:
    alice = caller.signed_in()
    assert alice.sign_out().json() == {"hints": [], "warnings": []}
    assert alice.get("directories").status_code == 401
    assert alice.sign_out().status_code == 401


def test_a_token_is_taken_with_and_without_bearer(caller: Caller) -> None:
    alice = caller.signed_in()
    assert alice.data("directories")
    address = f"{caller.server.url('logikal')}/api/v3/directories"
    assert requests.get(address, headers={"Authorization": alice.token}, timeout=10).status_code == 200


def test_what_is_not_there_is_not_found(caller: Caller) -> None:
    assert caller.signed_in().get("addresses").status_code == 404
    assert caller.signed_in().get("../v2/version").status_code == 404
