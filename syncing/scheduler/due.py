"""Start what is due: whole connections at a time, fair across workspaces, within the budgets, by any number at once."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import structlog
from django.db import OperationalError, connection, models, transaction
from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet, Value, Window
from django.db.models.functions import Coalesce, RowNumber

from connections.models import Connection
from syncing import freshness
from syncing.models import ConnectionSync, SyncJob, SyncSchedule
from syncing.scheduler import verdicts
from syncing.scheduler.jobs import start_jobs
from syncing.scheduler.known import Known, known_of_all
from syncing.scheduler.verdicts import Case
from syncing.scope import Scope

log = structlog.get_logger(__name__)

A_BATCH = 100
"""Connections claimed in one transaction."""

LONGEST_TICK_SECONDS = 2.0
"""What is left over is due at the next tick."""

MOST_CANDIDATES = 5000


@dataclass(frozen=True)
class Dispatched:
    """What one call did. streams, jobs: started. held_back: streams that are due and wait, each with its Decision."""

    jobs: int = 0
    streams: int = 0
    held_back: int = 0

    def __add__(self, other: "Dispatched") -> "Dispatched":
        return Dispatched(self.jobs + other.jobs, self.streams + other.streams, self.held_back + other.held_back)


class Candidate(NamedTuple):
    """A connection of which something is due. stale_at: the earliest of its streams. is_held: no stream of it could
    start at the last look, for want of calls or of a parent."""

    connection: UUID
    workspace: int
    stale_at: datetime
    priority: int
    due_at: datetime
    is_held: bool = False


def enqueue_due(now: datetime, *, trigger: str = SyncJob.Trigger.SCHEDULE, fast_only: bool = False) -> Dispatched:
    """Start a job for each connection of which something is due, with all its due streams.

    One catch-up for each stream, however long nobody called. A stream whose connection has an active job, or may not
    run at all, stays due. fast_only: just the connections that are faster than five minutes. Any number of processes
    may call it at once: a connection is claimed under its lock, or passed over.
    """
    deadline, total = time.monotonic() + LONGEST_TICK_SECONDS, Dispatched()
    order, planned = fair_order(_candidates(now, fast_only), now), Counter[str]()
    failed = False
    for first in range(0, len(order), A_BATCH):
        try:
            total += _dispatch_all(order[first : first + A_BATCH], now, trigger, planned)
            failed = False
        except OperationalError:
            if failed or not connection.is_usable():
                raise  # the database is gone
            log.exception("due connections were left for the next tick", first=str(order[first]))
            failed, deadline = True, time.monotonic() + LONGEST_TICK_SECONDS  # or waiting for a lock would use it up
        if time.monotonic() > deadline:
            log.info("more is due than fits one tick", left=len(order) - first - A_BATCH)
            break
    return total


def fair_order(candidates: Sequence[Candidate], now: datetime) -> list[UUID]:
    """One connection of each workspace, then the second of each, and so on; in a workspace stale ones first, then by
    priority, then who waits longest. So a workspace with thousands of them delays no other. What was held back at the
    last look comes after all that was not: it stays due, and would be looked at first for ever."""
    urgency = {
        each.connection: (each.is_held, each.stale_at > now, each.priority, each.due_at, each.connection)
        for each in candidates
    }
    by_workspace: dict[int, list[Candidate]] = defaultdict(list)
    for each in sorted(candidates, key=lambda each: urgency[each.connection]):
        by_workspace[each.workspace].append(each)
    turns = [(turn, each) for found in by_workspace.values() for turn, each in enumerate(found)]
    turns.sort(key=lambda pair: (pair[0], urgency[pair[1].connection]))
    return [each.connection for _, each in turns]


def _candidates(now: datetime, fast_only: bool) -> list[Candidate]:
    due = _may_start(SyncSchedule.objects.filter(next_due_at__lte=now), now)
    if fast_only:
        fastest = int(freshness.FASTEST_OF_ALL.total_seconds())
        realtime = Q(connection__sync__sync_frequency=ConnectionSync.Frequency.REALTIME)
        due = due.filter(realtime | Q(interval_seconds__lt=fastest))
    never = Value(freshness.EPOCH)
    found = due.values_list("connection", "connection__workspace").annotate(
        stalest=Min(Coalesce("stale_at", never)),
        first=Min("priority"),
        since=Min("next_due_at"),
        held=_all(Q(verdict__in=verdicts.STAYS_DUE)),
        fresh=_all(Q(stale_at__gt=now)),
    )
    # Cut off fairly too, in the order of `fair_order`, or a workspace with more than these would be all that is seen.
    turn = Window(RowNumber(), partition_by=F("connection__workspace"), order_by=("held", "fresh", "first", "since"))
    return [Candidate(*row[:-1]) for row in found.order_by(turn, "held", "since")[:MOST_CANDIDATES]]


def _all(condition: Q) -> Min:
    """1 where it is true of each row, else 0."""
    return Min(models.Case(models.When(condition, then=1), default=0))


def _may_start(due: QuerySet[SyncSchedule], now: datetime) -> QuerySet[SyncSchedule]:
    """Without connections that are paused, blocked, of no use, or at work already: what is theirs stays due."""
    at_work = SyncJob.objects.active().filter(connection=OuterRef("connection"), lane=SyncJob.Lane.SYNC)
    blocked = Q(connection__sync__not_before__gt=now)
    return due.filter(Connection.runnable("connection__")).exclude(blocked).exclude(Exists(at_work))


def _dispatch_all(connections: Sequence[UUID], now: datetime, trigger: str, planned: Counter[str]) -> Dispatched:
    """At once; where one of them makes that fail, each on its own, and that one not again for a while."""
    before = planned.copy()
    try:
        return _dispatch(connections, now, trigger, planned)
    except Exception as error:
        planned.clear()
        planned.update(before)
        if isinstance(error, OperationalError):
            raise  # of the database, not of a connection
        if len(connections) == 1:
            verdicts.set_aside(connections[0], now)
            return Dispatched()
    return sum((_dispatch_all([each], now, trigger, planned) for each in connections), Dispatched())


def _dispatch(connections: Sequence[UUID], now: datetime, trigger: str, planned: Counter[str]) -> Dispatched:
    with transaction.atomic():
        cases = verdicts.of_all(_claimed(connections, now), now, planned)
        started = [case for case in cases if case.starting]
        wanted = [(case.known, _scope(case), _trigger(case, trigger)) for case in started]
        jobs = {job.connection_id: job for job in start_jobs(wanted, now)}
        started = [case for case in started if case.known.connection.pk in jobs]
        verdicts.write_down(cases, {pk: job.pk for pk, job in jobs.items()}, now)
        SyncSchedule.move_on(_moved(started, now), verdicts.Verdict.STARTED)
    held_back = sum(len(case.held) for case in cases)
    return Dispatched(len(jobs), sum(len(case.starting) for case in started), held_back)


def _claimed(connections: Sequence[UUID], now: datetime) -> list[Known]:
    """Locked until the transaction ends, and looked at again under the lock; what others hold is left to them."""
    free = Connection.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    runnable = free.filter(Connection.runnable(), pk__in=connections)
    found = {connection.pk: connection for connection in runnable}
    at_work = SyncJob.objects.active().filter(connection__in=found, lane=SyncJob.Lane.SYNC)
    busy = set(at_work.values_list("connection", flat=True))
    busy |= set(ConnectionSync.objects.blocked(now).filter(pk__in=found).values_list("pk", flat=True))
    return known_of_all(found[pk] for pk in connections if pk in found and pk not in busy)


def _scope(case: Case) -> Scope:
    return Scope(tuple(schedule.stream for schedule in case.starting), scheduled=True)


def _trigger(case: Case, trigger: str) -> str:
    return SyncJob.Trigger.CASCADE if all(schedule.due_because for schedule in case.starting) else trigger


def _moved(started: Iterable[Case], now: datetime) -> list[tuple[int, datetime]]:
    return [(schedule.pk, case.next_due(schedule, now)) for case in started for schedule in case.starting]
