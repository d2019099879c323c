"""How many chunks a worker runs at a time; history never takes the last slot, so that nobody has to wait for it."""

import fcntl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

SLOW = frozenset({"backfill"})


class Slots:
    """Made before a worker forks, and good for its threads as for its processes.

    Each slot is a byte of a file that nobody else can open. The system unlocks what a killed process had locked, which
    a semaphore would keep for ever; but it does not tell threads apart, so each process remembers what it holds.
    """

    def __init__(self) -> None:
        self.number = settings.WORKER_SLOTS
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closing it would unlock everything
        self._held: set[int] = set()
        self._lock = threading.Lock()

    @contextmanager
    def slot(self, queue: str) -> Iterator[bool]:
        """Yields False where none is free, or just the last one for history: then leave the work to a later wake-up."""
        mine = self._take(max(1, self.number - 1) if queue in SLOW else self.number)
        try:
            yield mine is not None
        finally:
            if mine is not None:
                self._leave(mine)

    def _take(self, most: int) -> int | None:
        with self._lock:
            for at in range(most):
                if at not in self._held and self._locked(at):
                    self._held.add(at)
                    return at
        return None

    def _locked(self, at: int) -> bool:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, at)
        except OSError:
            return False
        return True

    def _leave(self, at: int) -> None:
        with self._lock:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, at)
            self._held.discard(at)
