"""Do the calls that it needs fit, and how fast can it really go?"""

from collections.abc import Iterator

from connections.sources import CallLimit, Stream
from syncing import budget
from syncing.explaining.check import NEEDS_YOU, Check, Verdict, every, many, moments
from syncing.explaining.facts import Facts
from syncing.scheduler import verdicts


def calls(facts: Facts, stream: Stream) -> Iterator[Check]:
    if facts.schedule(stream).next_due_at is None:
        yield budgets(facts, 1)
        return
    wanted = facts.due if facts.is_due(stream.name) else [stream.name]
    try:
        needed = verdicts.calls(facts.known, wanted, facts.now)
    except Exception as error:
        yield broken(type(error).__name__)
        return
    yield budgets(facts, needed, is_due=facts.is_due(stream.name))
    if facts.is_fast(stream) and facts.schedule(stream).interval_seconds == facts.pace.asked:
        yield pace(facts)


def broken(error: str) -> Check:
    said = f"Its run cannot be planned ({error}), so it is tried again {every(verdicts.BROKEN_AGAIN)}."
    remedy = "Look for the traceback in the log: this is a mistake of ours, or in the connection's settings."
    return Check("planning", "Plan", Verdict.BLOCKS, said, remedy, looks=NEEDS_YOU)


def budgets(facts: Facts, needed: int, *, is_due: bool = False) -> Check:
    """Both limits of an account with their figures: the schedule's own, and that of all work together."""
    counted = [limit for limit in facts.scheduled_limits if limit.per_hour is not None]
    if not counted:
        return Check("budget", "Calls", Verdict.OK, "Its calls are not limited by the hour.")
    figures = f"{' and '.join(_figures(facts, limit) for limit in reversed(counted))} are used this hour"
    full = [limit for limit in counted if verdicts.is_full(limit, facts.fills[limit.bucket].used, needed)]
    if not full:
        return Check("budget", "Calls", Verdict.OK, f"There are calls left this hour. {figures}.")
    until = max(budget.free_at(limit, facts.now, verdicts.to_begin(limit, needed)) for limit in full)
    said = f"The next run needs at least {many(needed, 'call')}, and so many are not left this hour. {figures}."
    if not is_due:
        said += " It is not due, so that matters only if it stays so."
    verdict = Verdict.WAITS if is_due else Verdict.INFO
    return Check("budget", "Calls", verdict, said, _remedy(facts, full), moments(calls_are_free=until))


def _figures(facts: Facts, limit: CallLimit) -> str:
    whose = "all work together" if limit in facts.all_limits else "the schedule's own limit"
    return f"{facts.fills[limit.bucket].used:,} of {limit.per_hour:,} calls of {whose}"


def _remedy(facts: Facts, full: list[CallLimit]) -> str:
    if any(limit in facts.all_limits for limit in full):
        return "Nothing: it goes on by itself. Sync now waits too, because this limit is for all work together."
    return "Nothing: it goes on by itself. Sync now is not affected: this limit is the schedule's alone."


def pace(facts: Facts) -> Check:
    """What its fastest streams get in the long run: as often as the calls of their runs are earned. Each single run
    waits for a part of that only."""
    found = facts.pace
    limit = verdicts.tightest(facts.scheduled_limits)
    fast = [each for each in facts.known.schedules.values() if each.interval_seconds == found.asked]
    at = verdicts.again_at(fast, facts.fills[limit.bucket], facts.now) if limit else None
    verdict = Verdict.INFO if found.is_slower else Verdict.OK
    later = moments(may_come_again=at if at and at > facts.now else None)
    return Check("pace", "Effective pace", verdict, found.sentence, moments=later)
