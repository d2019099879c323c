"""How long a session lives, how many there may be, and how many there were."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from connections.providers.logikal.sandbox.accounts import DEMO_USER, SEVENTEEN_USER
from tests.connections.providers.logikal.sandbox.asking import Caller


def test_a_session_ends_after_so_many_seconds_of_the_sandboxs_clock(caller: Caller) -> None:
    caller.logikal.set(session_seconds=600)
    alice = caller.signed_in()
    caller.clock.advance(seconds=599)
    assert alice.get("directories").status_code == 200
    caller.clock.advance(seconds=1)
    assert alice.get("directories").status_code == 401
    assert caller.logikal.open_sessions() == []


def test_a_session_lives_for_a_day_or_for_ever(caller: Caller) -> None:
    alice = caller.signed_in()
    caller.clock.advance(hours=23)
    assert alice.get("directories").status_code == 200
    caller.clock.advance(hours=1)
    assert alice.get("directories").status_code == 401
    caller.logikal.set(session_seconds=None)
    bob = caller.signed_in()
    caller.clock.advance(days=30)
    assert bob.get("directories").status_code == 200


def test_a_session_ends_after_so_many_calls(caller: Caller) -> None:
    caller.logikal.set(session_calls=3)
    alice = caller.signed_in()
    assert [alice.get("directories").status_code for _ in range(4)] == [200, 200, 200, 401]


@pytest.mark.parametrize("status", [401, 409])
def test_a_login_beyond_the_limit_is_refused(caller: Caller, status: int) -> None:
    caller.logikal.set(max_sessions=2, max_sessions_status=status)
    alice, _ = caller.signed_in(), caller.signed_in()
    answer = caller.ask_to_sign_in()
    assert (answer.status_code, answer.json()["code"]) == (status, status)
    assert caller.ask_to_sign_in(SEVENTEEN_USER).status_code == 200, "the limit is one user's"
    alice.sign_out()
    assert caller.ask_to_sign_in().status_code == 200


def test_an_ended_session_makes_room_for_another(caller: Caller) -> None:
    caller.logikal.set(max_sessions=1, session_seconds=60)
    caller.signed_in()
    assert caller.ask_to_sign_in().status_code == 409
    caller.clock.advance(seconds=60)
    assert caller.ask_to_sign_in().status_code == 200


def test_the_sandbox_knows_the_most_sessions_that_ever_were_open_at_once(caller: Caller) -> None:
    for _ in range(3):
        caller.signed_in().sign_out()
    assert caller.logikal.most_sessions == 1
    alice, bob = caller.signed_in(), caller.signed_in(SEVENTEEN_USER)
    alice.sign_out()
    bob.sign_out()
    assert caller.logikal.most_sessions == 2
    assert caller.logikal.world.sessions.highest_of == {DEMO_USER: 1, SEVENTEEN_USER: 1}
    assert caller.logikal.open_sessions() == []


def test_a_refused_login_is_not_an_open_session(caller: Caller) -> None:
    caller.logikal.set(max_sessions=1)
    caller.signed_in()
    caller.ask_to_sign_in()
    assert caller.logikal.most_sessions == 1


def test_who_forgets_to_sign_out_is_seen(caller: Caller) -> None:
    caller.signed_in_at("phase")
    (forgotten,) = caller.logikal.open_sessions()
    assert (forgotten.account.username, forgotten.position.state) == (SEVENTEEN_USER, "phase")


def test_all_sessions_can_be_ended(caller: Caller) -> None:
    alice = caller.signed_in()
    caller.logikal.end_sessions()
    assert alice.get("directories").status_code == 401


def test_there_may_be_a_limit_of_calls_a_minute(caller: Caller) -> None:
    caller.logikal.set(calls_per_minute=3)
    assert [caller.get("version").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert caller.get("version").headers["Retry-After"] == "60"
    caller.clock.advance(seconds=60)
    assert caller.get("version").status_code == 200


def test_of_many_logins_at_once_only_as_many_as_allowed_get_in(caller: Caller) -> None:
    caller.logikal.set(max_sessions=2)
    with ThreadPoolExecutor(8) as crowd:
        statuses = [answer.status_code for answer in crowd.map(lambda _: caller.ask_to_sign_in(), range(16))]
    assert (statuses.count(200), statuses.count(409)) == (2, 14)
    assert caller.logikal.most_sessions == 2
