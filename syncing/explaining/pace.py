"""When does the schedule want this stream, and does the stream itself hold that up?"""

from collections.abc import Iterator
from datetime import timedelta

from connections.sources import Stream
from syncing import freshness, retry
from syncing.explaining.check import CHOSEN, NEEDS_YOU, QUIETLY, Check, Verdict, every, many, moments, span
from syncing.explaining.facts import Facts
from syncing.models import ConnectionSync, Decision, SyncChunk, SyncSchedule
from syncing.scheduler import verdicts

MENDED = "the next general look mends that."
ON_REQUEST = "Press Sync now to read it, or choose another frequency in the settings."


def wanted(facts: Facts, stream: Stream) -> Iterator[Check]:
    """Whether the schedule knows it."""
    yield object_type(facts, stream)
    yield frequency(facts, stream)


def its_time(facts: Facts, stream: Stream) -> Iterator[Check]:
    if facts.schedule(stream).next_due_at is None:
        return
    if facts.schedule(stream).consecutive_failures:
        yield failures(facts, stream)
    yield due(facts, stream)
    yield age(facts, stream)
    yield parent(facts, stream)


def object_type(facts: Facts, stream: Stream) -> Check:
    config = facts.known.config(stream.name)
    if config.is_sync_enabled:
        apart, rank = span(60 * config.sync_interval_minutes), config.priority
        said = f"{config.display_name} is switched on, with an interval of {apart} and the priority {rank} of 5."
        return Check("type", "Object type", Verdict.OK, said)
    said = f"{config.display_name} is switched off for the whole installation, so no schedule reads it."
    remedy = "Switch it on in the sync intervals."
    return Check("type", "Object type", Verdict.BLOCKS, said, remedy, looks=CHOSEN)


def frequency(facts: Facts, stream: Stream) -> Check:
    schedule, chosen = facts.schedule(stream), facts.sync.sync_frequency
    name = facts.sync.get_sync_frequency_display()
    read = moments(last_read=schedule.last_completed_at)
    if chosen == ConnectionSync.Frequency.MANUAL:
        never = "" if schedule.last_completed_at else " It was never read."
        said = f"The frequency is Manual: nothing is scheduled, and it is read only when somebody asks.{never}"
        return Check("frequency", "Frequency", Verdict.BLOCKS, said, ON_REQUEST, read, looks=CHOSEN)
    if schedule.interval_seconds is None and schedule.next_due_at:
        said = f"The frequency is {name}, and its schedule has no interval: {MENDED}"
        return Check("frequency", "Frequency", Verdict.INFO, said, moments=read)
    if schedule.interval_seconds is None:
        said = f"The frequency is {name}, and this object type has no schedule yet: the next general look makes it."
        return Check("frequency", "Frequency", Verdict.WAITS, said, moments=read, looks=QUIETLY)
    said = f"The frequency is {name}, which means {every(schedule.interval_seconds)} for it{_why(facts, stream)}."
    return Check("frequency", "Frequency", Verdict.OK, said, moments=read)


def _why(facts: Facts, stream: Stream) -> str:
    """Where the frequency alone does not say it."""
    schedule, pace = facts.schedule(stream), freshness.PACE.get(facts.sync.sync_frequency)
    if schedule.interval_minutes:
        return ", its own interval"
    if pace is None:
        return ", the interval of its object type"
    if schedule.interval_seconds == int(pace.total_seconds()):
        return ""
    if stream.cursor_field and stream.summed_up_by:
        totals = facts.label(stream.summed_up_by)
        return f", the interval of its object type, and at once when {totals} had changes, which is read at every tick"
    return ", as lists of objects are read no faster than the interval of their type"


def failures(facts: Facts, stream: Stream) -> Check:
    """Left alone for a while after a failure, and for hours after many, where its next moment is not later anyway."""
    schedule = facts.schedule(stream)
    last = SyncChunk.objects.filter(
        connection=facts.connection, stream=stream.name, status=SyncChunk.Status.FAILED
    ).order_by("-finished_at")
    failed = last.first()
    said = _rest(facts, schedule)
    if failed and failed.error:
        said += f" The last error: {failed.error}"
    remedy = (failed.remedy if failed else "") or "Nothing, unless the error stays. Sync now tries at once."
    at = schedule.next_due_at
    is_later = at is not None and at > facts.now
    return Check(
        "failures",
        "Failures",
        Verdict.WAITS if is_later else Verdict.INFO,
        said,
        remedy,
        moments(last_try=schedule.last_attempted_at, next_try=at if is_later else None),
        job_id=failed.sync_job_id if failed else None,
        looks=NEEDS_YOU if failed and failed.remedy else None,
    )


def _rest(facts: Facts, schedule: SyncSchedule) -> str:
    number, delay = schedule.consecutive_failures, timedelta(seconds=facts.known.config(schedule.stream).retry_delay)
    rest, apart = retry.back_off(number, delay), timedelta(seconds=schedule.interval_seconds or 0)
    said = f"It failed {many(number, 'time')} in a row"
    if apart >= rest:
        return f"{said}. It is tried again at its next moment, as it is read only {every(apart)}."
    if number >= retry.BREAKER_AFTER:
        return f"{said}, so it is tried only every {span(rest)} until it succeeds."
    return f"{said}, so it is left alone for {span(rest)} after the last try."


def due(facts: Facts, stream: Stream) -> Check:
    schedule = facts.schedule(stream)
    at = schedule.next_due_at
    assert at is not None
    read = schedule.last_completed_at
    if at > facts.now:
        said = f"It is not due yet. {_later(facts, schedule, stream)}"
        remedy = "Nothing. Sync now does not wait for it."
        return Check("due", "Due", Verdict.WAITS, said, remedy, moments(due=at, last_read=read), looks=QUIETLY)
    because = f" {schedule.due_because} had changes, and it hangs on them." if schedule.due_because else ""
    return Check("due", "Due", Verdict.OK, f"It is due.{because}", moments=moments(due_since=at, last_read=read))


def _later(facts: Facts, schedule: SyncSchedule, stream: Stream) -> str:
    """Why its moment is the one it is."""
    assert schedule.next_due_at is not None
    if schedule.interval_seconds is None:
        return f"Its schedule has no interval: {MENDED}"
    apart, zone = timedelta(seconds=schedule.interval_seconds), facts.connection.zone
    just_before = schedule.next_due_at - timedelta(microseconds=1)
    on_grid = freshness.next_due(just_before, apart, zone=zone, seed=facts.known.seed) == schedule.next_due_at
    if schedule.verdict == Decision.Verdict.BROKEN:
        return "It could not be planned at the last look, so it is tried again later; the traceback is in the log."
    if schedule.consecutive_failures and not on_grid:
        return "After a failure it is left alone for a while."
    if facts.is_fast(stream) and not on_grid:
        return "Calls were made faster than they are earned, so it waits a little: see the effective pace below."
    if apart % freshness.DAY == timedelta(0):
        local = schedule.next_due_at.astimezone(zone)
        return f"Once in {span(apart)}, in the account's night, at {local:%H:%M} in {zone.key}."
    return f"Its moments lie {span(apart)} apart, on a grid of this connection's own, so that not all start at once."


def age(facts: Facts, stream: Stream) -> Check:
    """Stale ones go before all others."""
    schedule, config = facts.schedule(stream), facts.known.config(stream.name)
    if schedule.interval_seconds is None:
        return Check("age", "Age", Verdict.INFO, f"Its schedule has no interval, so it is never stale: {MENDED}")
    threshold = timedelta(minutes=config.staleness_threshold_minutes)
    after = freshness.stale_after(threshold, timedelta(seconds=schedule.interval_seconds))
    rule = f"{span(after)}: the larger of its type's {span(threshold)} and twice its interval"
    if not facts.known.is_stale(stream.name, facts.now):
        said = f"It is not stale. It would be at the age of {rule}."
        return Check("age", "Age", Verdict.OK, said, moments=moments(stale=schedule.stale_at))
    said = f"It is stale: older than {rule}." if schedule.last_completed_at else "It is stale: it was never read."
    said += f" So it goes before all that is not, and among the stale by its priority, {schedule.priority} of 5."
    return Check("age", "Age", Verdict.INFO, said, moments=moments(stale_since=schedule.stale_at))


def parent(facts: Facts, stream: Stream) -> Check:
    """The rule of the scheduler: with its parent or after it, and never before that has been read at all."""
    name = facts.known.config(stream.name).depends_on
    if not name:
        return Check("parent", "Depends on", Verdict.OK, "It depends on no other object type.")
    label, schedule = facts.label(name), facts.known.schedules.get(name)
    if verdicts.has_to_come_first(facts.known, name) and not facts.is_due(name):
        said = f"{label} has to be read first, and never was."
        return Check(
            "parent",
            "Depends on",
            Verdict.WAITS,
            said,
            f"Sync {label} now, or wait until it is due.",
            moments(parent_due=schedule.next_due_at if schedule else None),
        )
    read = schedule.last_completed_at if schedule else None
    said = f"{label} is due too, and goes first." if facts.is_due(name) else f"{label} has been read."
    if facts.known.stream(name) is None or not facts.known.config(name).is_sync_enabled:
        said = f"It depends on {label}, which nobody wants: so it does not wait for it."
    return Check("parent", "Depends on", Verdict.OK, said, moments=moments(parent_read=read))
