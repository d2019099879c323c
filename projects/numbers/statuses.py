"""What do providers call a thing that runs, rests or is in trouble, and how does it look on a page?"""

from dataclasses import dataclass

RUNS = frozenset({"ACTIVE", "ENABLED", "ELIGIBLE", "LEARNING"})
TROUBLE = frozenset({"DISAPPROVED", "WITH_ISSUES", "PENDING_BILLING_INFO", "LIMITED", "MISCONFIGURED", "NOT_ELIGIBLE"})
WAITS = frozenset({"PENDING", "PENDING_REVIEW", "PREAPPROVED", "IN_PROCESS"})
GONE = frozenset({"ARCHIVED", "DELETED", "REMOVED"})


@dataclass(frozen=True)
class Status:
    """For partials/pill.html. A status that we have no look for keeps its word."""

    code: str
    word: str
    icon: str
    tone: str
    meaning: str


def status(said: str) -> Status | None:
    """None where the structure has not been read or says nothing."""
    if not said:
        return None
    icon, tone = _look(said.upper())
    word = said.replace("_", " ").capitalize()
    return Status("thing", word, icon, tone, f"The provider says: {said}")


def _look(said: str) -> tuple[str, str]:
    if said in RUNS:
        return "circle-check", "good"
    if said in TROUBLE:
        return "alert-triangle", "wait"
    if said in WAITS:
        return "hourglass", "info"
    if said in GONE:
        return "ban", "neutral"
    return ("player-pause" if said.endswith("PAUSED") else "info-circle"), "neutral"
