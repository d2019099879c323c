"""How fresh is one stream, and what is there to say about it? Pure: no clock, no database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncing import freshness as rules
from syncing.models import Decision, ObjectSyncConfig, SyncSchedule
from syncing.status.states import FRESHNESS, State

STEPS = (("year", 31_536_000), ("month", 2_592_000), ("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))
HELD_BACK = {Decision.Verdict.BUDGET, Decision.Verdict.BLOCKED, Decision.Verdict.PARENT, Decision.Verdict.BROKEN}


@dataclass(frozen=True)
class Freshness:
    """note: what its word leaves open. every: seconds between two looks, None without a schedule. stale_after: the age
    in seconds at which somebody should know. is_wanted: nobody has switched its type off."""

    state: State
    note: str = ""
    every: int | None = None
    stale_after: int | None = None
    is_wanted: bool = True


NEVER = Freshness(FRESHNESS["never"])


def freshness(
    schedule: SyncSchedule, config: ObjectSyncConfig | None, *, paused: bool, now: datetime, why_not: str = ""
) -> Freshness:
    """The same as `overall.rank` says in the database. why_not: why its connection does not run as things are."""
    is_wanted = config is None or config.is_sync_enabled
    state = FRESHNESS[_code(schedule, is_wanted, paused, now)]
    every = schedule.interval_seconds
    return Freshness(
        state,
        _note(state.code, schedule, is_wanted, why_not),
        every,
        _stale_after(every, schedule, config) if every else None,
        is_wanted,
    )


def worst(each: Iterable[Freshness]) -> State:
    """The one that a person should hear of first; what is switched off says nothing of the others."""
    order = list(FRESHNESS)
    wanted = [one.state for one in each if one.is_wanted]
    return min(wanted, key=lambda state: order.index(state.code), default=FRESHNESS["not_scheduled"])


def relative(moment: datetime, now: datetime) -> str:
    """static/js/freshet.js says the same words as time goes on."""
    seconds = int((now - moment).total_seconds())
    if abs(seconds) < 5:
        return "in a moment" if moment > now else "just now"
    unit, length = next((unit, length) for unit, length in STEPS if abs(seconds) >= length)
    number = abs(seconds) // length
    words = f"{number} {unit}{'' if number == 1 else 's'}"
    return f"{words} ago" if seconds > 0 else f"in {words}"


def spoken(seconds: float) -> str:
    """30 s, 90 min, 4 h, 2 days: a length of time in one unit, as exact as anybody wants it."""
    length = round(seconds)
    for unit, per, most in (("s", 60, 600), ("min", 60, 600), ("h", 24, 72)):
        if length % per and length < most:
            return f"{length} {unit}"
        length = round(length / per)
    return f"{length} day{'' if length == 1 else 's'}"


def paced(seconds: float) -> str:
    """every 30 s, every hour, every 2 days."""
    said = spoken(seconds)
    return {"1 min": "every minute", "1 h": "every hour", "1 day": "every day"}.get(said, f"every {said}")


def _code(schedule: SyncSchedule, is_wanted: bool, paused: bool, now: datetime) -> str:
    if paused:
        return "paused"
    if not is_wanted:
        return "not_scheduled"
    if schedule.consecutive_failures:
        return "failing"
    if schedule.last_completed_at is None:
        return "never"
    if schedule.next_due_at is None:
        return "not_scheduled"
    if schedule.stale_at and schedule.stale_at <= now:
        return "stale"
    return "due" if schedule.next_due_at <= now else "fresh"


def _stale_after(every: int, schedule: SyncSchedule, config: ObjectSyncConfig | None) -> int:
    """As it was reckoned when it was last read."""
    if schedule.stale_at and schedule.last_completed_at:
        return round((schedule.stale_at - schedule.last_completed_at).total_seconds())
    threshold = timedelta(minutes=config.staleness_threshold_minutes if config else 0)
    return round(rules.stale_after(threshold, timedelta(seconds=every)).total_seconds())


def _note(code: str, schedule: SyncSchedule, is_wanted: bool, why_not: str) -> str:
    if not is_wanted:
        return "switched off"
    if code == "failing":
        times = schedule.consecutive_failures
        return "the last try failed" if times == 1 else f"the last {times} tries failed"
    if code == "not_scheduled":
        return "read when somebody asks"
    if code in ("stale", "due", "never") and schedule.next_due_at:
        return why_not or _held_back(schedule)
    return ""


def _held_back(schedule: SyncSchedule) -> str:
    if schedule.verdict not in HELD_BACK:
        return ""
    return Decision.Verdict(schedule.verdict).label.partition(": ")[2]
