"""What was asked of a stand-in, and the most that any rolling window saw."""

from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

REMEMBERED = 50_000


@dataclass(frozen=True)
class LoggedCall:
    """scope: what the provider counts the call against, such as an account. bucket: which of its limits."""

    at: datetime
    method: str
    path: str
    params: dict[str, str]
    status: int
    scope: str = ""
    bucket: str = ""
    fault: str = ""

    def describe(self) -> dict[str, Any]:
        return {**asdict(self), "at": self.at.isoformat()}


class CallLog:
    """The latest calls, so that a sandbox that runs for weeks stays small."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: deque[LoggedCall] = deque(maxlen=REMEMBERED)

    def record(self, call: LoggedCall) -> None:
        with self._lock:
            self._calls.append(call)

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()

    def all(self, *, scope: str = "", bucket: str = "", path: str = "") -> list[LoggedCall]:
        with self._lock:
            calls = list(self._calls)
        return [
            call for call in calls if scope in ("", call.scope) and bucket in ("", call.bucket) and path in call.path
        ]

    def busiest_hour(self, *, scope: str = "", bucket: str = "") -> int:
        """The most calls that any rolling hour of the sandbox's clock saw."""
        return busiest(call.at for call in self.all(scope=scope, bucket=bucket))


def busiest(instants: Iterable[datetime], window: timedelta = timedelta(hours=1)) -> int:
    ordered = sorted(instants)
    first = most = 0
    for last, instant in enumerate(ordered):
        while instant - ordered[first] >= window:
            first += 1
        most = max(most, last - first + 1)
    return most
