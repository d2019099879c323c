"""Which sessions of its login does a chunk find open at the provider, and whose are they?"""

from collections.abc import Sequence

from connections.sources import Clock
from syncing.models import SyncChunk


class ChunkSessions:
    """Remembered with the login, so that whoever comes after a process that was killed ends what it left open."""

    def __init__(self, chunk: SyncChunk, clock: Clock) -> None:
        self._chunk = chunk
        self._clock = clock

    def left(self) -> Sequence[str]:
        """All of them, unless another chunk of the login is at work: one may be its."""
        tokens = self._chunk.connection.credential.sessions()  # before the look at who is at work
        running = SyncChunk.objects.running(self._clock()).exclude(pk=self._chunk.pk)
        is_shared = running.filter(connection__credential=self._chunk.connection.credential_id).exists()
        return () if is_shared else tokens

    def opened(self, token: str) -> None:
        self._chunk.connection.credential.session_opened(token)

    def closed(self, token: str) -> None:
        self._chunk.connection.credential.session_closed(token)
