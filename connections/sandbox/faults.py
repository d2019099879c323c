"""Which calls go wrong, and how: rules that match calls, and the faults that any HTTP server can have."""

import random
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from threading import Condition, Lock
from typing import Any

from connections.sandbox.exchange import Call, Reply


@dataclass
class FaultRule:
    """What goes wrong (kind and its options), and for which calls.

    path: part of the path. where: parameters that must have exactly these values. nth: only these matching calls,
    counted from 1. probability: of each matching call, from a generator with its own seed. times: at most so often.
    """

    kind: str
    path: str = ""
    method: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    nth: tuple[int, ...] = ()
    probability: float = 1.0
    seed: int = 0
    times: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    matched: int = 0
    fired: int = 0

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    @classmethod
    def from_json(cls, wish: Mapping[str, Any]) -> "FaultRule":
        """`level` is short for where={"level": ...}; whatever has no meaning here is an option of the fault."""
        known = {key: wish[key] for key in ("kind", "path", "method", "probability", "seed", "times") if key in wish}
        where = {**wish.get("where", {}), **({"level": wish["level"]} if wish.get("level") else {})}
        nth = wish.get("nth", ())
        options = {key: value for key, value in wish.items() if key not in {*known, "where", "level", "nth"}}
        return cls(**known, where=where, nth=(nth,) if isinstance(nth, int) else tuple(nth), options=options)

    def matches(self, call: Call) -> bool:
        return (
            self.path in call.path
            and self.method in ("", call.method)
            and all(call.params.get(name) == value for name, value in self.where.items())
        )

    def fires(self) -> bool:
        """Whether this matching call is one that goes wrong. Counts it."""
        self.matched += 1
        due = not self.nth or self.matched in self.nth
        lucky = self.probability < 1 and self._dice.random() >= self.probability
        if not due or lucky or (self.times is not None and self.fired >= self.times):
            return False
        self.fired += 1
        return True

    def describe(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "path": self.path,
            "where": dict(self.where),
            "nth": list(self.nth),
            "probability": self.probability,
            "times": self.times,
            "matched": self.matched,
            "fired": self.fired,
            **self.options,
        }


class FaultBook:
    """The rules of one stand-in, and the gate at which held and hanging replies wait."""

    def __init__(self) -> None:
        self.rules: list[FaultRule] = []
        self._lock = Lock()
        self._gate = Condition()
        self._releases = 0
        self.waiting = 0

    def add(self, *rules: FaultRule | Mapping[str, Any]) -> None:
        """add({"kind": "html", "path": "/insights", "times": 1})"""
        made = [rule if isinstance(rule, FaultRule) else FaultRule.from_json(rule) for rule in rules]
        with self._lock:
            self.rules.extend(made)

    def clear(self) -> None:
        """Forget all rules and let go of whatever still waits."""
        with self._lock:
            self.rules.clear()
        self.release()

    def pick(self, call: Call, kinds: Collection[str] | None = None) -> list[FaultRule]:
        """kinds: of faults that such a call can have; all, where none are named."""
        with self._lock:
            possible = [rule for rule in self.rules if kinds is None or rule.kind in kinds]
            return [rule for rule in possible if rule.matches(call) and rule.fires()]

    def release(self) -> None:
        with self._gate:
            self._releases += 1
            self._gate.notify_all()

    def wait_for_release(self) -> None:
        with self._gate:
            before = self._releases
            self.waiting += 1
            self._gate.wait_for(lambda: self._releases > before)
            self.waiting -= 1


def damage(reply: Reply, rules: Iterable[FaultRule]) -> Reply:
    """The reply after every rule that any server can suffer; rules of other kinds are left alone."""
    for rule in rules:
        if rule.kind in WIRE_FAULTS:
            reply = WIRE_FAULTS[rule.kind](reply, rule.options)
    return reply


def _html(reply: Reply, options: Mapping[str, Any]) -> Reply:
    """A proxy in front of the service speaks HTML."""
    page = b"<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Bad Gateway</h1></body></html>"
    return Reply(status=options.get("status", 502), body=page, content_type="text/html; charset=utf-8")


def _replaced(reply: Reply, options: Mapping[str, Any]) -> Reply:
    body = options.get("body", "")
    return replace(reply, status=options.get("status", 200), body=body.encode())


def _garbage(reply: Reply, options: Mapping[str, Any]) -> Reply:
    return replace(reply, body=b'{"data":[{"id":"1", oops')


def _nothing(reply: Reply, options: Mapping[str, Any]) -> Reply:
    return replace(reply, body=b"")


def _broken(**delivery: Any) -> Callable[[Reply, Mapping[str, Any]], Reply]:
    return lambda reply, options: reply.delivered(**delivery)


def _slow(reply: Reply, options: Mapping[str, Any]) -> Reply:
    return reply.delivered(manner="slow", bytes_per_second=options.get("bytes_per_second", 1.0))


def _delayed(reply: Reply, options: Mapping[str, Any]) -> Reply:
    return reply.delivered(delay_seconds=reply.delivery.delay_seconds + options.get("ms", 0) / 1000)


WIRE_FAULTS: dict[str, Callable[[Reply, Mapping[str, Any]], Reply]] = {
    "html": _html,
    "body": _replaced,
    "garbage": _garbage,
    "empty_body": _nothing,
    "hang": _broken(manner="hang"),
    "hold": _broken(held=True),
    "reset": _broken(manner="reset"),
    "truncated": _broken(manner="truncated"),
    "slow": _slow,
    "delay": _delayed,
}
