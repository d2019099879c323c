"""Does anybody look at what is due, and does anybody run it?"""

from collections.abc import Iterator

from django.conf import settings

from connections.sources import Stream
from syncing import periodic
from syncing.explaining.check import CHOSEN, NEEDS_YOU, Check, Verdict, every, many, moments
from syncing.explaining.facts import Facts, Look
from syncing.status.rounds import is_silent


def looked_at(facts: Facts, stream: Stream) -> Iterator[Check]:
    yield flag(facts)
    if settings.BACKGROUND_SYNC_ENABLED:
        yield looks(facts, stream)


def runs(facts: Facts) -> Iterator[Check]:
    """Without background sync, whoever starts a sync runs it too."""
    if settings.BACKGROUND_SYNC_ENABLED:
        yield workers(facts)


def flag(facts: Facts) -> Check:
    if settings.BACKGROUND_SYNC_ENABLED:
        return Check("flag", "Background sync", Verdict.OK, "Background sync is on.")
    remedy = "Set BACKGROUND_SYNC_ENABLED=true and restart. Sync now works all the same."
    ran = [(look.ran_at, look.every) for look in facts.looks.values() if look.ran_at]
    taken = [at for at, apart in ran if not is_silent(at, apart, facts.now)]  # a Beat's start is no look: it does none
    if taken:
        said = (
            "Background sync is off here, so no worker and no Beat run. Yet what is due was looked at a moment ago:"
            " if an outside cron does that, it goes on."
        )
        return Check("flag", "Background sync", Verdict.INFO, said, remedy, moments(last_look=max(taken)))
    said = "Background sync is off (BACKGROUND_SYNC_ENABLED=false): nothing starts by itself."
    return Check("flag", "Background sync", Verdict.BLOCKS, said, remedy, looks=CHOSEN)


def looks(facts: Facts, stream: Stream) -> Check:
    """The general look starts what is fast too, only later."""
    general, fast = facts.looks[periodic.SMART_SYNC], facts.looks[periodic.DISPATCH_REALTIME]
    wanted = facts.look(stream)
    if wanted.is_taken(facts.now):
        return _taken(wanted)
    if wanted is fast and general.is_taken(facts.now):
        said = f"The fast look is not taken, so it starts with the general one, {every(general.every)}."
        return Check(
            "looks", "Scheduler", Verdict.INFO, said, _mend(fast), moments(last_fast_look=fast.ran_at), looks=NEEDS_YOU
        )
    said = "Nobody has ever looked at what is due."
    if wanted.ran_at:
        said = f"Nobody looks at what is due any more. It should be looked at {every(wanted.every)}."
    last = [look.ran_at for look in (wanted, general) if look.ran_at]
    return Check(
        "looks",
        "Scheduler",
        Verdict.BLOCKS,
        said,
        _mend(wanted) + (" Sync now works all the same." if facts.workers else ""),
        moments(last_look=max(last, default=None)),
        looks=NEEDS_YOU,
    )


def _taken(look: Look) -> Check:
    said = f"What is due is looked at {every(look.every)}."
    if look.since and (look.ran_at is None or look.ran_at < look.since):
        said += " Whoever looks has just begun: the first look is to come."
    if not look.error:
        times = moments(last_look=look.ran_at, next_look=look.next_at)
        return Check("looks", "Scheduler", Verdict.OK, said, moments=times)
    said += f" The last look ended with an error ({look.error}); its traceback is in the log."
    remedy = "Read the log: what was not started is tried again at the next look."
    return Check("looks", "Scheduler", Verdict.INFO, said, remedy, moments(last_look=look.ran_at), looks=NEEDS_YOU)


def _mend(look: Look) -> str:
    if not look.is_enabled:
        return f"Switch the periodic task {look.name} on in the admin."
    return "Start Beat: the log of the process that runs it says why it ended. `manage.py doctor` looks at all of it."


def workers(facts: Facts) -> Check:
    queues = {queue for worker in facts.workers for queue in worker.queues}
    needed = {pieces.queue for pieces in facts.pieces.values() if pieces.open and pieces.queue}
    if unserved := sorted(needed - queues) if facts.workers else []:
        said = f"{many(len(facts.workers), 'worker')} live, but none of them listens to {' and '.join(unserved)}."
        remedy = f"Start one with -Q {','.join(unserved)}."
        return Check("workers", "Workers", Verdict.BLOCKS, said, remedy, looks=NEEDS_YOU)
    if facts.workers:
        slots = sum(worker.slots for worker in facts.workers)
        said = f"{many(len(facts.workers), 'worker')} with {many(slots, 'slot')} in all."
        return Check("workers", "Workers", Verdict.OK, said)
    said = "No worker lives. What is due is queued in the database, and starts as soon as one does."
    if _runs_without(facts):
        said = "No worker lives. Whoever looks at what is due runs it too, where there is no broker."
        return Check("workers", "Workers", Verdict.INFO, said)
    remedy = "Look at the worker's log, or start one with ./bin/run."
    return Check("workers", "Workers", Verdict.BLOCKS, said, remedy, looks=NEEDS_YOU)


def _runs_without(facts: Facts) -> bool:
    return not settings.REDIS_URL and facts.looks[periodic.SMART_SYNC].is_taken(facts.now)
