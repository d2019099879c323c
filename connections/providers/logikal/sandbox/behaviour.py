"""What nobody outside knows about the real service, or differs between installations: one knob each."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

Range = tuple[float, float]
OBSERVED: dict[str, Range] = {
    "login": (4.5, 8.6),
    "select_directory": (0.15, 0.15),
    "select_project": (0.88, 0.88),
    "select_phase": (0.13, 0.13),
    "select_elevation": (0.19, 0.19),
    "parts_list": (1.0, 2.5),
}
ASSUMED: Range = (0.15, 0.15)
"""Of every other call: nobody has measured them."""


@dataclass
class Behaviour:
    """going_up: the status of a way back up, 405 as specified or 409 as seen. sibling_select: whether a phase can be
    selected from the phase beside it, and an elevation from the one beside it. session_seconds, session_calls: how long
    a session lives by the sandbox's clock, and how many calls; None is for ever. max_sessions: of one user at once,
    answered with max_sessions_status (401 or 409) beyond. calls_per_minute: of everybody, answered with 429 beyond.
    latency_scale: the share of the simulated seconds that callers really wait. latencies: the shortest and the longest
    of each kind of call.
    """

    going_up: int = 409
    sibling_select: bool = False
    session_seconds: float | None = 24 * 3600
    session_calls: int | None = None
    max_sessions: int | None = None
    max_sessions_status: int = 409
    calls_per_minute: int | None = None
    latency_scale: float = 0.0
    latencies: dict[str, Range] = field(default_factory=lambda: dict(OBSERVED))

    def set(self, **wishes: Any) -> None:
        """set(going_up=405, latencies={"login": 1}): latencies that are not named stay."""
        unknown = wishes.keys() - {known.name for known in fields(self)}
        if unknown:
            raise ValueError(f"There is no knob {', '.join(sorted(unknown))}.")
        _check(wishes, "going_up", (405, 409))
        _check(wishes, "max_sessions_status", (401, 409))
        if "latencies" in wishes:
            changed = {kind: _range(seconds) for kind, seconds in wishes["latencies"].items()}
            wishes = {**wishes, "latencies": {**self.latencies, **changed}}
        for name, value in wishes.items():
            setattr(self, name, value)

    def latency(self, kind: str) -> Range:
        return self.latencies.get(kind, ASSUMED)


def _check(wishes: Mapping[str, Any], name: str, allowed: tuple[int, ...]) -> None:
    if wishes.get(name, allowed[0]) not in allowed:
        raise ValueError(f"{name} is one of {', '.join(map(str, allowed))}.")


def _range(seconds: Any) -> Range:
    """One number is shortest and longest in one."""
    if isinstance(seconds, int | float):
        return float(seconds), float(seconds)
    shortest, longest = map(float, seconds)
    return shortest, longest
