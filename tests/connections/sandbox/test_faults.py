"""Which calls a fault rule picks."""

import pytest

from connections.sandbox.exchange import Call
from connections.sandbox.faults import FaultBook, FaultRule


def calls_hit(rule: dict[str, object], calls: list[Call]) -> list[int]:
    """The numbers of the calls, from 1, that the rule picks."""
    book = FaultBook()
    book.add({"kind": "html", **rule})
    return [number for number, call in enumerate(calls, 1) if book.pick(call)]


ADS = Call("GET", "/ads", {"level": "ad"})
SETS = Call("POST", "/sets")


@pytest.mark.parametrize(
    ("rule", "hit"),
    [
        pytest.param({}, [1, 2, 3, 4], id="every call"),
        pytest.param({"path": "/ads"}, [1, 3], id="path"),
        pytest.param({"method": "POST"}, [2, 4], id="method"),
        pytest.param({"level": "ad"}, [1, 3], id="level"),
        pytest.param({"where": {"level": "set"}}, [], id="another value"),
        pytest.param({"nth": 2}, [2], id="second"),
        pytest.param({"nth": [1, 4]}, [1, 4], id="first and fourth"),
        pytest.param({"path": "/ads", "nth": 2}, [3], id="second that matches"),
        pytest.param({"times": 3}, [1, 2, 3], id="three times"),
        pytest.param({"probability": 0.0}, [], id="never"),
    ],
)
def test_a_rule_picks_its_calls(rule: dict[str, object], hit: list[int]) -> None:
    assert calls_hit(rule, [ADS, SETS, ADS, SETS]) == hit


def test_chance_is_the_same_in_every_run() -> None:
    rule: dict[str, object] = {"probability": 0.3, "seed": 7}
    hits = calls_hit(rule, [ADS] * 200)
    assert hits == calls_hit(rule, [ADS] * 200)
    assert 40 < len(hits) < 80


def test_a_rule_says_how_often_it_struck() -> None:
    book = FaultBook()
    book.add(FaultRule("slow", times=1))
    book.pick(ADS)
    book.pick(ADS)
    described = book.rules[0].describe()
    assert (described["matched"], described["fired"]) == (2, 1)
