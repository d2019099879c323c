"""What do 200 spreadsheets of five tabs cost in calls, with four processes? `python -m benchmarks.sheets_quota`.

One key opens all of them, so that its 60 reads a minute are shared. The sandbox is the referee: it counts every call,
and the calls of each minute. First everything is read, without a limit. Then nothing has changed: one look at Drive for
each and no read. Then everything has: no minute may see more than 60 reads, and the sandbox may refuse none.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connections.providers.google_sheets.demo import DEMO_EMAIL
from connections.providers.google_sheets.sandbox import Sandbox
from connections.sandbox.server import SandboxServer
from tests.run import postgres_server

ROOT = Path(__file__).parent.parent
BOOKS, TABS, ROWS, PROCESSES, A_MINUTE = 200, 5, 10, 4, 60
SET_UP = f"""
from datetime import date
from django.conf import settings
from django.utils import timezone
from connections import registry
from connections.models import Connection, Credential, Workspace
from syncing.models import ConnectionSync
kind = "google_sheets"
workspace = Workspace.objects.create(name="Bench")
login = Credential(workspace=workspace, provider=kind)
login.seal(dict(registry.source_class(kind).demo_secrets(settings.PROVIDERS[kind])))
login.save()
for at in range({BOOKS}):
    made = Connection.objects.create(workspace=workspace, credential=login, provider=kind, name=f"Book {{at}}",
        external_account_id=f"book-of-the-bench-{{at}}", is_sandbox=True, anchor_date=date(2026, 1, 1))
    ConnectionSync.set_frequency(made.pk, "smart")
"""
ALL_DUE = """
from django.utils import timezone
from connections.models import Connection
from syncing import scheduler
from syncing.models import CallBudget, SyncJob, SyncSchedule
CallBudget.objects.all().delete()
now = timezone.now()
scheduler.reschedule(list(Connection.objects.values_list("pk", flat=True)), now)
SyncSchedule.objects.update(next_due_at=now)
while SyncJob.objects.active().count() < Connection.objects.count():
    scheduler.enqueue_due(timezone.now())
"""
WORK = """
import sys, time
from datetime import timedelta
import django
django.setup()
from django.utils import timezone
from syncing import runner
from syncing.models import SyncChunk
until = timezone.now() + timedelta(seconds=float(sys.argv[1]))
while timezone.now() < until and SyncChunk.objects.open().exists():
    if not runner.run_ready(until=until):
        time.sleep(0.2)
"""
HOW_MANY = "from syncing.models import SyncJob; print(SyncJob.objects.filter(status='completed').count())"


@dataclass
class Bench:
    google: Any
    environment: dict[str, str]

    def manage(self, *words: str) -> str:
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout.strip()

    def shell(self, code: str) -> str:
        return self.manage("shell", "-v", "0", "-c", code)

    def work(self, seconds: float, *, reads_per_minute: int) -> tuple[Counter[str], int, float]:
        """Calls by kind, spreadsheets that were read or looked at to their end, and seconds."""
        self.shell(ALL_DUE)
        before, started = int(self.shell(HOW_MANY)), time.monotonic()
        self.google.calls.clear()
        self.google.quota.reset()
        environment = {**self.environment, "SHEETS_READS_PER_MINUTE": str(reads_per_minute)}
        command = [sys.executable, "-c", WORK, str(seconds)]
        workers = [subprocess.Popen(command, cwd=ROOT, env=environment) for _ in range(PROCESSES)]
        if any(worker.wait() for worker in workers):
            raise SystemExit("A worker has failed.")
        took = time.monotonic() - started
        calls = Counter(call.bucket for call in self.google.calls.all())
        return calls, int(self.shell(HOW_MANY)) - before, took


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=240, help="how long the calls of the last part are watched")
    seconds: float = parser.parse_args().seconds
    with (
        tempfile.TemporaryDirectory(prefix="freshet-", ignore_cleanup_errors=True) as folder,
        postgres_server(Path(folder)) as url,
        SandboxServer([Sandbox]) as server,
    ):
        fill(server)
        bench = Bench(server.google_sheets, surroundings(folder, url, server))
        bench.manage("migrate", "-v", "0")
        bench.shell(SET_UP)
        return int(any([everything(bench), nothing_changed(bench), all_changed(bench, seconds)]))


def everything(bench: Bench) -> bool:
    bench.google.set(reads_per_minute=None)
    calls, read, took = bench.work(600, reads_per_minute=1_000_000)
    bench.google.set(reads_per_minute=A_MINUTE)
    print(f"{read} spreadsheets of {TABS} tabs read: {calls['reads']} reads, {calls['drive']} looks, {took:.0f} s")
    return read != BOOKS


def nothing_changed(bench: Bench) -> bool:
    calls, looked, took = bench.work(600, reads_per_minute=A_MINUTE)
    print(
        f"nothing changed: {looked} looked at, {calls['drive']} looks, {calls['reads']} reads (limit 0), {took:.0f} s"
    )
    return looked != BOOKS or calls["drive"] > BOOKS or calls["reads"] > 0


def all_changed(bench: Bench, seconds: float) -> bool:
    for at in range(BOOKS):
        bench.google.edit("Tab 0", {"B2": 1000 + at}, book=book(at))
    calls, read, took = bench.work(seconds, reads_per_minute=A_MINUTE)
    busiest = bench.google.quota.busiest[DEMO_EMAIL].get("reads", 0)
    refused = bench.google.quota.refused
    print(f"all changed: {read} read by {PROCESSES} processes in {took:.0f} s, {calls['reads']} reads")
    print(f"  the busiest minute saw {busiest} (limit {A_MINUTE}), and {refused} were refused (limit 0)")
    return busiest > A_MINUTE or refused > 0 or read == 0


def fill(server: SandboxServer) -> None:
    for at in range(BOOKS):
        tabs = {
            f"Tab {tab}": [
                ["Link", "Views"],
                *([f"https://www.tiktok.com/@c{at}.{tab}.{row}", 1000 + row] for row in range(ROWS)),
            ]
            for tab in range(TABS)
        }
        server.google_sheets.add_book(book(at), tabs, title=f"Book {at}")


def book(at: int) -> str:
    return f"book-of-the-bench-{at}"


def surroundings(folder: str, url: str, server: SandboxServer) -> dict[str, str]:
    return {
        **os.environ,
        "ENV_FILE": os.devnull,
        "VAR_DIR": f"{folder}/var",
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "GOOGLE_SHEETS_SANDBOX": "true",
        "GOOGLE_API_URL": server.url("google_sheets"),
        "LOG_LEVEL": "WARNING",
    }


if __name__ == "__main__":
    sys.exit(main())
