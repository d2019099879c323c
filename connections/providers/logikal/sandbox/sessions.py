"""Who is signed in, where in the tree each session stands, and the most that ever were at once."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from connections.providers.logikal.sandbox.accounts import Account
from connections.providers.logikal.sandbox.behaviour import Behaviour
from connections.providers.logikal.sandbox.errors import no_session, too_many_sessions
from connections.sandbox.exchange import Call

LEVELS = ("directory", "project", "phase", "elevation")


@dataclass(frozen=True)
class Position:
    """What is selected at each level; no directory is the root, which is a directory too."""

    directory: str = ""
    project: str = ""
    phase: str = ""
    elevation: str = ""

    @property
    def state(self) -> str:
        return next((level for level in reversed(LEVELS) if getattr(self, level)), "directory")

    def is_below(self, level: str) -> bool:
        return LEVELS.index(self.state) > LEVELS.index(level)

    def at(self, level: str, identifier: str) -> "Position":
        """What was selected above stays; nothing can have been below."""
        return replace(self, **{level: identifier})


@dataclass
class Session:
    """name: for logs and counts, which never see the token."""

    name: str
    token: str
    account: Account
    opened_at: datetime
    calls: int = 0
    position: Position = Position()

    def describe(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "username": self.account.username,
            "opened_at": self.opened_at.isoformat(),
            "calls": self.calls,
            "state": self.position.state,
        }


class Sessions:
    """highest, highest_of: the most that were open at once, over all and by user name."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._open: dict[str, Session] = {}
        self._opened = 0
        self.highest = 0
        self.highest_of: Counter[str] = Counter()

    def open(self, account: Account, behaviour: Behaviour, now: datetime) -> Session:
        """Raises the Refusal of one too many."""
        held = [one for one in self.all(behaviour, now) if one.account.username == account.username]
        if behaviour.max_sessions is not None and len(held) >= behaviour.max_sessions:
            raise too_many_sessions(behaviour.max_sessions_status)
        self._opened += 1
        session = Session(f"session-{self._opened}", str(uuid4()), account, now)
        self._open[session.token] = session
        self.highest = max(self.highest, len(self._open))
        self.highest_of[account.username] = max(self.highest_of[account.username], len(held) + 1)
        return session

    def of(self, call: Call, behaviour: Behaviour, now: datetime) -> Session:
        """Whose call this is, and counts it. Raises the Refusal of a missing, unknown or ended session."""
        sent = next((value for name, value in call.headers.items() if name.lower() == "authorization"), "")
        self._drop_ended(behaviour, now)
        session = self._open.get(sent.removeprefix("Bearer ").strip().lower())
        if session is None:
            raise no_session()
        session.calls += 1
        return session

    def close(self, session: Session) -> None:
        self._open.pop(session.token, None)

    def close_all(self) -> None:
        """As when the service restarts: whoever was signed in is so no longer."""
        self._open.clear()

    def all(self, behaviour: Behaviour, now: datetime) -> list[Session]:
        self._drop_ended(behaviour, now)
        return list(self._open.values())

    def _drop_ended(self, behaviour: Behaviour, now: datetime) -> None:
        for session in list(self._open.values()):
            if _has_ended(session, behaviour, now):
                self.close(session)


def _has_ended(session: Session, behaviour: Behaviour, now: datetime) -> bool:
    if behaviour.session_calls is not None and session.calls >= behaviour.session_calls:
        return True
    seconds = behaviour.session_seconds
    return seconds is not None and now - session.opened_at >= timedelta(seconds=seconds)
