"""What a provider's stand-in has to offer to be mounted on the sandbox server."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from connections.sandbox.calls import CallLog
from connections.sandbox.clock import SandboxClock
from connections.sandbox.exchange import Call, Reply
from connections.sandbox.faults import WIRE_FAULTS, FaultBook


class UnknownControlError(Exception):
    """The stand-in has no such control."""


class StandIn(ABC):
    """Answers like one provider, below the prefix that is its name."""

    name: ClassVar[str]
    fault_kinds: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, clock: SandboxClock) -> None:
        self.clock = clock
        self.faults = FaultBook()
        self.calls = CallLog()

    @abstractmethod
    def answer(self, call: Call) -> Reply:
        """What the provider would say."""

    def control(self, call: Call) -> Any:
        """Answer /_sandbox/<name>/<path> with JSON, or with a reply such as a page. Raises UnknownControlError."""
        controls = {"faults": self._control_faults, "release": self._release, "calls": self._control_calls}
        asked = controls.get(call.path.strip("/"))
        if asked is None:
            raise UnknownControlError(call.path)
        return asked(call)

    def keep_in(self, folder: Path) -> None:
        """Remember here what has to outlive this process, such as a key that was handed out."""
        return

    def start(self, port: int) -> None:
        """Begin whatever listens beside the server, which is at this port: who comes back there is looked for where it
        was."""
        return

    def stop(self) -> None:
        """Let go of it."""
        return

    def also_at(self) -> dict[str, str]:
        """Addresses beside the one below the prefix, by what is spoken there."""
        return {}

    def reset(self) -> None:
        """As it was when it started."""
        self.faults.clear()
        self.calls.clear()

    def _control_faults(self, call: Call) -> Any:
        if call.method == "DELETE":
            self.faults.clear()
        if call.method == "POST":
            wishes = call.json()
            self._add_faults(wishes if isinstance(wishes, list) else [wishes])
        return {"rules": [rule.describe() for rule in self.faults.rules], "waiting": self.faults.waiting}

    def _add_faults(self, wishes: list[dict[str, Any]]) -> None:
        known = self.fault_kinds | WIRE_FAULTS.keys()
        for wish in wishes:
            if wish.get("kind") not in known:
                raise ValueError(f"There is no fault {wish.get('kind')!r}. Known are: {', '.join(sorted(known))}.")
        self.faults.add(*wishes)

    def _release(self, call: Call) -> Any:
        waited = self.faults.waiting
        self.faults.release()
        return {"released": waited}

    def _control_calls(self, call: Call) -> Any:
        if call.method == "DELETE":
            self.calls.clear()
        scope, bucket = call.params.get("scope", ""), call.params.get("bucket", "")
        calls = self.calls.all(scope=scope, bucket=bucket, path=call.params.get("path", ""))
        return {
            "count": len(calls),
            "busiest_hour": self.calls.busiest_hour(scope=scope, bucket=bucket),
            "calls": [logged.describe() for logged in calls],
        }
