"""Remember for the process the sessions that could not be closed, so that the next login closes them first.

A server that refuses to sign out, for too many calls say, keeps the session. Where it allows one at a time, nobody
would get in again before that ends by itself.
"""

from threading import Lock

Whose = tuple[str, str]
"""The address of a server, and a user name."""

MOST = 10


class Leftovers:
    """Tokens, in memory only. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._tokens: dict[Whose, list[str]] = {}

    def leave(self, whose: Whose, token: str) -> None:
        with self._lock:
            self._tokens.setdefault(whose, []).append(token)
            del self._tokens[whose][:-MOST]

    def take(self, whose: Whose) -> list[str]:
        """Whoever takes them leaves again what cannot be closed now either."""
        with self._lock:
            return self._tokens.pop(whose, [])


LEFT = Leftovers()
