"""Does somebody look at what is due, does somebody run it, and is that what the settings want?"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django_celery_beat.models import PeriodicTask

from config.doctor.finding import Finding, many, ok, warning, wrong
from syncing import periodic
from syncing.models import SchedulerHeartbeat, WorkerHeartbeat
from syncing.status import rounds
from syncing.status.freshness import paced, spoken
from syncing.wakeups import QUEUES

SCHEDULER = "scheduler"


def workers_live(now: datetime) -> Iterator[Finding]:
    alive = list(WorkerHeartbeat.alive(now).order_by("started_at"))  # Beat on its own is among them
    workers = [worker for worker in alive if worker.queues]
    if not settings.BACKGROUND_SYNC_ENABLED:
        yield ok("Workers", f"{many(len(workers), 'worker')}; none is needed while background sync is off.")
        return
    if not workers:
        yield wrong("Workers", "No worker lives, so nothing runs.", "Start one: its log says why the last one ended.")
        return
    slots = sum(worker.slots for worker in workers)
    yield ok("Workers", f"{many(len(workers), 'worker')} with {many(slots, 'slot')}: {_names(workers)}.")
    served = {queue for worker in workers for queue in worker.queues}
    missing = [queue for queue in (*QUEUES, SCHEDULER) if queue not in served]
    if missing:
        said = f"No living worker listens to {', '.join(missing)}."
        yield wrong("Queues", said, f"Start a worker with -Q {','.join(missing)}.")
    else:
        yield ok("Queues", f"Each has a worker: {', '.join((*QUEUES, SCHEDULER))}.")
    beats = [worker.name for worker in alive if worker.has_beat]
    if len(beats) > 1:
        said = f"{len(beats)} processes send the periodic tasks. That does no harm, and is of no use."
        yield warning("Beat", said, "Let one of them do it.")


def _names(workers: Sequence[object]) -> str:
    return ", ".join(str(worker) for worker in workers[:5]) + (" and more" if len(workers) > 5 else "")


def scheduler_looks(now: datetime) -> Iterator[Finding]:
    rows = {row.name: row for row in PeriodicTask.objects.select_related("interval")}
    last = {row.pk: row for row in SchedulerHeartbeat.objects.all()}
    since = rounds.beat_began(now)
    for name, seconds in periodic.every_seconds().items():
        row = rows.get(name)
        yield from _row(name, row)
        every = rounds.every_of(row.interval if row else None, timedelta(seconds=seconds))
        yield _beat(name, every, last.get(name), now, since)


def _row(name: str, row: PeriodicTask | None) -> Iterator[Finding]:
    if row is None:
        said = f"It has no row {name}, so nobody sends that task."
        yield wrong("Beat", said, "Run `manage.py migrate`: it makes it.")
    elif not row.enabled and settings.BACKGROUND_SYNC_ENABLED:
        yield wrong("Beat", f"Its row {name} is switched off.", "Switch it on in the admin, under periodic tasks.")


def _beat(
    name: str, every: timedelta, last: SchedulerHeartbeat | None, now: datetime, since: datetime | None
) -> Finding:
    """since: when the Beat that lives began; its first look comes one interval later."""
    title = f"Scheduler, {name}"
    ran = f"It ran {spoken(max(0, (now - last.ran_at).total_seconds()))} ago" if last else "It never ran"
    said = f"{ran}, and should {paced(every.total_seconds())}."
    is_late = rounds.is_silent(rounds.last_sign(last.ran_at if last else None, since), every, now)
    if not settings.BACKGROUND_SYNC_ENABLED:
        return ok(title, f"{said} Background sync is off, so only an outside cron runs it.")
    if is_late:
        return wrong(title, said, "Look whether Beat runs: its log says why it ended.")
    if last is None or (since and last.ran_at < since):
        return ok(title, f"{said} Beat has just begun.")
    if last.error:
        return warning(title, f"{said} The last time it ended with {last.error}.", "Its traceback is in the log.")
    return ok(title, said)
