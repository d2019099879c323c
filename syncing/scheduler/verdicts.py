"""Of what is due: what may start, what is held back, and why? Each new verdict is written down as a Decision."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from connections.errors import SyncError
from connections.sources import CallLimit
from syncing import budget, freshness, retry
from syncing.budget import Fill
from syncing.models import ConnectionSync, Decision, SyncSchedule
from syncing.scheduler import plans
from syncing.scheduler.known import Known
from syncing.scope import Scope

log = structlog.get_logger(__name__)

Verdict = Decision.Verdict

STAYS_DUE = (Verdict.BUDGET, Verdict.PARENT)
"""Looked at again at each tick."""

BROKEN = "It could not be planned; the traceback is in the log."
BROKEN_AGAIN = timedelta(minutes=15)
"""What cannot even be planned is tried again after that, and delays nobody."""

EVENLY = 4
"""A fast run waits for this part of what is still to be earned, so that a large run slows many a little and not one."""

A_BEGINNING = 10
"""A run begins where this part of an hour's calls fits, and waits in its midst for more. Were all that it needs to be
free at once, a large one would never start beside fast ones, which use what they have earned."""

A_LIST = 2
"""Calls that a list of objects takes while nobody knows: it has pages, and may be asked for twice."""


@dataclass
class Hold:
    """Why a due stream does not start. until: when it is looked at again; None at the next tick."""

    verdict: str
    reason: str
    until: datetime | None = None
    calls_used: int | None = None
    calls_allowed: int | None = None


@dataclass
class Case:
    """A claimed connection with what of it is due: each stream is either starting or held."""

    known: Known
    starting: list[SyncSchedule] = field(default_factory=list)
    held: list[tuple[SyncSchedule, Hold]] = field(default_factory=list)
    limits: Sequence[CallLimit] = ()

    def hold_all(self, hold: Hold) -> None:
        self.held += [(schedule, hold) for schedule in self.starting]
        self.starting = []

    def next_due(self, schedule: SyncSchedule, now: datetime) -> datetime:
        """The first of its moments after now: those that were missed are made up for by this one run."""
        every = timedelta(seconds=schedule.interval_seconds or 60)
        return freshness.next_due(now, every, zone=self.known.connection.zone, seed=self.known.seed)


def of_all(claimed: Iterable[Known], now: datetime, planned: Counter[str]) -> list[Case]:
    """One case for each connection of which something is still due. planned: calls of what starts, by bucket, which
    were not made yet."""
    cases = [case for known in claimed if (case := _due(known, now))]
    fills = budget.fills((limit.bucket for case in cases for limit in case.limits), now)
    for case in cases:
        try:
            _decide(case, fills, planned, now)
        except Exception:
            _give_up(case, now)
    return cases


def write_down(cases: Iterable[Case], jobs: Mapping[UUID, UUID], now: datetime) -> None:
    """A Decision where the verdict about a stream is news, and the new moment of what is broken."""
    rows, told = [], _told(cases, now)
    for case in cases:
        job = jobs.get(case.known.connection.pk)
        begun = Hold(Verdict.STARTED, "It was due.")
        found = [*((schedule, begun) for schedule in case.starting if job and not _is_slowed(schedule)), *case.held]
        rows += [decision(case.known, *each, now, job=job) for each in found if _is_news(case.known, *each, told)]
        for schedule, hold in case.held:
            if schedule.verdict != hold.verdict:
                SyncSchedule.objects.filter(pk=schedule.pk).update(verdict=hold.verdict)
    Decision.objects.bulk_create(rows)


def _told(cases: Iterable[Case], now: datetime) -> set[int]:
    """Schedules about which there is a decision that is not about to be deleted."""
    since = now - timedelta(days=settings.KEEP_DAYS["decisions"])
    theirs = Decision.objects.filter(connection=OuterRef("connection"), stream=OuterRef("stream"), decided_at__gt=since)
    schedules = SyncSchedule.objects.filter(Exists(theirs), connection__in=[case.known.connection.pk for case in cases])
    return set(schedules.values_list("pk", flat=True))


def _is_news(known: Known, schedule: SyncSchedule, hold: Hold, told: Container[int]) -> bool:
    """Another verdict than the last one, or the same where nothing is left that says so, or a start with a cause."""
    if schedule.verdict != hold.verdict or schedule.pk not in told:
        return True
    return hold.verdict == Verdict.STARTED and _is_cascade(known, schedule)


def _is_cascade(known: Known, schedule: SyncSchedule) -> bool:
    """Due because of changes elsewhere; but for the totals of a realtime connection, which have some all the time."""
    stream = known.stream(schedule.stream)
    totals = stream.summed_up_by if stream else None
    is_of_totals = totals is not None and known.config(totals).display_name.startswith(schedule.due_because)
    is_fast = known.sync.sync_frequency == ConnectionSync.Frequency.REALTIME
    return bool(schedule.due_because) and not (is_of_totals and is_fast)


def _is_slowed(schedule: SyncSchedule) -> bool:
    """What is tried now and then only, until it succeeds: each try is no news."""
    return schedule.consecutive_failures >= retry.BREAKER_AFTER


def decision(known: Known, schedule: SyncSchedule, hold: Hold, now: datetime, *, job: UUID | None = None) -> Decision:
    """Not yet stored. With the figures of the moment."""
    read_at = schedule.last_completed_at
    because = f" {schedule.due_because} had changes." if schedule.due_because and job else ""
    return Decision(
        connection_id=schedule.connection_id,
        stream=schedule.stream,
        decided_at=now,
        verdict=hold.verdict,
        reason=hold.reason + because,
        age_seconds=max(0, int((now - read_at).total_seconds())) if read_at else None,
        interval_seconds=schedule.interval_seconds,
        is_stale=known.is_stale(schedule.stream, now),
        priority=schedule.priority,
        calls_used=hold.calls_used,
        calls_allowed=hold.calls_allowed,
        job_id=job,
        next_look_at=hold.until,
    )


def _due(known: Known, now: datetime) -> Case | None:
    """In the order in which the source names its streams, so parents first."""
    case = Case(known)
    try:
        names = [stream.name for stream in known.streams]
        due = [known.schedules[name] for name in names if name in known.schedules]
        case.starting = [each for each in due if each.next_due_at and each.next_due_at <= now]
        case.limits = limits(known)
    except Exception:
        case.starting = [each for each in known.schedules.values() if each.next_due_at and each.next_due_at <= now]
        _give_up(case, now)
    return case if case.starting or case.held else None


def limits(known: Known, *, scheduled: bool = True) -> Sequence[CallLimit]:
    """What the schedule's work for this connection counts against, or what people ask for. An id that makes no sense is
    the run's to say."""
    connection = known.connection
    try:
        return connection.source_class.limits(connection.account, connection.provider_settings(), scheduled=scheduled)
    except SyncError:
        return ()


def _decide(case: Case, fills: Mapping[str, Fill], planned: Counter[str], now: datetime) -> None:
    _wait_for_parents(case)
    if not case.starting or _is_unearned(case, fills, now):
        return
    needed = calls(case.known, [schedule.stream for schedule in case.starting], now)
    if hold := _blocked(case, fills, now) or _used_up(case, fills, planned, needed, now):
        if hold.verdict == Verdict.BLOCKED and hold.until:
            for schedule in case.starting:
                schedule.leave_alone(hold.until)  # or thousands would be planned anew at every tick
        case.hold_all(hold)
        return
    for limit in case.limits:
        planned[limit.bucket] += to_begin(limit, needed)


def _blocked(case: Case, fills: Mapping[str, Fill], now: datetime) -> Hold | None:
    for limit in case.limits:
        fill = fills[limit.bucket]
        if fill.is_blocked(now):
            return Hold(Verdict.BLOCKED, fill.reason, fill.blocked_until)
    return None


def _used_up(case: Case, fills: Mapping[str, Fill], planned: Counter[str], needed: int, now: datetime) -> Hold | None:
    for limit in case.limits:
        used = fills[limit.bucket].used + planned[limit.bucket]
        if limit.per_hour is not None and is_full(limit, used, needed):
            least = to_begin(limit, needed)
            until = budget.free_at(limit, now, least)
            reason = f"{used} of {limit.per_hour} calls of this hour are used, and it needs at least {least}."
            return Hold(Verdict.BUDGET, reason, until, used, limit.per_hour)
    return None


def is_full(limit: CallLimit, used: int, needed: int) -> bool:
    """Too full to begin what needs so many calls. What fits no hour at all begins with a fresh one."""
    return limit.per_hour is not None and used > 0 and used + to_begin(limit, needed) > limit.per_hour


def to_begin(limit: CallLimit, needed: int) -> int:
    """Calls that have to be free for a run of so many."""
    return min(needed, max(1, (limit.per_hour or 0) // A_BEGINNING))


def _wait_for_parents(case: Case) -> None:
    """A child starts with its parent or after it, and never before the parent has been read at all."""
    starting = {schedule.stream for schedule in case.starting}
    for schedule in list(case.starting):
        parent = case.known.config(schedule.stream).depends_on
        if not parent or parent in starting or not has_to_come_first(case.known, parent):
            continue
        starting.discard(schedule.stream)
        case.starting.remove(schedule)
        label = case.known.config(parent).display_name
        case.held.append((schedule, Hold(Verdict.PARENT, f"{label} has to be read first, and never was.")))


def has_to_come_first(known: Known, parent: str) -> bool:
    """It is wanted, and was never read."""
    schedule = known.schedules.get(parent)
    is_wanted = known.stream(parent) is not None and known.config(parent).is_sync_enabled
    return is_wanted and (schedule is None or schedule.last_completed_at is None)


def _is_unearned(case: Case, fills: Mapping[str, Fill], now: datetime) -> bool:
    """Fast streams alone come as often as their calls are earned: this is their effective pace, not a hold."""
    fast = freshness.FASTEST_OF_ALL.total_seconds()
    if any((schedule.interval_seconds or fast) >= fast or schedule.due_because for schedule in case.starting):
        return False
    limit = tightest(case.limits)
    at = again_at(case.starting, fills[limit.bucket], now) if limit else None
    if at is None or at <= now:
        return False
    for schedule in case.starting:
        schedule.leave_alone(at)
    case.starting = []
    return True


def again_at(fast: Iterable[SyncSchedule], fill: Fill, now: datetime) -> datetime | None:
    """When fast streams that start together may come again; None where nothing is to be earned."""
    if fill.earned_at is None:
        return None
    last_at = max((schedule.last_attempted_at or now for schedule in fast), default=now)
    if last_at > now:
        return None  # tried by a clock that ran ahead
    return last_at + (fill.earned_at - last_at) / EVENLY


def tightest(limits: Sequence[CallLimit]) -> CallLimit | None:
    """The one that paces the schedule: the larger one is shared with what people ask for."""
    return min((limit for limit in limits if limit.per_hour), key=lambda limit: limit.per_hour or 0, default=None)


def calls(known: Known, streams: Iterable[str], now: datetime) -> int:
    """At least so many: one for each chunk that the job begins with or comes to, and of a list as many as it takes."""
    scope = Scope(tuple(streams), scheduled=True)
    lists = (known.schedules.get(plan.stream.name) for plan in plans.structure(known, scope, now))
    return sum(_of_a_list(each) for each in lists) + len(plans.metrics(known, scope, now))


def _of_a_list(schedule: SyncSchedule | None) -> int:
    """By its last runs."""
    known = schedule.average_calls if schedule else None
    return max(1, round(A_LIST if known is None else known))


def _give_up(case: Case, now: datetime) -> None:
    """Somebody else's account must not wait because this one cannot be planned."""
    log.exception("a due connection could not be planned", connection=str(case.known.connection.pk))
    until = now + BROKEN_AGAIN
    for schedule in case.starting:
        schedule.leave_alone(until)
    case.hold_all(Hold(Verdict.BROKEN, BROKEN, until))


def set_aside(connection: UUID, now: datetime) -> None:
    """Nor because this one cannot be started. Its transaction was rolled back, and nothing of it is known for sure."""
    log.exception("a due connection could not be started", connection=str(connection))
    until = now + BROKEN_AGAIN
    with transaction.atomic():
        schedules = SyncSchedule.objects.select_for_update(no_key=True).filter(connection=connection)
        due = list(schedules.filter(next_due_at__lte=now).order_by("pk"))
        Decision.objects.bulk_create(
            Decision(
                connection_id=connection,
                stream=schedule.stream,
                decided_at=now,
                verdict=Verdict.BROKEN,
                reason=BROKEN,
                interval_seconds=schedule.interval_seconds,
                next_look_at=until,
            )
            for schedule in due
            if schedule.verdict != Verdict.BROKEN
        )
        SyncSchedule.move_on([(schedule.pk, until) for schedule in due], Verdict.BROKEN)
