"""One thing that was looked at to explain something, and what came of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from syncing.status.freshness import paced, spoken
from syncing.status.states import State


class Verdict(StrEnum):
    """waits: ends by itself. blocks: stays until somebody acts."""

    OK = "ok"
    INFO = "info"
    RUNS = "runs"
    WAITS = "waits"
    BLOCKS = "blocks"


DECIDING = (Verdict.RUNS, Verdict.WAITS, Verdict.BLOCKS)

STATES = {
    Verdict.OK: State("ok", "In order", "circle-check", "good", "Nothing here holds it back."),
    Verdict.INFO: State("note", "Good to know", "info-circle", "neutral", "It matters, and holds nothing back."),
    Verdict.RUNS: State("runs", "Running", "refresh", "info", "It is being read."),
    Verdict.WAITS: State("waits", "Waits", "hourglass", "wait", "It ends by itself."),
    Verdict.BLOCKS: State("blocks", "Stops it", "ban", "wait", "It stays so until somebody acts."),
}
NEEDS_YOU = State("fault", "Needs you", "alert-triangle", "bad", "Something is wrong, and a person has to act.")
CHOSEN = State("chosen", "By choice", "player-pause", "neutral", "Somebody chose it so.")
QUIETLY = State("later", "Not yet", "hourglass", "neutral", "Its time comes.")


TITLES = {
    "removed": "It was removed",
    "paused": "The connection is paused",
    "login": "The connection needs reconnecting",
    "mode": "The connection does not run in this mode",
    "quiet": "The provider wants quiet",
    "type": "This object type is switched off",
    "frequency": "Nothing is scheduled",
    "flag": "Background sync is off",
    "looks": "Nobody looks at what is due",
    "workers": "No worker runs what is due",
    "failures": "It failed, and waits for its next try",
    "due": "It is not due yet",
    "parent": "What it depends on comes first",
    "planning": "Its run cannot be planned",
    "budget": "There are no calls left for now",
    "another": "Another sync goes first",
    "starts": "It is due, and starts next",
}
"""What a deciding check means, in a few words."""


class Moment(NamedTuple):
    """label: what is at that time, as "due"."""

    label: str
    at: datetime


@dataclass(frozen=True)
class Check:
    """name: what was looked at. sentence: what was found, with its figures. remedy: what a person can do.

    state: how it looks, where that is not what its verdict says. moments: since when, and what happens when.
    """

    code: str
    name: str
    verdict: Verdict
    sentence: str
    remedy: str = ""
    moments: tuple[Moment, ...] = ()
    job_id: UUID | None = None
    looks: State | None = None

    @property
    def decides(self) -> bool:
        return self.verdict in DECIDING

    @property
    def state(self) -> State:
        return self.looks or STATES[self.verdict]

    @property
    def title(self) -> str:
        if self.code == "job":
            return "It is being read now" if self.verdict == Verdict.RUNS else "It waits in a sync that runs"
        return TITLES.get(self.code, self.name)


def moments(**found: datetime | None) -> tuple[Moment, ...]:
    """Those that there are: due_since=... is called "due since"."""
    return tuple(Moment(label.replace("_", " "), at) for label, at in found.items() if at)


def span(length: timedelta | float) -> str:
    """30 s, 5 min, 90 min, 2 days."""
    return spoken(length.total_seconds() if isinstance(length, timedelta) else length)


def every(length: timedelta | float) -> str:
    """every 30 s, every hour."""
    return paced(length.total_seconds() if isinstance(length, timedelta) else length)


def many(number: int, word: str) -> str:
    """1 call, 2 calls."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"
