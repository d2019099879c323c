"""Remember for the process what a server has refused to do, so that it is tried once and not at every step.

Nobody outside knows whether a session may go from one directory, phase or elevation to the one beside it.
"""

from collections.abc import Callable
from threading import Lock
from time import monotonic

from connections.providers.logikal.places import Level

TRIED_AGAIN_AFTER = 24 * 3600.0
"""Seconds. Servers are updated, and workers live long."""


class Abilities:
    """By the address of a server, and the level at which to go aside. Safe to share between threads."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._refused: dict[tuple[str, Level], float] = {}

    def may_move(self, address: str, move: Level) -> bool:
        """True until it was refused."""
        with self._lock:
            refused_at = self._refused.get((address, move))
        return refused_at is None or self._clock() - refused_at >= TRIED_AGAIN_AFTER

    def refuse(self, address: str, move: Level) -> None:
        with self._lock:
            self._refused[address, move] = self._clock()

    def forget(self) -> None:
        with self._lock:
            self._refused.clear()


KNOWN = Abilities()
