"""Where in the tree a session stands, and by which steps it gets there. Pure."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

Level = Literal["directory", "project", "phase", "elevation"]

SELECT: dict[Level, str] = {
    "directory": "directories/select",
    "project": "projects/select",
    "phase": "phases/select",
    "elevation": "elevations/select",
}
SIDEWAYS: tuple[Level, ...] = ("phase", "elevation")


class Step(NamedTuple):
    """One thing to select. identifier: the path of a directory, the id of anything else."""

    level: Level
    identifier: str


@dataclass(frozen=True)
class Place:
    """What is selected at each level. Without a directory it is the root."""

    directory: str = ""
    project: str = ""
    phase: str = ""
    elevation: str = ""

    @property
    def state(self) -> Level:
        if self.elevation:
            return "elevation"
        if self.phase:
            return "phase"
        return "project" if self.project else "directory"

    def steps(self) -> tuple[Step, ...]:
        """From the root, one after the other: `A`, then `A/B`, then what is in it."""
        names = self.directory.split("/") if self.directory else []
        prefixes = ("/".join(names[:depth]) for depth in range(1, len(names) + 1))
        down: tuple[tuple[Level, str], ...] = (
            ("project", self.project),
            ("phase", self.phase),
            ("elevation", self.elevation),
        )
        steps = [Step("directory", prefix) for prefix in prefixes]
        return (*steps, *(Step(level, identifier) for level, identifier in down if identifier))

    def after(self, step: Step) -> "Place":
        """What was selected above stays; what was below is left."""
        kept = {level: getattr(self, level) for level in SELECT if _is_above(level, step.level)}
        return Place(**kept | {step.level: step.identifier})


def steps_down(here: Place, there: Place) -> tuple[Step, ...] | None:
    """The steps that are left; None where the way leads up or aside."""
    done, wanted = here.steps(), there.steps()
    return wanted[len(done) :] if wanted[: len(done)] == done else None


def steps_aside(here: Place, there: Place) -> tuple[Step, ...] | None:
    """The steps of a way that begins with something beside what is selected, if the server lets us; None where there
    is no such way. Of directories also beside one further up, as their paths name them whole."""
    done, wanted = here.steps(), there.steps()
    shared = next((at for at, (one, other) in enumerate(zip(done, wanted, strict=False)) if one != other), None)
    if shared is None:
        return None
    level = wanted[shared].level
    if level == "directory":
        return wanted[shared:] if here.state == "directory" else None
    is_beside = shared == len(done) - 1 and done[shared].level == level
    return wanted[shared:] if is_beside and level in SIDEWAYS else None


def _is_above(level: Level, other: Level) -> bool:
    order = list(SELECT)
    return order.index(level) < order.index(other)
