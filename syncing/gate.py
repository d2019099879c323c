"""What every call of a chunk passes: still ours, and paid for."""

from collections.abc import Sequence
from datetime import datetime

from connections.sources import CallLimit, Clock
from syncing import budget
from syncing.models import SyncChunk


class ChunkGate:
    """The CallGate of one chunk. A stored page renews the lease too, so most calls need no renewal of their own."""

    def __init__(self, chunk: SyncChunk, purse: budget.Purse, clock: Clock) -> None:
        self._chunk = chunk
        self._purse = purse
        self._clock = clock
        self._renewed = False
        self._calls = 0

    def taken(self) -> int:
        """Calls since the last question."""
        calls, self._calls = self._calls, 0
        return calls

    def renewed(self) -> None:
        """The page that was just stored has renewed the lease."""
        self._renewed = True

    def before_call(self, limits: Sequence[CallLimit]) -> None:
        """Raises LeaseLost or RateLimited: then the call must not be made."""
        if not self._renewed:
            self._chunk.renew(self._clock())
        self._renewed = False
        self._purse.take(limits)
        self._calls += 1

    def block(self, bucket: str, until: datetime, reason: str) -> None:
        budget.block(bucket, until, reason)
