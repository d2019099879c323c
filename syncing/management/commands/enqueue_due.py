"""Start what is due, once or again and again, with or without Beat and workers."""

import signal
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections
from django.db.models import QuerySet
from django.utils import timezone

from syncing import foreground, inline, periodic
from syncing.models import SyncChunk, SyncJob
from syncing.scheduler import Dispatched

log = structlog.get_logger(__name__)

LONGEST_PAUSE = timedelta(minutes=5)


class Command(BaseCommand):
    help = (
        "Start everything that is due. Where no worker can be told, because background sync is off or there is no"
        " broker, this process runs it too."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="go on until stopped, as Beat would")
        parser.add_argument(
            "--every", type=int, default=settings.DISPATCH_SECONDS, help="seconds between looks of a loop (10)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["every"] <= LONGEST_PAUSE.total_seconds():
            raise CommandError("--every takes 1 to 300 seconds.")
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        if options["loop"]:
            self._loop(options["every"], stop)
        else:
            self._once(stop)

    def _once(self, stop: threading.Event) -> None:
        done = periodic.smart_sync(trigger=SyncJob.Trigger.CRON)
        self.stdout.write(
            f"Started {done.jobs} job{'s' * (done.jobs != 1)} for {done.streams} objects; {done.held_back} held back."
        )
        if not can_wake_workers():
            self._run_here(stop)

    def _run_here(self, stop: threading.Event) -> None:
        """Nothing that others have in hand: a cron that comes every few minutes would pile up behind a long sync."""
        jobs = list(_ready_jobs())
        for waiting in foreground.run_jobs(jobs, threads=settings.WORKER_SLOTS, stop=stop):
            until = f" until {waiting.until:%H:%M} UTC" if waiting.until else ""
            self.stdout.write(f"{waiting.job.connection} waits{until}: {waiting.reason}")

    def _loop(self, every: int, stop: threading.Event) -> None:
        """The ticks of Beat, each at its pace; and the queue, where nobody else looks after it."""
        if not can_wake_workers():
            inline.keep()
        ticks: list[tuple[Callable[[], Dispatched | None], float]] = [
            (lambda: periodic.prune_if_overdue(stop), periodic.SMART_SYNC_SECONDS),
            (lambda: periodic.dispatch_realtime(trigger=SyncJob.Trigger.CRON), every),
            (periodic.sweep, settings.SWEEP_SECONDS),
            (lambda: periodic.smart_sync(trigger=SyncJob.Trigger.CRON), periodic.SMART_SYNC_SECONDS),
        ]
        due = [0.0] * len(ticks)
        while not stop.is_set():
            for at, (tick, seconds) in enumerate(ticks):
                if time.monotonic() >= due[at]:
                    due[at] = time.monotonic() + seconds
                    _carefully(tick)
                    inline.look()
            stop.wait(max(0.1, min(due) - time.monotonic()))


def _ready_jobs() -> QuerySet[SyncChunk, UUID]:
    ready = SyncChunk.objects.ready(timezone.now())
    taken = SyncChunk.objects.running(timezone.now()).values("sync_job")
    return ready.exclude(sync_job__in=taken).values_list("sync_job", flat=True).distinct().order_by()


def can_wake_workers() -> bool:
    """Else nobody would hear that work waits, as far as this process knows."""
    return bool(settings.BACKGROUND_SYNC_ENABLED and settings.REDIS_URL)


def _carefully(tick: Callable[[], Dispatched | None]) -> None:
    """Whatever one tick meets, a database that is away or a bug, ends no loop."""
    try:
        close_old_connections()
        tick()
    except Exception:
        log.exception("a tick failed; the next one tries again")
