"""How long it would have taken: added up without anybody waiting, or waited for at a scale."""

import time

import pytest

from tests.connections.providers.logikal.sandbox.asking import Caller

FIXED = {"login": 6, "select_directory": 0.15, "select_project": 0.88, "select_phase": 0.13, "select_elevation": 0.19}


def test_nobody_waits_unless_told_to(caller: Caller) -> None:
    started = time.monotonic()
    caller.signed_in_at("elevation")
    assert time.monotonic() - started < 2
    assert caller.logikal.simulated.total > 4.5 + 0.15 + 0.88 + 0.13 + 0.19


def test_seconds_are_counted_by_session_and_over_all(caller: Caller) -> None:
    caller.logikal.set(latencies=FIXED)
    caller.signed_in_at("elevation")
    caller.signed_in_at("project")
    simulated = caller.logikal.simulated
    assert simulated.by_session == pytest.approx({"session-1": 7.35, "session-2": 7.03})
    assert simulated.total == pytest.approx(14.38)
    assert simulated.by_kind["login"] == pytest.approx(12)


def test_what_was_observed_is_the_default(caller: Caller) -> None:
    alice = caller.signed_in_at("elevation")
    alice.get("elevations/selected/parts-list")
    spent = caller.logikal.simulated.by_kind
    assert 4.5 <= spent["login"] <= 8.6
    assert 1 <= spent["parts_list"] <= 2.5
    assert spent["select_project"] == pytest.approx(0.88)


def test_refused_calls_take_their_time_too(caller: Caller) -> None:
    caller.logikal.set(latencies=FIXED)
    caller.ask_to_sign_in(password="wrong")
    assert caller.logikal.simulated.total == pytest.approx(6)
    assert caller.logikal.simulated.by_session == {}


def test_callers_wait_their_share_of_it(caller: Caller) -> None:
    caller.logikal.set(latencies={"version": 0.5}, latency_scale=0.5)
    started = time.monotonic()
    caller.get("version")
    assert time.monotonic() - started >= 0.25
    assert caller.logikal.simulated.total == pytest.approx(0.5)


def test_a_count_can_begin_anew(caller: Caller) -> None:
    caller.signed_in()
    caller.logikal.simulated.reset()
    assert caller.logikal.simulated.total == 0
