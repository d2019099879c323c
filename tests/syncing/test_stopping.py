"""The flag that says stop: one byte, seen by every thread and every process forked since."""

import os
import time

from syncing.stopping import SharedFlag


def test_it_is_set_once_and_for_all() -> None:
    flag = SharedFlag()
    assert not flag.is_set()
    flag.set()
    assert flag.is_set()
    assert flag.wait(0)


def test_waiting_ends_in_time_or_when_it_is_set() -> None:
    flag = SharedFlag()
    began = time.monotonic()
    assert not flag.wait(0.1)
    assert 0.1 <= time.monotonic() - began < 0.4
    flag.set()
    began = time.monotonic()
    assert flag.wait()
    assert time.monotonic() - began < 0.04


def test_two_flags_are_two() -> None:
    first, second = SharedFlag(), SharedFlag()
    first.set()
    assert not second.is_set()


def test_a_forked_process_sees_its_parents_flag() -> None:
    """A threading.Event would be set here and not there."""
    flag = SharedFlag()
    child = os.fork()
    if not child:
        os._exit(0 if flag.wait(5) else 1)
    flag.set()
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
