"""Slots for slow work: all but one, between threads and between processes, and free again after a kill."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from syncing.slots import Slots
from tests.fixtures.engine import together


@pytest.fixture
def slots(settings: Any) -> Slots:
    settings.WORKER_SLOTS = 4
    return Slots()


def take(slots: Slots, stack: ExitStack, queue: str = "backfill") -> bool:
    return stack.enter_context(slots.slot(queue))


def test_history_gets_all_but_one(slots: Slots) -> None:
    with ExitStack() as stack:
        assert [take(slots, stack) for _ in range(5)] == [True, True, True, False, False]
    with ExitStack() as stack:
        assert take(slots, stack), "a slot was not given back"


def test_other_queues_get_the_last_one_too_and_no_more(slots: Slots) -> None:
    """What is left of the worker's threads keeps the schedule."""
    with ExitStack() as stack:
        assert [take(slots, stack, "sync") for _ in range(5)] == [True, True, True, True, False]


@pytest.mark.parametrize(("number", "slow"), [(1, 1), (2, 1), (3, 2), (8, 7)])
def test_the_number_is_that_of_the_worker(slots: Slots, number: int, slow: int) -> None:
    """A worker of one slot has to do everything with it."""
    slots.number = number
    with ExitStack() as stack:
        assert sum(take(slots, stack) for _ in range(10)) == slow


def test_an_error_gives_the_slot_back(slots: Slots) -> None:
    for _ in range(5):
        with suppress(ZeroDivisionError), slots.slot("backfill") as mine:
            assert mine
            raise ZeroDivisionError


@pytest.mark.django_db(transaction=True)
def test_threads_do_not_take_the_same(slots: Slots) -> None:
    def hold(_: int) -> bool:
        with slots.slot("backfill") as mine:
            time.sleep(0.3)
            return mine

    assert sorted(together(hold, range(6))) == [False, False, False, True, True, True]


@pytest.fixture
def hold(slots: Slots) -> Iterator[Callable[[], int]]:
    """Forks a process that holds a slot until it is killed."""
    children: list[int] = []

    def fork() -> int:
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            with slots.slot("backfill") as mine:
                os.write(writer, b"1" if mine else b"0")
                time.sleep(30)
            os._exit(0)
        children.append(child)
        assert os.read(reader, 1) == b"1"
        os.close(reader)
        os.close(writer)
        return child

    yield fork
    for child in children:
        with suppress(ProcessLookupError, ChildProcessError):
            kill(child)


def kill(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def test_processes_share_them_and_a_killed_one_keeps_none(slots: Slots, hold: Callable[[], int]) -> None:
    first, _ = hold(), hold()
    with ExitStack() as stack:
        assert [take(slots, stack) for _ in range(2)] == [True, False]
    kill(first)
    with ExitStack() as stack:
        assert [take(slots, stack) for _ in range(3)] == [True, True, False]
