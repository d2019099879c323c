"""How often is a connection read, how often was that asked for, and why do the two differ?"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil
from statistics import mean
from uuid import UUID

from connections.frequencies import CHOICES, Choice
from connections.models import Connection
from connections.sources import CallLimit, Stream
from syncing import budget, freshness
from syncing.models import SyncChunk, SyncJob, SyncSchedule
from syncing.scheduler.known import Known
from syncing.scheduler.verdicts import limits, tightest
from syncing.status.freshness import paced, spoken
from syncing.status.streams import Configs, sync_of

HOUR = 3600
LOOKED_AT = timedelta(hours=1)
WORTH_SAYING = 1.25
"""How much slower than asked for is more than the ticks of the clock explain."""

FEW = 3
"""Starts that say nothing yet about a pace."""


@dataclass(frozen=True)
class Pace:
    """Of the streams that are read most often. asked, runs: seconds between two reads, None without a schedule.

    calls: what all of its streams need in an hour, None while nobody knows. allowed: how many the schedule may make.
    why: what makes it slower than it was asked for; empty where nothing does.
    """

    asked: int | None = None
    runs: int | None = None
    calls: float | None = None
    allowed: int | None = None
    why: str = ""

    @property
    def is_slower(self) -> bool:
        return bool(self.asked and self.runs and self.runs > self.asked)

    @property
    def sentence(self) -> str:
        if not self.asked or not self.runs:
            return "No schedule reads it: it waits for Sync now."
        if self.is_slower:
            return f"Asked for {paced(self.asked)}; runs about {paced(self.runs)}: {self.why}."
        cost = f", {spent(self.calls, self.allowed)}" if self.calls is not None else ""
        return f"Runs {paced(self.asked)}{cost}."


def paces(connections: Iterable[Connection], configs: Configs, now: datetime) -> dict[UUID, Pace]:
    """connections: with their telemetry and schedules. One query, and none where no connection is fast."""
    found = [known_from(connection, configs) for connection in connections]
    starts = _starts(found, now)
    return {known.connection.pk: pace(known, starts.get(known.connection.pk, ())) for known in found}


def pace(known: Known, starts: Sequence[datetime] = ()) -> Pace:
    """starts: when its fastest streams were begun lately, oldest first."""
    scheduled = [schedule for schedule in known.schedules.values() if schedule.interval_seconds]
    asked = _fastest(known)
    if asked is None:
        return Pace()
    limit = tightest(limits(known))
    allowed = limit.per_hour if limit else None
    fast = [schedule for schedule in scheduled if schedule.interval_seconds == asked]
    a_round = _calls_of(fast)
    if a_round is None:
        return _slower(asked, _apart(starts) or asked, None, allowed, "")
    calls = a_round * HOUR / asked + sum(_calls_an_hour(each) for each in scheduled if each not in fast)
    affordable = _affordable(a_round, calls - a_round * HOUR / asked, limit)
    why = ""
    if limit and affordable > asked * WORTH_SAYING:
        a_call = spoken(budget.time_a_call(limit).total_seconds())
        why = f"{allowed} calls an hour are allowed, one in {a_call}, and one round takes {max(1, round(a_round))}"
    runs = _apart(starts) or affordable
    if why and runs > affordable * WORTH_SAYING:
        why += ", beside all else that is read with them"
    return _slower(asked, runs, calls, allowed, why)


def costs(known: Known) -> dict[str, float]:
    """Calls an hour that each frequency would take, by the calls that its streams have taken so far.

    Empty while one of them is not known; a manual one takes none.
    """
    each = [(stream, known.schedules.get(stream.name)) for stream in known.streams]
    wanted = [(stream, schedule) for stream, schedule in each if known.config(stream.name).is_sync_enabled]
    if any(schedule is None or schedule.average_calls is None for _, schedule in wanted):
        return {}
    return {
        frequency: sum(_calls_at(known, frequency, stream, schedule) for stream, schedule in wanted if schedule)
        for frequency in (*freshness.PACE, "smart")
    }


def offers(known: Known) -> list[tuple[Choice, str]]:
    """Each frequency, with what it takes of this account's calls where that is known."""
    each, allowed = costs(known), allowed_calls(known)
    return [(one, _cost(each[one.value], allowed) if one.value in each else "") for one in CHOICES]


def _cost(calls: float, allowed: int | None) -> str:
    if allowed is not None and calls > allowed:
        return f"It needs about {calls:.0f} calls an hour and {allowed} are allowed, so it runs slower."
    said = spent(calls, allowed)
    return f"{said[0].upper()}{said[1:]}."


def spent(calls: float, allowed: int | None) -> str:
    of = f" of {allowed}" if allowed is not None else ""
    return f"about {calls:.0f}{of} calls an hour" if calls >= 1 else "less than one call an hour"


def allowed_calls(known: Known) -> int | None:
    """In an hour, by the tightest limit of what nobody waits for; None where only blocks count."""
    limit = tightest(limits(known))
    return limit.per_hour if limit else None


def known_from(connection: Connection, configs: Configs) -> Known:
    """Of what is loaded already."""
    mine = {kind: config for (provider, kind), config in configs.items() if provider == connection.provider}
    schedules = {schedule.stream: schedule for schedule in connection.schedules.all()}
    return Known(connection, sync_of(connection), mine, schedules)


def _fastest(known: Known) -> int | None:
    return min((each.interval_seconds for each in known.schedules.values() if each.interval_seconds), default=None)


def _calls_of(schedules: Iterable[SyncSchedule]) -> float | None:
    known = [schedule.average_calls for schedule in schedules]
    return None if None in known else sum(filter(None, known))


def _calls_an_hour(schedule: SyncSchedule) -> float:
    return (schedule.average_calls or 0) * HOUR / (schedule.interval_seconds or HOUR)


def _affordable(a_round: float, others: float, limit: CallLimit | None) -> float:
    """Seconds between two rounds when they come as often as what the other streams leave is earned."""
    if limit is None:
        return 0
    earned = timedelta(hours=1) / budget.time_a_call(limit)
    return HOUR * a_round / max(earned - others, earned / 10)


def _apart(starts: Sequence[datetime]) -> float | None:
    """In the mean, for where calls are scarce, a long pause follows two that are close together; but one alone says
    nothing."""
    if len(starts) < FEW:
        return None
    *pauses, _ = sorted((later - earlier).total_seconds() for earlier, later in pairwise(starts))
    return mean(pauses)


def _slower(asked: int, runs: float, calls: float | None, allowed: int | None, why: str) -> Pace:
    if runs <= asked * WORTH_SAYING:
        return Pace(asked, asked, calls, allowed)
    roughly = round(runs) if runs < 600 else 60 * round(runs / 60)
    return Pace(asked, int(roughly), calls, allowed, why or "so far apart did its last syncs begin")


def _starts(found: Iterable[Known], now: datetime) -> Mapping[UUID, Sequence[datetime]]:
    """When the fastest streams of the fast connections were begun in the last hour."""
    fast = {
        known.connection.pk: min(name for name, each in known.schedules.items() if each.interval_seconds == every)
        for known in found
        if (every := _fastest(known)) and every < freshness.FASTEST_OF_ALL.total_seconds()
    }
    if not fast:
        return {}
    began = SyncChunk.objects.filter(
        sync_job__connection__in=fast,
        sync_job__lane=SyncJob.Lane.SYNC,
        sync_job__trigger__in=[SyncJob.Trigger.SCHEDULE, SyncJob.Trigger.CRON],
        sync_job__created_at__gt=now - LOOKED_AT,
        stream__in=set(fast.values()),
    )
    rows = began.values_list("connection", "stream", "sync_job__created_at").distinct()
    starts: dict[UUID, list[datetime]] = defaultdict(list)
    for connection, stream, at in rows.order_by("sync_job__created_at"):
        if fast[connection] == stream:
            starts[connection].append(at)
    return starts


def _calls_at(known: Known, frequency: str, stream: Stream, schedule: SyncSchedule) -> float:
    config = known.config(stream.name)
    every = freshness.interval(
        frequency,
        configured=timedelta(minutes=config.sync_interval_minutes),
        own=timedelta(minutes=schedule.interval_minutes) if schedule.interval_minutes else None,
        is_dated=stream.cursor_field is not None,
        is_summed_up=stream.summed_up_by is not None,
    )
    if every is None:
        return 0
    now_every = timedelta(seconds=schedule.interval_seconds) if schedule.interval_seconds else freshness.DAY
    a_window = (schedule.average_calls or 0) / _windows(stream, now_every)
    return a_window * _windows(stream, every) * HOUR / every.total_seconds()


def _windows(stream: Stream, every: timedelta) -> float:
    """Slices of an average run: all of the lookback once a day, one slice at the other runs."""
    if stream.cursor_field is None:
        return 1
    deep = ceil((stream.lookback_days + 1) / stream.window_days)
    return 1 + (deep - 1) * min(1.0, every / freshness.DAY)
