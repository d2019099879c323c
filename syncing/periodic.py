"""What runs from time to time, whoever calls it: Beat, an outside cron or a loop. Each run leaves its heartbeat."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.utils import timezone

from syncing import pruning, scheduler, sweeper
from syncing.models import SchedulerHeartbeat, SyncJob
from syncing.scheduler import Dispatched
from syncing.stopping import Stop

log = structlog.get_logger(__name__)

SMART_SYNC, DISPATCH_REALTIME, SWEEP, PRUNE = "smart-sync", "dispatch-realtime", "sweep", "prune"
SMART_SYNC_SECONDS = 300
SMART_SYNC_PROJECTS, SMART_SYNC_PROJECTS_SECONDS = "smart-sync-all-projects", 1800
PRUNE_AT = {"hour": "3", "minute": "30"}
"""In UTC."""
PRUNE_EVERY = timedelta(days=1)


def every_seconds() -> dict[str, int]:
    """How far apart the runs of each are meant to be."""
    return {
        SMART_SYNC: SMART_SYNC_SECONDS,
        DISPATCH_REALTIME: settings.DISPATCH_SECONDS,
        SWEEP: settings.SWEEP_SECONDS,
    }


def looks() -> dict[str, int]:
    """Of those that start what is due."""
    return {name: every_seconds()[name] for name in (SMART_SYNC, DISPATCH_REALTIME)}


def smart_sync(*, trigger: str = SyncJob.Trigger.SCHEDULE) -> Dispatched:
    """Everything that is due or stale, whatever its pace; and mend what is out of order, which delays nothing."""
    errors: list[str] = []

    def work(now: datetime) -> Dispatched:
        try:
            scheduler.heal(now)
        except Exception as failure:
            log.exception("schedules could not be mended")
            errors.append(type(failure).__name__)
        return scheduler.enqueue_due(now, trigger=trigger)

    return _run(SMART_SYNC, work, errors=errors)


def dispatch_realtime(*, trigger: str = SyncJob.Trigger.SCHEDULE) -> Dispatched:
    """The connections that are faster than five minutes."""
    return _run(DISPATCH_REALTIME, lambda now: scheduler.enqueue_due(now, trigger=trigger, fast_only=True))


def sweep() -> None:
    """Mend what a crash, a lost message or an absent broker left behind."""

    def work(now: datetime) -> Dispatched:
        sweeper.sweep(now)
        return Dispatched()

    _run(SWEEP, work)


def prune(stop: Stop) -> dict[str, int]:
    """Delete what has been kept long enough. Returns how many rows of which kind."""
    deleted: dict[str, int] = {}

    def work(now: datetime) -> Dispatched:
        pruning.prune(now, stop=stop, deleted=deleted)
        return Dispatched()

    _run(PRUNE, work, deleted=deleted)
    return deleted


def prune_if_overdue(stop: Stop) -> None:
    """Once a day, where no Beat does it."""
    today = timezone.now() - PRUNE_EVERY
    if not SchedulerHeartbeat.objects.filter(name=PRUNE, ran_at__gt=today).exists():
        prune(stop)


def _run(
    name: str,
    work: Callable[[datetime], Dispatched],
    *,
    deleted: dict[str, int] | None = None,
    errors: list[str] | None = None,
) -> Dispatched:
    """deleted, errors: which work fills; errors are those that did not end it."""
    now, began, done = timezone.now(), time.monotonic(), Dispatched()
    errors = [] if errors is None else errors
    try:
        done = work(now)
    except Exception as failure:
        errors.append(type(failure).__name__)
        raise
    finally:
        figures: dict[str, Any] = {
            "took_ms": int(1000 * (time.monotonic() - began)),
            "jobs": done.jobs,
            "held_back": done.held_back,
            "error": ", ".join(dict.fromkeys(errors)),
            "deleted": deleted or {},
        }
        SchedulerHeartbeat.objects.update_or_create(name=name, defaults={"ran_at": now, **figures})
        did_something = done.jobs or done.held_back or deleted or errors
        log.log(logging.INFO if did_something else logging.DEBUG, "periodic task ran", task=name, **figures)
    return done
