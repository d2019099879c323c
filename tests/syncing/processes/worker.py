"""`celery -A config worker` with the plain provider, and with what the environment asks for.

KILLS_ITS_PROCESS: the id of a chunk that nobody survives. DEAF_SECONDS: the patience of the watchdog.
KILLS_BEAT: seconds after which an error that nobody expects ends the thread of Beat.
DIES, DEATHS: see tests/syncing/logikal/dying.py.
"""

import os
import signal
import sys
import time
from datetime import timedelta
from typing import Any

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from celery.__main__ import main as celery
    from django.conf import settings

    from tests.fixtures import plain

    plain.register(settings)
    if chunk := os.environ.get("KILLS_ITS_PROCESS"):
        die_of(int(chunk))
    if seconds := os.environ.get("DEAF_SECONDS"):
        be_impatient(float(seconds))
    if seconds := os.environ.get("KILLS_BEAT"):
        kill_beat_after(float(seconds))
    if os.environ.get("DIES"):
        from tests.syncing.logikal import dying

        dying.arrange()
    sys.argv = ["celery", "-A", "config", "worker", *sys.argv[1:]]
    celery()


def die_of(chunk_id: int) -> None:
    """Whoever begins to read this chunk dies."""
    from syncing import runner

    original = runner._source

    def source(chunk: Any, *others: Any) -> Any:
        if chunk.pk == chunk_id:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(chunk, *others)

    runner._source = source  # type: ignore[assignment]


def kill_beat_after(seconds: float) -> None:
    from django_celery_beat.schedulers import DatabaseScheduler

    end, original = time.monotonic() + seconds, DatabaseScheduler.tick

    def tick(self: Any, *args: Any, **options: Any) -> Any:
        if time.monotonic() > end:
            raise ZeroDivisionError("nobody expects this")
        return original(self, *args, **options)

    DatabaseScheduler.tick = tick


def be_impatient(seconds: float) -> None:
    """The watchdog of a worker looks ten times as often as it has patience."""
    from config import workers
    from syncing import heart

    heart.DEAF_AFTER = timedelta(seconds=seconds)
    workers.BEAT_SECONDS = seconds / 10


if __name__ == "__main__":
    main()
