"""A flag that says stop to every thread and every forked process of a worker."""

import mmap
import time
from typing import Protocol


class Stop(Protocol):
    """What a loop asks between two pages; a threading.Event is one."""

    def is_set(self) -> bool: ...

    def wait(self, timeout: float | None = None) -> bool: ...


class SharedFlag:
    """Made before a worker forks, and set by its parent: an Event would be set in the parent only."""

    def __init__(self) -> None:
        self._byte = mmap.mmap(-1, 1)

    def set(self) -> None:
        self._byte[0] = 1

    def is_set(self) -> bool:
        return self._byte[0] == 1

    def wait(self, timeout: float | None = None) -> bool:
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self.is_set() and (deadline is None or time.monotonic() < deadline):
            time.sleep(0.05)
        return self.is_set()
