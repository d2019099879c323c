"""Let something happen to this process at a given call of a given function."""

import functools
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from connections import rotation
from projects.tables.ads import DailyMetricTable
from syncing import runner, scheduler
from syncing.models import ConnectionSync, SyncChunk, SyncJob

PLACES: dict[str, tuple[Any, str, str]] = {
    "while_starting": (ConnectionSync, "job_started", "before"),
    "after_claim": (runner, "run_chunk", "before"),
    "before_page": (runner, "_save", "before"),
    "mid_page": (DailyMetricTable, "upsert", "after"),
    "before_commit": (SyncChunk, "save_page", "after"),
    "after_commit": (runner, "_save", "after"),
    "before_close": (SyncJob, "close", "before"),
    "between_structure_and_planning": (scheduler, "plan_metrics", "before"),
    "mid_rotation": (rotation, "_replace", "after"),
    "after_planning": (scheduler, "plan_metrics", "after"),
}
"""Where something can happen: the owner of a function, its name, and on which side of it."""


def happen(place: str, accident: Callable[[], None]) -> None:
    """place: "after_claim", or "after_claim:3" for the third call."""
    name, _, number = place.partition(":")
    owner, function, side = PLACES[name]
    original, lock, calls = getattr(owner, function), threading.Lock(), iter(range(1, 1_000_000))

    @functools.wraps(original)
    def wrapped(*args: Any, **options: Any) -> Any:
        with lock:
            is_meant = next(calls) == int(number or 1)
        if is_meant and side == "before":
            accident()
        result = original(*args, **options)
        if is_meant and side == "after":
            accident()
        return result

    setattr(owner, function, wrapped)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def pause() -> None:
    """To this thread, or it would run on for a while before all of them stand still."""
    signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)


def wait_for(path: str) -> None:
    while not Path(path).exists():
        time.sleep(0.01)
