"""The words for every state: what it is called, how it looks and what it means."""

from dataclasses import dataclass
from typing import Literal

from syncing.models import Decision

Tone = Literal["neutral", "info", "good", "wait", "bad"]
"""How a state looks. bad is red, and red only where a person must act."""


@dataclass(frozen=True)
class State:
    code: str
    word: str
    icon: str
    tone: Tone
    meaning: str


def _by_code(*states: State) -> dict[str, State]:
    return {state.code: state for state in states}


CONNECTION = _by_code(
    State("idle", "Idle", "circle-check", "neutral", "Nothing is running. The last sync ended well."),
    State("queued", "Queued", "hourglass", "info", "A sync waits for its turn."),
    State("syncing", "Syncing", "refresh", "info", "A sync is running."),
    State("error", "Error", "alert-triangle", "bad", "The last sync did not end well, and a person has to act."),
    State("retrying", "Error", "alert-triangle", "wait", "The last sync did not end well. The next one tries again."),
    State("paused", "Paused", "player-pause", "neutral", "Nothing runs until somebody resumes it."),
    State(
        "needs_reconnect",
        "Needs reconnecting",
        "plug-connected-x",
        "bad",
        "The login no longer works. Connect it again.",
    ),
    State(
        "rate_limited",
        "Rate limited",
        "clock-exclamation",
        "wait",
        "The provider asked for quiet. It goes on by itself.",
    ),
    State("waiting", "Waiting for calls", "hourglass", "wait", "The schedule's calls of this hour are used up."),
    State("wrong_mode", "Not running", "ban", "wait", "It was made for another mode of this installation."),
    State("never_synced", "Never synced", "circle-dashed", "neutral", "Nothing has been read yet."),
)

FRESHNESS = _by_code(
    State("failing", "Failing", "alert-triangle", "wait", "The last attempt failed."),
    State("stale", "Stale", "history", "wait", "It is older than it may be."),
    State("due", "Due", "hourglass", "info", "It is time to look again."),
    State("never", "Never read", "circle-dashed", "neutral", "It has not been read yet."),
    State("not_scheduled", "Not scheduled", "calendar-off", "neutral", "No schedule reads it."),
    State("paused", "Paused", "player-pause", "neutral", "Its connection is paused."),
    State("fresh", "Fresh", "circle-check", "good", "It is not older than it may be."),
)
"""Worst first: a connection is as fresh as the worst of its streams."""

JOB = _by_code(
    State("pending", "Queued", "hourglass", "info", "It waits for its turn."),
    State("in_progress", "Syncing", "refresh", "info", "It is running."),
    State("completed", "Completed", "circle-check", "good", "Everything was read."),
    State(
        "completed_with_failures", "Partly failed", "alert-triangle", "wait", "Some pieces failed; the rest is stored."
    ),
    State("failed", "Failed", "circle-x", "wait", "No piece succeeded."),
    State("cancelled", "Cancelled", "ban", "neutral", "Somebody stopped it. What was read is stored."),
)

CHUNK = _by_code(
    State("pending", "Waiting", "hourglass", "neutral", "It waits for its turn."),
    State("running", "Running", "refresh", "info", "It is being read now."),
    State("completed", "Completed", "circle-check", "good", "It was read to its end."),
    State("failed", "Failed", "circle-x", "wait", "It was given up. Its error says why."),
    State("cancelled", "Cancelled", "ban", "neutral", "Somebody stopped its job."),
)

SCHEDULER = _by_code(
    State("at_work", "At work", "circle-check", "good", "It looks regularly at what is due."),
    State("late", "Late", "alert-triangle", "wait", "It has not looked for longer than it should."),
    State("failing", "Failing", "alert-triangle", "wait", "Its last look ended in an error, which is in the log."),
    State("unseen", "Not seen yet", "circle-dashed", "neutral", "It has not looked yet."),
    State("off", "Off", "ban", "neutral", "Background sync is switched off: nothing starts by itself."),
)

ROUND = _by_code(
    State("off", "Switched off", "player-pause", "neutral", "Beat does not send it. The admin switches it on."),
    State("overdue", "Overdue", "alert-triangle", "wait", "Several of its runs in a row are missing."),
    State("failed", "Failed", "alert-triangle", "wait", "Its last run ended with an error."),
    State("waits", "Not run yet", "circle-dashed", "neutral", "Its first run is to come."),
    State("runs", "Runs", "circle-check", "good", "It ran when it should have."),
)

VERDICTS = {
    Decision.Verdict.STARTED: State("started", "Started", "player-play", "good", "It was due, and a sync began."),
    Decision.Verdict.BUDGET: State("budget", "Held back", "hourglass", "wait", "There were no calls left."),
    Decision.Verdict.BLOCKED: State("blocked", "Held back", "clock-exclamation", "wait", "The provider wanted quiet."),
    Decision.Verdict.PARENT: State("parent", "Held back", "hourglass", "wait", "What it depends on comes first."),
    Decision.Verdict.BREAKER: State("breaker", "Slowed down", "alert-triangle", "wait", "It failed again and again."),
    Decision.Verdict.BROKEN: State("broken", "Held back", "alert-triangle", "bad", "It could not be planned."),
}
"""By what the scheduler decided about a stream that was due."""

UNKNOWN = State("unknown", "Unknown", "info-circle", "neutral", "This release has no word for it.")
