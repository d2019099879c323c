"""Which number stands, of those that sheet, platform and people say? Pure: the same readings give the same answer."""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from projects.creators import sentences
from projects.creators.readings import Epoch, Guard, Number, Reading, Side, Standing, standing

TOGETHER = timedelta(hours=1)
"""Two changes that are seen within this time may have happened in either order: nobody looked in between."""


class Policy(StrEnum):
    """MAX: the larger number. SHEET, PLATFORM: this side where it has a number. LATEST: the side that changed last.
    LOCKED: what a person typed, until it is unlocked."""

    MAX = "max"
    SHEET = "sheet"
    PLATFORM = "platform"
    LATEST = "latest"
    LOCKED = "locked"


class Kind(StrEnum):
    SPIKE = "spike"
    BOTH_CHANGED = "both_changed"


@dataclass(frozen=True)
class Conflict:
    """A question to a person. side: the one in doubt, where it is one. said: what it says. base: what was before."""

    kind: Kind
    side: Side | None = None
    said: int | None = None
    base: int | None = None


@dataclass(frozen=True)
class Decision:
    """value: None where nobody says a number. sheet, platform: what they say, also where it does not count.

    sentence: why it stands, for people. decided_at: when the newest of what it rests on was first said.
    """

    value: int | None
    policy: Policy
    source: Side | None
    sheet: int | None
    platform: int | None
    epoch: int
    sentence: str
    decided_at: datetime | None
    conflict: Conflict | None = None


NOBODY, DEFAULT_GUARD = Epoch(), Guard()


def merge(
    readings: Collection[Reading], *, policy: Policy = Policy.MAX, epoch: Epoch = NOBODY, guard: Guard = DEFAULT_GUARD
) -> Decision:
    one = standing(Side.SHEET, readings, epoch, guard)
    other = standing(Side.PLATFORM, readings, epoch, guard)
    sides = (one.confirmed_by(other, guard), other.confirmed_by(one, guard))
    answer = epoch.answer if epoch.side is Side.PERSON else None
    voices = [each for each in (*(side.number for side in sides), answer) if each]
    conflict = _conflict(policy, sides, voices)
    in_doubt = conflict is not None and conflict.kind is Kind.BOTH_CHANGED
    chosen = _chosen(Policy.MAX if in_doubt else policy, sides, voices)
    return Decision(
        chosen.value if chosen else None,
        policy,
        chosen.side if chosen else None,
        sides[0].said,
        sides[1].said,
        epoch.number,
        sentences.decision(policy, chosen, voices, sides, in_doubt=in_doubt),
        max((each.since for each in [*voices, *(side.held for side in sides)] if each), default=None),
        conflict,
    )


def highest(voices: Iterable[Number]) -> Number | None:
    """The largest; of equal ones the exact one, then the one that has been said for longer, then the sheet's."""
    return max(voices, key=_height, default=None)


def _height(number: Number) -> tuple[int, float, float, str]:
    return number.value, number.figures or math.inf, -number.since.timestamp(), number.side


def say_the_same(one: Number, other: Number) -> bool:
    """As far as the rounded one can tell."""
    if one.figures and not other.figures:
        return rounded_down(other.value, one.figures) == one.value
    if other.figures and not one.figures:
        return rounded_down(one.value, other.figures) == other.value
    return one.value == other.value


def rounded_down(value: int, figures: int) -> int:
    unit: int = 10 ** max(len(str(value)) - figures, 0)
    return value // unit * unit


def _chosen(policy: Policy, sides: Sequence[Standing], voices: Sequence[Number]) -> Number | None:
    exact = [each for each in voices if not _is_blurred(each, voices)]
    if policy is Policy.LATEST:
        moved = [side.number for side in sides if side.has_changed]
        return _latest([each for each in exact if each in moved or each.side is Side.PERSON]) or highest(exact)
    return _preferred(exact, PREFERRED[policy])


def _is_blurred(number: Number, voices: Sequence[Number]) -> bool:
    """Another one says the same, and more exactly."""
    return bool(number.figures) and any(not each.figures and say_the_same(each, number) for each in voices)


def _latest(voices: Sequence[Number]) -> Number | None:
    """An answer is later than all that was known when it was given."""
    newest = max(((each.since, each.side is Side.PERSON) for each in voices), default=None)
    return highest(each for each in voices if (each.since, each.side is Side.PERSON) == newest)


PREFERRED: dict[Policy, tuple[Side, ...]] = {
    Policy.MAX: (),
    Policy.SHEET: (Side.SHEET, Side.PERSON, Side.PLATFORM),
    Policy.PLATFORM: (Side.PLATFORM, Side.PERSON, Side.SHEET),
    Policy.LOCKED: (Side.PERSON,),
}


def _preferred(voices: Sequence[Number], order: Sequence[Side]) -> Number | None:
    """Of the first of these sides that has one, or else the highest."""
    named = [each for each in voices if each.side in order]
    return min(named, key=lambda each: order.index(each.side), default=None) or highest(voices)


def _conflict(policy: Policy, sides: Sequence[Standing], voices: Sequence[Number]) -> Conflict | None:
    """Nobody is asked what would change nothing."""
    for side in sides:
        if side.held and _would_stand(policy, side.held, sides, voices):
            return Conflict(Kind.SPIKE, side.side, side.held.value, side.base)
    if policy is Policy.LATEST and _both_changed(*sides):
        return Conflict(Kind.BOTH_CHANGED)
    return None


def _would_stand(policy: Policy, held: Number, sides: Sequence[Standing], voices: Sequence[Number]) -> bool:
    believed = [Standing(held.side, held, has_changed=True) if side.side is held.side else side for side in sides]
    return _chosen(policy, believed, [held, *(each for each in voices if each.side is not held.side)]) is held


def _both_changed(sheet: Standing, platform: Standing) -> bool:
    one, other = sheet.number, platform.number
    if one is None or other is None or not (sheet.has_changed and platform.has_changed):
        return False
    return abs(one.since - other.since) <= TOGETHER and not say_the_same(one, other)
