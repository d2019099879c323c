"""One call while it is answered, and the world that it is answered from."""

from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock
from typing import Any

from connections.providers.logikal.sandbox.accounts import Accounts
from connections.providers.logikal.sandbox.behaviour import Behaviour
from connections.providers.logikal.sandbox.errors import bad_request
from connections.providers.logikal.sandbox.pace import RateLimit, Simulated
from connections.providers.logikal.sandbox.present import Present
from connections.providers.logikal.sandbox.sessions import Position, Session, Sessions
from connections.sandbox.exchange import Call


@dataclass
class World:
    """Everything that lasts from call to call."""

    accounts: Accounts = field(default_factory=Accounts)
    behaviour: Behaviour = field(default_factory=Behaviour)
    sessions: Sessions = field(default_factory=Sessions)
    simulated: Simulated = field(default_factory=Simulated)
    rate: RateLimit = field(default_factory=RateLimit)
    lock: RLock = field(default_factory=RLock)

    def reset(self) -> None:
        self.accounts.reset()
        self.behaviour = Behaviour()
        self.sessions.reset()
        self.simulated.reset()
        self.rate.reset()


@dataclass
class Visit:
    """identifier: the one in the path. opened: the session once it is known, or that the call has opened."""

    world: World
    call: Call
    now: datetime
    identifier: str = ""
    opened: Session | None = None

    @property
    def session(self) -> Session:
        if self.opened is None:
            raise LookupError("This call needs no session.")
        return self.opened

    @property
    def position(self) -> Position:
        return self.session.position

    @property
    def present(self) -> Present:
        return Present(self.session.account, self.now.replace(second=0, microsecond=0))

    @property
    def behaviour(self) -> Behaviour:
        return self.world.behaviour

    def body(self) -> dict[str, Any]:
        body = body_of(self.call)
        if body is None:
            raise bad_request("The body is no JSON object.")
        return body


def body_of(call: Call) -> dict[str, Any] | None:
    try:
        body = call.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
