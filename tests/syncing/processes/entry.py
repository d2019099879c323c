"""`manage.py` with the plain provider, and with accidents that the environment asks for.

DIE, PAUSE, HOLD: "place" or "place:3", a key of PLACES and the call of it that is meant (the first, if not said).
There the process kills itself, stops itself (SIGSTOP), or waits until the file HOLD_UNTIL exists.
READY: a file made once Django is up; then the command begins when the file GO exists.
"""

import functools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.conf import settings
from django.core.management import execute_from_command_line

from connections import registry
from projects.tables.ads import DailyMetricTable
from syncing import ending, runner, scheduler
from syncing.models import SyncChunk, SyncJob
from tests.fixtures import plain

PLACES: dict[str, tuple[Any, str, str]] = {
    "after_claim": (runner, "run_chunk", "before"),
    "mid_page": (DailyMetricTable, "upsert", "after"),
    "before_commit": (SyncChunk, "save_page", "after"),
    "before_page": (runner, "_save", "before"),
    "after_commit": (runner, "_save", "after"),
    "before_finish": (ending, "finish", "before"),
    "before_close": (SyncJob, "close", "before"),
    "between_structure_and_planning": (scheduler, "plan_metrics", "before"),
    "after_planning": (scheduler, "plan_metrics", "after"),
}
"""Where something can happen: the owner of a function, its name, and on which side of it."""


def happen(place: str, accident: Callable[[], None]) -> None:
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
    os.kill(os.getpid(), signal.SIGSTOP)


def wait_for(path: str) -> None:
    while not Path(path).exists():
        time.sleep(0.01)


def hold() -> None:
    Path(os.environ["HELD"]).touch()
    wait_for(os.environ["HOLD_UNTIL"])


ACCIDENTS = {"DIE": die, "PAUSE": pause, "HOLD": hold}


def main() -> None:
    registry.SOURCES[plain.KIND] = plain.PATH
    settings.PROVIDERS = {**settings.PROVIDERS, plain.KIND: plain.SETTINGS}
    for name, accident in ACCIDENTS.items():
        if place := os.environ.get(name):
            happen(place, accident)
    if ready := os.environ.get("READY"):
        Path(ready).touch()
        wait_for(os.environ["GO"])
    execute_from_command_line(["manage.py", *sys.argv[1:]])


if __name__ == "__main__":
    main()
