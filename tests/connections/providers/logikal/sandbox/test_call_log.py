"""What was asked, by which session: enough to assert on, and never a secret."""

from connections.providers.logikal.sandbox.accounts import DEMO_PASSWORD, SEVENTEEN_USER
from tests.connections.providers.logikal.sandbox.asking import Caller


def test_calls_are_logged_by_the_name_of_their_session(caller: Caller) -> None:
    alice, bob = caller.signed_in(), caller.signed_in()
    bob.get("directories")
    alice.sign_out()
    logged = [(one.method, one.path, one.scope, one.bucket, one.status) for one in caller.logikal.calls.all()]
    assert logged == [
        ("POST", "/api/v3/auth", "session-1", "login", 200),
        ("POST", "/api/v3/auth", "session-2", "login", 200),
        ("GET", "/api/v3/directories", "session-2", "directories", 200),
        ("DELETE", "/api/v3/auth", "session-1", "logout", 200),
    ]


def test_one_session_and_one_kind_of_call_can_be_looked_at(caller: Caller) -> None:
    caller.signed_in_at("elevation").get("elevations/selected/parts-list")
    assert len(caller.logikal.calls.all(bucket="parts_list")) == 1
    assert len(caller.logikal.calls.all(scope="session-1")) == 6


def test_the_log_says_what_was_selected(caller: Caller) -> None:
    caller.signed_in_at("project")
    (opened,) = caller.logikal.calls.all(bucket="select_project")
    assert opened.params == {"identifier": caller.logikal.truth(SEVENTEEN_USER)["projects"][0]["id"]}


def test_the_log_says_which_fault_struck(caller: Caller) -> None:
    caller.logikal.faults.add({"kind": "error", "status": 503})
    caller.get("version")
    assert [(one.status, one.fault) for one in caller.logikal.calls.all()] == [(503, "error")]


def test_neither_passwords_nor_tokens_are_kept(caller: Caller) -> None:
    alice = caller.signed_in_at("project")
    caller.get("version", password=DEMO_PASSWORD, token=alice.token, Authorization=alice.token)
    caller.ask_to_sign_in(password="not-the-password")
    told = [caller.control(f"logikal/{name}") for name in ("calls", "sessions", "accounts", "behaviour", "simulated")]
    kept = f"{caller.logikal.calls.all()} {told}"
    for secret in (alice.token, DEMO_PASSWORD, "not-the-password"):
        assert secret not in kept
