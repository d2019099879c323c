"""Does the scheduler look by itself, and when did it last?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from syncing.models import SchedulerHeartbeat
from syncing.status.rounds import every_of, is_silent, last_sign, living_beats
from syncing.status.states import SCHEDULER, State


@dataclass(frozen=True)
class Pulse:
    """looked_at: None when it never did. every: seconds between two looks at everything."""

    state: State
    looked_at: datetime | None
    every: int
    is_on: bool


def pulse(usual: Mapping[str, int], now: datetime) -> Pulse:
    """usual: how far apart the runs of each task that starts syncs are, where no row of Beat says it. One query.

    The look at everything decides: it starts what the fast one would. Also without Beat, where somebody else asks what
    is due, it is at work.
    """
    beats, is_on = list(_beats(usual, now)), settings.BACKGROUND_SYNC_ENABLED
    if not beats:
        return Pulse(SCHEDULER["unseen" if is_on else "off"], None, max(usual.values()), is_on)
    paces = {beat.name: _every(beat, usual[beat.name]) for beat in beats}
    general = max(beats, key=lambda beat: paces[beat.name])
    every = paces[general.name]
    sign = last_sign(general.ran_at, general.began if is_on else None)
    code = _code(beats, silent=is_silent(sign, every, now), is_on=is_on)
    return Pulse(SCHEDULER[code], max(beat.ran_at for beat in beats), int(every.total_seconds()), is_on)


def _beats(names: Iterable[str], now: datetime) -> QuerySet[Any]:
    row = PeriodicTask.objects.filter(name=OuterRef("name"))
    return SchedulerHeartbeat.objects.filter(name__in=names).annotate(
        began=Subquery(living_beats(now).values("started_at")[:1]),
        period=Subquery(row.values("interval__period")),
        number=Subquery(row.values("interval__every")),
    )


def _every(beat: Any, usual: int) -> timedelta:
    interval = IntervalSchedule(period=beat.period, every=beat.number) if beat.number else None
    return every_of(interval, timedelta(seconds=usual))


def _code(beats: Sequence[SchedulerHeartbeat], *, silent: bool, is_on: bool) -> str:
    if silent and not is_on:
        return "off"
    if any(beat.error for beat in beats):
        return "failing"
    return "late" if silent else "at_work"
