"""The doors for Celery. Messages carry the name of a queue and nothing else."""

import ctypes
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from celery import shared_task
from celery.signals import celeryd_after_setup, worker_shutting_down
from django.conf import settings
from django.utils import timezone

from syncing import periodic, runner, smart, wakeups
from syncing.models import SyncChunk, SyncJob
from syncing.slots import Slots
from syncing.stopping import SharedFlag

SHIFT = timedelta(seconds=10)
stop = SharedFlag()
slots = Slots()


@celeryd_after_setup.connect
def know_our_size(*, instance: Any, **_: object) -> None:
    """As the worker was started, whatever the settings say; less the thread that keeps the schedule, if it does."""
    keeps_schedule = "scheduler" in instance.app.amqp.queues.consume_from
    slots.number = max(1, instance.concurrency - keeps_schedule)


@worker_shutting_down.connect
def hand_back(**_: object) -> None:
    """Every loop gives its chunk back after the page in hand."""
    stop.set()


@shared_task(name=wakeups.TASK, ignore_result=True)
def run_ready(*, queue: str) -> None:
    """Run what is ready in this queue, for a shift. If more is left, a message for the next one follows."""
    with slots.slot(queue) as free:
        if not free:
            return
        runner.run_ready(queues=[queue], until=timezone.now() + SHIFT, stop=stop, faster=wakeups.faster_than(queue))
    if not stop.is_set():
        _wake_next(queue)
    _give_memory_back()


def _wake_next(queue: str) -> None:
    """The faster queues too, for whose sake the loop may have ended."""
    ready = SyncChunk.objects.ready(timezone.now())
    for name in (*wakeups.faster_than(queue), queue):
        if ready.filter(queue=name).exists():
            wakeups.send(name, 1)


def _give_memory_back() -> None:
    """What pages took and freed lies with the allocator: glibc returns it when told to; others have no such call."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


@shared_task(name="syncing.sweep", ignore_result=True)
def sweep() -> None:
    _by_flag(periodic.sweep)


@shared_task(name="syncing.smart_sync", ignore_result=True)
def smart_sync() -> None:
    _by_flag(periodic.smart_sync)


@shared_task(name="syncing.smart_sync_all_projects", ignore_result=True)
def smart_sync_all_projects() -> None:
    """By the name that the view counter gave it: what is due is started in one way, creators' projects included."""
    smart_sync()


@shared_task(name="syncing.smart_sync_single_project", ignore_result=True)
def smart_sync_single_project(project_id: str) -> None:
    """project_id: its UUID, as the API names it."""
    _by_flag(lambda: smart.start(project_id, now=timezone.now(), trigger=SyncJob.Trigger.COMMAND))


@shared_task(name="syncing.dispatch_realtime", ignore_result=True)
def dispatch_realtime() -> None:
    _by_flag(periodic.dispatch_realtime)


@shared_task(name="syncing.prune", ignore_result=True)
def prune() -> None:
    _by_flag(partial(periodic.prune, stop))


def _by_flag(work: Callable[[], object]) -> None:
    """Where background sync is off, whoever still sends these messages is not heard."""
    if settings.BACKGROUND_SYNC_ENABLED:
        work()
