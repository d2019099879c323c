"""Put aside the elevations at which LOGIKAL fails, so that all others of their project are read first.

What fails once is asked for again a few seconds later. What fails again is left to the next run, with the reason.
"""

from collections.abc import Collection

from connections.errors import SyncError

MOST = 5
"""Of one project at a time. Where more fail, it is not for an elevation to blame, and the project waits as a whole."""


class Aside:
    """before: ids of those that failed in the attempt before this one."""

    def __init__(self, before: Collection[str]) -> None:
        self._before = list(before)
        self.errors: dict[str, SyncError] = {}
        self.left_any = False

    @property
    def ids(self) -> list[str]:
        return [*self._before, *self.errors]

    def waits(self, elevation: str, error: SyncError) -> bool:
        """True where it is to be asked for again soon; False where it has failed before. Raises the error of one too
        many."""
        if elevation in self._before:
            return False
        if len(self.errors) == MOST:
            raise error
        self.errors[elevation] = error
        return True
