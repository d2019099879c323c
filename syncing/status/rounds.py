"""Does anybody look? When did each periodic task last run, and is one of them overdue?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Exists, OuterRef, QuerySet, Subquery, When
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from connections.models import Connection
from syncing.models import SchedulerHeartbeat, SyncSchedule, WorkerHeartbeat
from syncing.status.freshness import paced
from syncing.status.states import ROUND, State

STARTERS = ("smart-sync", "dispatch-realtime")
"""What starts syncs by itself."""

PRUNE = "prune"
DAY = timedelta(days=1)
LONG = timedelta(minutes=15)
"""Whatever is due for longer than that should have been started, by the slowest of them."""

MISSED = 3
"""So many runs in a row, and something is wrong."""

PATIENCE = timedelta(minutes=1)
"""A restart takes no longer, and is no alarm."""


def is_silent(since: datetime | None, every: timedelta, now: datetime) -> bool:
    """The one rule. since: the last sign of it, as `last_sign` finds it."""
    return since is None or now - since > max(MISSED * every, PATIENCE)


def last_sign(ran_at: datetime | None, began: datetime | None) -> datetime | None:
    """began: when the Beat that lives did; its first run comes one interval later."""
    return max(filter(None, (ran_at, began)), default=None)


def beat_began(now: datetime) -> datetime | None:
    return living_beats(now).values_list("started_at", flat=True).first()


def living_beats(now: datetime) -> QuerySet[WorkerHeartbeat]:
    """The Beats that live, the latest first."""
    return WorkerHeartbeat.alive(now).filter(has_beat=True).order_by("-started_at")


def every_of(interval: IntervalSchedule | None, usual: timedelta) -> timedelta:
    """As its row says, which the admin may edit. usual: where it has no plain interval, or no row."""
    return timedelta(**{interval.period: interval.every}) if interval else usual


@dataclass(frozen=True)
class Round:
    """A row of Beat with its last run; ran_at is None where it never ran. began: when the Beat that lives did."""

    task: PeriodicTask
    ran_at: datetime | None
    last: SchedulerHeartbeat | None = None
    began: datetime | None = None

    @property
    def name(self) -> str:
        return str(self.task.name)

    @property
    def every(self) -> timedelta:
        """What has no plain interval is taken for daily."""
        return every_of(self.task.interval, DAY)

    @property
    def pace(self) -> str:
        """every 5 min, or at which hour."""
        crontab = self.task.crontab
        if not crontab:
            return paced(self.every.total_seconds())
        if crontab.minute.isdigit() and crontab.hour.isdigit() and crontab.day_of_week == "*":
            return f"daily at {int(crontab.hour):02}:{int(crontab.minute):02} {crontab.timezone}"
        return f"crontab {crontab}"

    @property
    def took(self) -> float:
        """Seconds of its last run."""
        return self.last.took_ms / 1000 if self.last else 0.0

    def missing_since(self, now: datetime) -> datetime | None:
        """Its last run, where several should have followed. Of one that never ran: when it was last edited. A Beat that
        has just begun delays what has an interval, and nothing that comes at an hour of the day."""
        since: datetime = self.ran_at or self.task.date_changed
        sign = last_sign(since, self.began) if self.task.interval else since
        return since if is_silent(sign, self.every, now) else None


def state(each: Round, now: datetime) -> State:
    """The first that applies."""
    if not each.task.enabled:
        return ROUND["off"]
    if each.missing_since(now):
        return ROUND["overdue"]
    if each.last is None:
        return ROUND["waits"]
    return ROUND["failed" if each.last.error else "runs"]


def rounds(now: datetime) -> list[Round]:
    """All of them, by name; Celery's own housekeeping is none of ours."""
    found = {heartbeat.name: heartbeat for heartbeat in SchedulerHeartbeat.objects.all()}
    tasks = PeriodicTask.objects.select_related("interval", "crontab").exclude(name__startswith="celery.")
    began = beat_began(now)
    return [_round(task, found.get(task.name), began) for task in tasks.order_by("name")]


def _round(task: PeriodicTask, last: SchedulerHeartbeat | None, began: datetime | None) -> Round:
    return Round(task, last.ran_at if last else None, last, began)


def overdue(now: datetime) -> dict[str, Round]:
    """Of what everybody should know: the tasks that start syncs, and prune. One query.

    Where nothing is long due, it does not matter that nothing was ever started.
    """
    ran_at = SchedulerHeartbeat.objects.filter(name=OuterRef("name")).values("ran_at")
    long_due = SyncSchedule.objects.filter(Connection.runnable("connection__"), next_due_at__lt=now - LONG)
    in_vain = Case(When(ran_at__isnull=True, then=Exists(long_due)), default=False)
    tasks = PeriodicTask.objects.filter(name__in=[*STARTERS, PRUNE]).select_related("interval", "crontab")
    began = Subquery(living_beats(now).values("started_at")[:1])
    found = tasks.annotate(ran_at=Subquery(ran_at), began=began).annotate(in_vain=in_vain).order_by("name")
    counted = [task for task in found if task.ran_at or task.in_vain or task.name == PRUNE]
    late = [Round(task, task.ran_at, began=task.began) for task in counted]
    return {each.name: each for each in late if each.missing_since(now)}


def silent(late: dict[str, Round]) -> Round | None:
    """The starter that should have run most often since."""
    starters: Sequence[Round] = [late[name] for name in STARTERS if name in late]
    return starters[0] if starters else None
