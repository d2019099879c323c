"""Delete what has been kept long enough."""

import signal
import sys
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from syncing import periodic, pruning

INTERRUPTED = 130


class Command(BaseCommand):
    help = (
        "Delete what has been kept long enough, as the KEEP_ settings say, a few thousand rows at a time. Beat does it "
        "every night; without Beat an outside cron should. The data itself and the audit are kept for ever."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be deleted")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            self._say("would be deleted", pruning.prunable(timezone.now()))
            return
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        self._say("deleted", periodic.prune(stop))
        if stop.is_set():
            self.stderr.write("Interrupted: the rest goes next time.")
            sys.exit(INTERRUPTED)

    def _say(self, what: str, rows: dict[str, int]) -> None:
        for name, number in rows.items():
            self.stdout.write(f"{number:,} {name} {what}")
        if not any(rows.values()):
            self.stdout.write(f"Nothing {'to delete' if what.startswith('would') else 'was old enough'}.")
