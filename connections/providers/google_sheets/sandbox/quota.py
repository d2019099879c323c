"""How many calls a minute each key may make: the sandbox is the referee, and counts reads and writes apart."""

from collections import defaultdict, deque
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from connections.providers.google_sheets.sandbox.errors import over_quota

MINUTE = timedelta(minutes=1)
WORDS = {"reads": "Read", "writes": "Write"}


@dataclass
class Behaviour:
    """What people and tests may set. None: there is no limit. told: whether a refusal says when to come again."""

    reads_per_minute: int | None = 60
    writes_per_minute: int | None = 60
    told: bool = False

    def set(self, **wishes: Any) -> None:
        unknown = wishes.keys() - {known.name for known in fields(self)}
        if unknown:
            raise ValueError(f"There is no knob {', '.join(sorted(unknown))}.")
        for name, value in wishes.items():
            setattr(self, name, value)


class Quota:
    """busiest: the most calls of one kind that any minute has let through, by e-mail and kind."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._calls: defaultdict[tuple[str, str], deque[datetime]] = defaultdict(deque)
        self.busiest: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self.refused = 0

    def charge(self, email: str, kind: str, behaviour: Behaviour, now: datetime) -> None:
        """Raises the Refusal of one call too many. Drive's calls count against nothing here."""
        if kind not in WORDS:
            return
        calls = self._calls[email, kind]
        while calls and now - calls[0] >= MINUTE:
            calls.popleft()
        most = getattr(behaviour, f"{kind}_per_minute")
        if most is not None and len(calls) >= most:
            self.refused += 1
            seconds = int((calls[0] + MINUTE - now).total_seconds()) + 1 if calls else 60
            raise over_quota(WORDS[kind], seconds=seconds if behaviour.told else None)
        calls.append(now)
        self.busiest[email][kind] = max(self.busiest[email].get(kind, 0), len(calls))

    def describe(self) -> dict[str, Any]:
        return {
            "busiest_minute": {email: dict(kinds) for email, kinds in self.busiest.items()},
            "refused": self.refused,
        }
