"""Do the workers' part in threads of this process, where no worker runs: sweep, and run whatever is ready."""

import atexit
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import close_old_connections, connections, transaction
from django.utils import timezone

from syncing import periodic, runner, sweeper
from syncing.models import SyncChunk

log = structlog.get_logger(__name__)

SHIFT = timedelta(seconds=60)
BUSY_LOOK = 0.5
"""Seconds from one look at the queue to the next while a slice runs, whose end may make more of them ready."""

REST = 1
"""Seconds that a slot is left alone after an error, or a database that is away would fill the log."""

PRUNE_LOOK = 300
"""Seconds from the start, and from one look to the next, whether old rows are to be deleted: nobody waits for that."""

GOODBYE_SECONDS = 5
"""What a process waits at its end for the pages in hand."""

_lock = threading.Lock()
_stop, _look = threading.Event(), threading.Event()
_keepers: list[threading.Thread] = []
_slices: list[threading.Thread] = []
_pruners: list[threading.Thread] = []


def run() -> None:
    """Begin with what was queued, once the transaction is through."""
    if not settings.BACKGROUND_SYNC_ENABLED:
        transaction.on_commit(_begin, robust=True)


def start() -> None:
    """Keep the queue from now on, if nobody else does. For a process that stays: one that serves the web."""
    if not settings.BACKGROUND_SYNC_ENABLED:
        keep()


def keep() -> None:
    """Keep the queue from now on. To ask again does no harm."""
    _start(_keepers, 1, most=1, name="keeper", work=_keep)


def look() -> None:
    """There may be more in the queue than at the keeper's last look."""
    _look.set()


@atexit.register
def hand_back() -> None:
    """Chunks in hand are given back after the page in hand."""
    _stop.set()
    _look.set()
    deadline = time.monotonic() + GOODBYE_SECONDS
    for thread in threads():
        thread.join(max(0.0, deadline - time.monotonic()))


def threads() -> list[threading.Thread]:
    """Those that live."""
    return [thread for thread in (*_slices, *_pruners, *_keepers) if thread.is_alive()]


def _begin() -> None:
    """One slice at once, because somebody waits; the keeper starts the others."""
    start()
    _start_slices(1)
    _look.set()


def _start_slices(wanted: int) -> None:
    _start(_slices, wanted, most=settings.WORKER_SLOTS, name="slice", work=_run_slice)


def _start(started: list[threading.Thread], wanted: int, *, most: int, name: str, work: Callable[[], None]) -> None:
    """So many more threads, but no more than `most` that live."""
    with _lock:
        started[:] = [thread for thread in started if thread.is_alive()]
        for _ in range(0 if _stop.is_set() else min(wanted, most - len(started))):
            thread = threading.Thread(target=work, daemon=True, name=name)
            thread.start()
            started.append(thread)


def _keep() -> None:
    """Look at the queue and sweep, from time to time, until the process ends."""
    sweep_at = time.monotonic()
    prune_at = sweep_at + PRUNE_LOOK
    while not _stop.is_set():
        close_old_connections()
        try:
            ready = SyncChunk.objects.ready(timezone.now()).count()
            _start_slices(ready)
            if time.monotonic() >= sweep_at:
                sweep_at = time.monotonic() + settings.SWEEP_SECONDS
                sweeper.sweep(timezone.now())
            if time.monotonic() >= prune_at:
                prune_at = time.monotonic() + PRUNE_LOOK
                _start(_pruners, 1, most=1, name="pruner", work=_prune)
        except Exception:
            log.exception("the queue could not be looked after")
        _wait(sweep_at)
    connections.close_all()


def _wait(sweep_at: float) -> None:
    is_busy = any(thread.is_alive() for thread in _slices)
    _look.wait(BUSY_LOOK if is_busy else max(REST, sweep_at - time.monotonic()))
    _look.clear()


def _prune() -> None:
    """It may take minutes, in which the keeper has to go on."""
    try:
        periodic.prune_if_overdue(_stop)
    except Exception:
        log.exception("old rows could not be deleted")
    finally:
        connections.close_all()


def _run_slice() -> None:
    try:
        runner.run_ready(until=timezone.now() + SHIFT, stop=_stop)
    except Exception:
        log.exception("a slice ended with an error")
        _stop.wait(REST)
    finally:
        connections.close_all()
