"""The stand-in for LOGIKAL's REST API: answers calls, counts them, and lets itself be controlled."""

from dataclasses import replace
from typing import Any

from connections.providers.logikal.sandbox import flaws, hands
from connections.providers.logikal.sandbox.accounts import DEMO_USER, Account
from connections.providers.logikal.sandbox.behaviour import Behaviour
from connections.providers.logikal.sandbox.controls import CONTROLS
from connections.providers.logikal.sandbox.edits import Lock
from connections.providers.logikal.sandbox.errors import Refusal, wrong_state
from connections.providers.logikal.sandbox.pace import Simulated
from connections.providers.logikal.sandbox.parts.lists import parts_list
from connections.providers.logikal.sandbox.parts.variants import check
from connections.providers.logikal.sandbox.present import Present
from connections.providers.logikal.sandbox.routes import WRITE, Route, route
from connections.providers.logikal.sandbox.sessions import Session
from connections.providers.logikal.sandbox.truth import Truth, truth
from connections.providers.logikal.sandbox.visit import Visit, World, body_of
from connections.sandbox.calls import LoggedCall
from connections.sandbox.clock import SandboxClock
from connections.sandbox.exchange import Call, Reply, json_reply
from connections.sandbox.faults import FaultRule, damage
from connections.sandbox.stand_in import StandIn

BINARY = "application/octet-stream"
SECRET_PARAMS = frozenset({"username", "password", "token", "authorization"})


class LogikalSandbox(StandIn):
    """Below /logikal/api/v3. The logins that it knows stand in accounts.py, its knobs in behaviour.py."""

    name = "logikal"
    fault_kinds = flaws.KINDS

    def __init__(self, clock: SandboxClock) -> None:
        super().__init__(clock)
        self.world = World()
        self.writes: list[LoggedCall] = []

    def reset(self) -> None:
        super().reset()
        with self.world.lock:
            self.world.reset()
            self.writes.clear()

    def answer(self, call: Call) -> Reply:
        found, identifier = route(call.method, call.path)
        call = replace(call, params={**call.params, **_selected(found, call)})
        rules = self.faults.pick(call)
        with self.world.lock:
            visit = Visit(self.world, call, self.clock.now(), identifier)
            reply = self._reply(found, visit, rules)
            session = visit.opened.name if visit.opened else ""
            seconds = self.simulated.add(found.kind, session, self.behaviour) * self.behaviour.latency_scale
        reply = damage(reply.delivered(delay_seconds=seconds), rules)
        self._log(visit, found, reply, session, rules)
        return reply

    def _reply(self, found: Route, visit: Visit, rules: list[FaultRule]) -> Reply:
        try:
            return _enveloped(flaws.spoil(self._data(found, visit, rules), rules))
        except Refusal as refused:
            return refused.reply()

    def _data(self, found: Route, visit: Visit, rules: list[FaultRule]) -> Any:
        self.world.rate.charge(self.behaviour, visit.now)
        if found.needs_session:
            visit.opened = self.world.sessions.of(visit.call, self.behaviour, visit.now)
        flaws.refuse(rules)
        if found.state and visit.position.state != found.state:
            raise wrong_state(found.state)
        return found.answer(visit)

    def _log(self, visit: Visit, found: Route, reply: Reply, session: str, rules: list[FaultRule]) -> None:
        """By the session's name: neither tokens nor bodies are kept."""
        call, fault = visit.call, ",".join(rule.kind for rule in rules)
        params = {name: value for name, value in call.params.items() if name.lower() not in SECRET_PARAMS}
        logged = LoggedCall(visit.now, call.method, call.path, params, reply.status, session, found.kind, fault)
        self.calls.record(logged)
        if found.kind == WRITE:
            self.writes.append(logged)

    @property
    def behaviour(self) -> Behaviour:
        return self.world.behaviour

    @property
    def simulated(self) -> Simulated:
        return self.world.simulated

    def set(self, **knobs: Any) -> None:
        """set(going_up=405, max_sessions=1): see Behaviour."""
        with self.world.lock:
            self.behaviour.set(**knobs)

    def add_account(self, username: str, **options: Any) -> Account:
        """Create or replace one: add_account("two", projects=2, elevations=(3, 3), change_days=0)."""
        account = Account.from_json({"username": username, **options})
        check(account.parts_variant)
        with self.world.lock:
            return self.world.accounts.add(account)

    def account(self, username: str = DEMO_USER) -> Account:
        return self.world.accounts.get(username)

    def open_sessions(self) -> list[Session]:
        with self.world.lock:
            return self.world.sessions.all(self.behaviour, self.clock.now())

    def end_sessions(self) -> None:
        with self.world.lock:
            self.world.sessions.close_all()

    @property
    def most_sessions(self) -> int:
        """That ever were open at once."""
        return self.world.sessions.highest

    def change(self, key: str, *, account: str = "", silent: bool = False, **fields: Any) -> None:
        """Other values: change(elevation_id, name="New"), change(project_id, directory="Windows").

        key: a directory's path, the id of a project or elevation, or `<project id>/<phase id>`.
        account: whose, where it could be another's. silent: neither version nor dates move.
        """
        with self.world.lock:
            hands.change(self._holder(key, account), key, self.clock.now(), fields, silent=silent)

    def delete(self, key: str, *, account: str = "") -> None:
        """A project is listed as deleted; anything else is listed no longer."""
        with self.world.lock:
            hands.delete(self._holder(key, account), key, self.clock.now())

    def recycle(self, key: str, *, account: str = "") -> None:
        with self.world.lock:
            hands.recycle(self._holder(key, account), key, self.clock.now())

    def exclude(self, key: str, *, account: str = "") -> None:
        """As if it and all below it had never been there; what is restored later appears as new."""
        with self.world.lock:
            hands.exclude(self._holder(key, account), key)

    def restore(self, key: str, *, account: str = "") -> None:
        with self.world.lock:
            hands.restore(self._holder(key, account), key, self.clock.now())

    def lock(self, project: str, *, account: str = "") -> None:
        """As while another user works in it."""
        self._close(project, account, "locked")

    def forbid(self, project: str, *, account: str = "") -> None:
        self._close(project, account, "forbidden")

    def unlock(self, project: str, *, account: str = "") -> None:
        self._close(project, account, "")

    def choose_parts(self, elevation: str, variant: str, *, account: str = "") -> None:
        """What is wrong with its parts list from now on; "" for nothing. Version and dates stay."""
        with self.world.lock:
            hands.choose_parts(self._holder(elevation, account), elevation, variant)

    def parts_list(self, elevation: str, *, account: str = "") -> bytes:
        """The file that its parts list is now, before base64."""
        holder = self._holder(elevation, account)
        return parts_list(Present(holder, self.clock.minute()), holder.tree.elevations[elevation])

    def truth(self, username: str = DEMO_USER) -> Truth:
        """Everything that this login can find at this minute."""
        return truth(Present(self.account(username), self.clock.minute()))

    def control(self, call: Call) -> Any:
        asked = CONTROLS.get(call.path.strip("/"))
        return asked(self, call) if asked else super().control(call)

    def _close(self, project: str, username: str, kind: Lock) -> None:
        with self.world.lock:
            hands.lock(self._holder(project, username), project, kind)

    def _holder(self, key: str, username: str) -> Account:
        return self.world.accounts.holder_of(key, username)


def _selected(found: Route, call: Call) -> dict[str, str]:
    """The identifier of a selecting call, so that logs show it and faults can look for it."""
    if not found.kind.startswith("select_"):
        return {}
    identifier = (body_of(call) or {}).get("identifier")
    return {"identifier": identifier} if isinstance(identifier, str) else {}


def _enveloped(data: Any) -> Reply:
    if isinstance(data, bytes):
        return Reply(body=data, content_type=BINARY)
    envelope = {} if data is None else {"data": data}
    return json_reply({**envelope, "hints": [], "warnings": []})
