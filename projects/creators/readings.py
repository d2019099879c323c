"""What does each side say of a number, since when, and may it be believed? Pure: no clock, no database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

METRICS = ("followers", "likes", "comments", "videos", "views", "following")

LARGEST = 2**63 - 1
"""What a column of whole numbers holds."""

KEPT = 8
"""So many changes of a side are remembered, and the number that was believed before them."""


class Side(StrEnum):
    """PERSON: a number that somebody typed as an answer."""

    SHEET = "sheet"
    PLATFORM = "platform"
    PERSON = "person"


@dataclass(frozen=True)
class Reading:
    """value: None where the side said nothing that is a number. observed_at: when it first said so.

    figures: only so many leading digits are exact, the others are rounded down; None: all are exact. is_base: it was
    believed when older ones were dropped, so nothing older can put it in doubt.
    """

    side: Side
    value: int | None
    observed_at: datetime
    figures: int | None = None
    is_base: bool = False


@dataclass(frozen=True)
class Number:
    """A reading that is a number."""

    side: Side
    value: int
    since: datetime
    figures: int | None = None
    is_base: bool = False


@dataclass(frozen=True)
class Epoch:
    """An answer of a person: `value` stands, as said by `side`, and only what has changed since then counts beside it.

    known_until: the newest reading that was known when it was given. number: 0 while nobody has answered.
    """

    number: int = 0
    known_until: datetime | None = None
    side: Side = Side.PERSON
    value: int | None = None

    @classmethod
    def from_json(cls, held: dict[str, Any]) -> Self:
        known_until = datetime.fromisoformat(held["known_until"])
        return cls(held["number"], known_until, Side(held["side"]), held["value"])

    def as_json(self) -> dict[str, Any]:
        known_until = self.known_until.isoformat() if self.known_until else None
        return {"number": self.number, "known_until": known_until, "side": self.side.value, "value": self.value}

    @property
    def answer(self) -> Number | None:
        if self.known_until is None or self.value is None:
            return None
        return Number(self.side, self.value, self.known_until)

    def is_before(self, number: Number) -> bool:
        """It was known when the answer was given."""
        return self.known_until is not None and number.since <= self.known_until


@dataclass(frozen=True)
class Guard:
    """A number `factor` times the one before is held, unless it is less than `floor` more. Factor 0: none is."""

    factor: int = 5
    floor: int = 1000

    def is_spike(self, before: int, after: int) -> bool:
        return self.factor > 1 and after >= before * self.factor and after - before >= self.floor


@dataclass(frozen=True)
class Standing:
    """One side. number: what counts of it. held: a newer one that nobody has confirmed, and `base`, what it is compared
    with. aside: one that was known when an answer put it aside. is_silent: it says no number at the moment.
    has_changed: the number has replaced another one."""

    side: Side
    number: Number | None = None
    held: Number | None = None
    base: int | None = None
    aside: Number | None = None
    is_silent: bool = False
    has_changed: bool = False

    @property
    def newest(self) -> Number | None:
        """Of what may count."""
        return self.held or self.number

    @property
    def said(self) -> int | None:
        last = self.newest or self.aside
        return last.value if last else None

    def confirmed_by(self, other: "Standing", guard: Guard) -> "Standing":
        """What is held counts where the other side says as much, or nearly."""
        witness = other.newest
        if self.held is None or witness is None or guard.is_spike(witness.value, self.held.value):
            return self
        return Standing(self.side, self.held, is_silent=self.is_silent, has_changed=True)


def standing(side: Side, readings: Iterable[Reading], epoch: Epoch, guard: Guard) -> Standing:
    own = [reading for reading in readings if reading.side is side]
    numbers = numbers_of(own)
    counting = [number for number in numbers if not epoch.is_before(number)]
    known = numbers[: len(numbers) - len(counting)]
    believed = epoch.answer if epoch.side is side else None
    believed, held, base = _believed(counting, believed, epoch.value, guard)
    return Standing(
        side,
        believed,
        held,
        base if held else None,
        aside=known[-1] if known and not (believed or held) else None,
        is_silent=bool(numbers and _silence(own)),
        has_changed=believed in counting and len(numbers) > 1,
    )


def _believed(
    numbers: Iterable[Number], believed: Number | None, base: int | None, guard: Guard
) -> tuple[Number | None, Number | None, int | None]:
    """The last one that is no spike, the spike after it if it is the newest, and what that is compared with."""
    held = None
    for number in numbers:
        if base is not None and not number.is_base and guard.is_spike(base, number.value):
            held = number
        else:
            believed, held, base = number, None, number.value
    return believed, held, base


def numbers_of(readings: Iterable[Reading]) -> list[Number]:
    """Oldest first, each with the moment since when it has been said. No number breaks no silence: what is said again
    after it was there all the time. Of two at one moment the higher counts."""
    at = {
        reading.observed_at: Number(reading.side, value, reading.observed_at, reading.figures, reading.is_base)
        for reading in sorted(readings, key=_order)
        if (value := reading.value) is not None
    }
    found: list[Number] = []
    for number in at.values():
        if not found or found[-1].value != number.value:
            found.append(number)
    return found


def kept(readings: Iterable[Reading], epoch: Epoch, guard: Guard) -> list[Reading]:
    """Of one side: as few of them as tell the same. Merging these gives what merging all of them gives."""
    own = sorted(readings, key=_order)
    numbers = numbers_of(own)
    recent = numbers[-KEPT:]
    earlier = numbers[:-KEPT]
    counting = [number for number in earlier if not epoch.is_before(number)]
    base = _believed(counting, None, epoch.value, guard)[0]
    found = [Reading(each.side, each.value, each.since, each.figures, is_base=True) for each in [base] if each]
    found += [Reading(each.side, each.value, each.since, each.figures, each.is_base) for each in recent]
    return found + (_silence(own)[:1] if numbers else [])


def _silence(readings: Iterable[Reading]) -> list[Reading]:
    """Those after its last number."""
    ordered = sorted(readings, key=_order)
    spoken = [place for place, reading in enumerate(ordered, start=1) if reading.value is not None]
    return ordered[spoken[-1] :] if spoken else ordered


def _order(reading: Reading) -> tuple[datetime, int, int, bool]:
    return reading.observed_at, -1 if reading.value is None else reading.value, reading.figures or 0, reading.is_base
