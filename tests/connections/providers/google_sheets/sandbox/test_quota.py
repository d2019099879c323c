"""Sixty reads and sixty writes a minute for each key, and the sandbox is the referee."""

from typing import Any

import pytest

from connections.providers.google_sheets.demo import DEMO_EMAIL
from tests.connections.providers.google_sheets.sandbox.asking import BOOK, Caller

FILE = BOOK.replace("v4/spreadsheets", "drive/v3/files")


def test_the_sixty_first_read_of_a_minute_is_refused(caller: Caller) -> None:
    assert [caller.status(BOOK) for _ in range(61)] == [200] * 60 + [429]
    answer = caller.call("GET", BOOK)
    assert answer.json()["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert "Read requests per minute per user" in answer.json()["error"]["message"]
    assert "Retry-After" not in answer.headers
    assert caller.status(FILE) == 200, "Drive counts apart"
    caller.clock.advance(seconds=60)
    assert caller.status(BOOK) == 200
    assert caller.control("google_sheets/quota")["refused"] == 2
    assert caller.control("google_sheets/quota")["busiest_minute"][DEMO_EMAIL] == {"reads": 60}


def test_reads_and_writes_count_apart_and_each_key_for_itself(caller: Caller) -> None:
    caller.control("google_sheets/behaviour", {"reads_per_minute": 2, "writes_per_minute": 1})
    other = Caller(caller.server, caller.google.robots.add("other@sandbox.example"))
    caller.google.share(DEMO_EMAIL, "other@sandbox.example")
    body = {"valueInputOption": "RAW", "data": []}
    assert [caller.status(BOOK) for _ in range(3)] == [200, 200, 429]
    writes = [caller.status(f"{BOOK}/values:batchUpdate", "POST", json=body) for _ in range(2)]
    assert writes == [200, 429]
    assert other.status(BOOK) == 200


def test_it_says_when_to_come_again_if_told_to(caller: Caller) -> None:
    caller.google.set(reads_per_minute=1, told=True)
    assert caller.status(BOOK) == 200
    caller.clock.advance(seconds=20)
    assert caller.call("GET", BOOK).headers["Retry-After"] == "41"


def test_one_question_for_many_tabs_counts_once(caller: Caller) -> None:
    caller.google.set(reads_per_minute=1)
    caller.get(f"{BOOK}/values:batchGet", ranges=["'Always on'"] * 5)
    assert caller.status(BOOK) == 429


@pytest.mark.parametrize("knobs", [{"reads": 1}, {"robots_per_minute": 5}], ids=str)
def test_a_knob_that_is_none_is_refused(caller: Caller, knobs: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no knob"):
        caller.google.set(**knobs)


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"error": "limit", "seconds": 7}, 429),
        ({"error": "user_limit"}, 403),
        ({"error": "forbidden"}, 403),
        ({"error": "missing"}, 404),
        ({"error": "switched_off"}, 403),
        ({"error": "expired"}, 401),
        ({"error": "server", "status": 503}, 503),
        ({"error": "inside"}, 200),
        ({"error": "excel"}, 400),
        ({"status": 418, "message": "No tea."}, 418),
    ],
    ids=str,
)
def test_any_refusal_can_be_had_on_purpose(caller: Caller, fault: dict[str, Any], status: int) -> None:
    caller.get(BOOK)
    caller.control("google_sheets/faults", {"kind": "error", **fault, "times": 1})
    answer = caller.call("GET", BOOK)
    assert (answer.status_code, "error" in answer.json()) == (status, True)
    assert answer.headers.get("Retry-After") == ("7" if "seconds" in fault else None)
    assert caller.status(BOOK) == 200


@pytest.mark.parametrize(("error", "word"), [("expired", "Signature"), ("clock", "timeframe"), ("server", "again")])
def test_tokens_can_be_refused_on_purpose(caller: Caller, error: str, word: str) -> None:
    caller.google.faults.add({"kind": "error", "error": error, "path": "/token"})
    answer = caller.turn_in(caller.assertion())
    assert answer.status_code >= 400
    assert word in answer.json()["error_description"]


def test_a_fault_of_spreadsheets_alone_lets_tokens_through(caller: Caller) -> None:
    caller.google.faults.add({"kind": "error", "error": "forbidden"})
    assert caller.turn_in(caller.assertion()).status_code == 200


def test_news_in_an_answer_leaves_the_cells_alone(caller: Caller) -> None:
    before = caller.get(f"{BOOK}/values/'Always on'")
    caller.google.faults.add({"kind": "extra_field"})
    after = caller.get(f"{BOOK}/values/'Always on'")
    assert after.pop("newField")
    assert after == before


def test_reset_makes_it_new(caller: Caller) -> None:
    caller.google.edit("Always on", {"I2": 5})
    caller.google.share("somebody@else.example")
    caller.google.set(reads_per_minute=0)
    caller.server.reset()
    caller.token = ""
    assert caller.get(f"{BOOK}/values/'Always on'!I2")["values"] != [["5"]]
    assert len(caller.google.calls.all()) == 2
