"""In which state is what is held of a node of the tree? Pure; the words are for partials/pill.html."""

from dataclasses import dataclass, replace

from projects.models import Directory, Elevation, LogikalProject, Phase
from projects.numbers.statuses import Status

FRESH = Status("fresh", "Up to date", "circle-check", "good", "It is held in the version that the last list told.")
CHANGED = Status("changed", "Changed, not yet read", "hourglass", "info", "The next sync reads it.")
AGAIN = Status("again", "To be read again", "refresh", "info", "Somebody asked for it. The next sync reads it.")
NEVER = Status("never", "Not read yet", "circle-dashed", "neutral", "Its contents have not been read yet.")
REFUSED = Status("refused", "Refused", "alert-triangle", "wait", "The last attempt to read it did not end.")
PARTS_REFUSED = Status("refused", "Parts refused", "alert-triangle", "wait", "Its parts list could not be read.")
MISSING = Status("missing", "Missing", "map-off", "neutral", "The last list lacked it. What was read of it is kept.")
DELETED = Status("deleted", "Deleted", "trash", "neutral", "It is deleted there. What was read of it is kept.")
BINNED = Status("binned", "Recycle bin", "trash", "neutral", "It lies in the recycle bin.")
EXCLUDED = Status("excluded", "Excluded", "ban", "neutral", "The connection's options leave it out.")


@dataclass(frozen=True)
class Counts:
    """Projects that are there, in a directory and below: all, those to be read, and those that were refused."""

    projects: int = 0
    waiting: int = 0
    refused: int = 0

    def plus(self, other: "Counts") -> "Counts":
        return Counts(self.projects + other.projects, self.waiting + other.waiting, self.refused + other.refused)


@dataclass(frozen=True)
class Held:
    """What is known of the parts list of an elevation."""

    version: str
    again: bool
    refusal: str
    part_count: int
    warning_count: int


def directory_state(directory: Directory, counts: Counts, *, is_excluded: bool) -> Status | None:
    """None where there is nothing to read."""
    if directory.missing_since:
        return MISSING
    if is_excluded:
        return EXCLUDED
    if counts.refused:
        return replace(REFUSED, word=f"{counts.refused} refused", meaning="Of its projects, with those below.")
    if counts.waiting:
        return replace(CHANGED, word=f"{counts.waiting} to be read", meaning="Of its projects, with those below.")
    return FRESH if counts.projects else None


def project_state(project: LogikalProject, fields: tuple[str, ...]) -> Status:
    if project.missing_since:
        return MISSING
    if project.is_deleted:
        return DELETED
    if project.refusal and project.refused_at:
        return replace(REFUSED, meaning=project.refusal)
    read = [getattr(project, field) for field in fields]
    if all(version == project.version for version in read):
        return FRESH
    if any(read):
        return CHANGED
    return AGAIN if project.forced_at else NEVER


def phase_state(phase: Phase, its_project: Status) -> Status:
    """It is read with its project."""
    return MISSING if phase.missing_since else its_project


def elevation_state(elevation: Elevation, held: Held | None, *, reads_parts: bool) -> Status:
    if elevation.missing_since:
        return MISSING
    if elevation.is_in_recycle_bin:
        return BINNED
    if not reads_parts:
        return FRESH
    if held is None:
        return NEVER
    if held.again:
        return AGAIN
    if held.refusal:
        return replace(PARTS_REFUSED, meaning=held.refusal)
    return FRESH if held.version == elevation.version else CHANGED
