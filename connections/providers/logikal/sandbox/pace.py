"""How long calls would have taken at the real service, and how many a minute may see."""

from collections import defaultdict, deque
from datetime import datetime, timedelta
from math import ceil
from random import Random
from typing import Any

from connections.providers.logikal.sandbox.behaviour import Behaviour
from connections.providers.logikal.sandbox.errors import too_many_calls

MINUTE = timedelta(minutes=1)
REMEMBERED_SESSIONS = 10_000


class Simulated:
    """Seconds that the calls so far would have taken, one after the other; nobody has waited for them.

    by_session: by the session's name. A login belongs to the session that it opens, a refused one to none.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._dice = Random(0)
        self.total = 0.0
        self.by_session: defaultdict[str, float] = defaultdict(float)
        self.by_kind: defaultdict[str, float] = defaultdict(float)

    def add(self, kind: str, session: str, behaviour: Behaviour) -> float:
        """Count one call, and say how long it took."""
        seconds = self._dice.uniform(*behaviour.latency(kind))
        self.total += seconds
        self.by_kind[kind] += seconds
        if session:
            self.by_session[session] += seconds
        if len(self.by_session) > REMEMBERED_SESSIONS:
            del self.by_session[next(iter(self.by_session))]
        return seconds

    def describe(self) -> dict[str, Any]:
        return {"total": self.total, "by_session": dict(self.by_session), "by_kind": dict(self.by_kind)}


class RateLimit:
    """Over all sessions; calls that were refused for it are not counted."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._calls: deque[datetime] = deque()

    def charge(self, behaviour: Behaviour, now: datetime) -> None:
        """Count a call. Raises the Refusal of one too many."""
        while self._calls and self._calls[0] <= now - MINUTE:
            self._calls.popleft()
        limit = behaviour.calls_per_minute
        if limit is not None and len(self._calls) >= limit:
            raise too_many_calls(ceil((self._calls[0] + MINUTE - now).total_seconds()) if self._calls else 60)
        self._calls.append(now)
