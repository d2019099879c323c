"""Sync the creators' projects here: what a system cron calls."""

import json
import signal
import sys
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from syncing import smart


class Command(BaseCommand):
    help = (
        "Read the sheets and platforms of all active creators' projects in this process, without Celery and Redis, and "
        "print what came of it as JSON. Exit codes: 0 all ended well, 1 some did not, 3 some still run."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", metavar="UUID", help="only this project, as the JSON names it")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        try:
            said = (
                smart.sync_project_standalone(options["project"], stop=stop)
                if options["project"]
                else smart.sync_all_projects_standalone(stop=stop)
            )
        except smart.NoProject as unknown:
            raise CommandError(str(unknown)) from unknown
        self.stdout.write(json.dumps(said, indent=2))
        sys.exit(1 if said["error_count"] else 3 if said["running_count"] else 0)
