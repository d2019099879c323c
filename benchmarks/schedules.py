"""How much the schedule costs with 100,000 objects in PostgreSQL: `python -m benchmarks.schedules`.

25,000 connections of 2,000 workspaces, four scheduled streams each; the lists of objects are switched off. The floor is
the bare SQL that could claim a thousand due rows, in the same run. Ends with 1 where a limit is missed. Background sync
is off, so that no broker is waited for.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import django

from tests.run import postgres_server

ROOT = Path(__file__).parent.parent
CONNECTIONS, WORKSPACES = 25_000, 2_000
STREAMS = ("account_metrics", "campaign_metrics", "adset_metrics", "ad_metrics")
OFF = ("campaigns", "ad_sets", "ads")
FLOOR = """
UPDATE syncing_syncschedule AS schedule SET next_due_at = %s
FROM (SELECT id FROM syncing_syncschedule WHERE next_due_at <= %s ORDER BY next_due_at LIMIT 1000
      FOR UPDATE SKIP LOCKED) AS due
WHERE schedule.id = due.id RETURNING schedule.id, schedule.connection_id, schedule.stream
"""
FILL = """
INSERT INTO syncing_syncschedule (connection_id, stream, interval_seconds, priority, next_due_at, due_because, stale_at,
                                  verdict, state, last_attempted_at, last_completed_at, consecutive_failures)
SELECT connection.id, stream, 3600, 2, %(later)s + random() * interval '50 minutes', '', %(later)s, 'started',
       %(state)s::jsonb, %(now)s, %(now)s, 0
FROM connections_connection AS connection, unnest(%(streams)s::text[]) AS stream
"""
FILL_OFF = """
INSERT INTO syncing_syncschedule (connection_id, stream, priority, due_because, verdict, state, consecutive_failures)
SELECT connection.id, stream, 3, '', '', '{}', 0
FROM connections_connection AS connection, unnest(%(streams)s::text[]) AS stream
"""
DUE = """
UPDATE syncing_syncschedule SET next_due_at = %(due)s WHERE next_due_at IS NOT NULL AND connection_id IN (
    SELECT id FROM connections_connection WHERE {which} ORDER BY external_account_id::int LIMIT %(limit)s)
"""
EMPTIED = "sync_job_chunks, sync_jobs, syncing_decision"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dispatch", action="store_true", help="be one of the processes that drain what is due")
    if parser.parse_args().dispatch:
        django.setup()
        return dispatch()
    with tempfile.TemporaryDirectory(prefix="freshet-", ignore_cleanup_errors=True) as folder, database(folder):
        django.setup()
        bench = Bench()
        bench.fill()
        for part in (idle, claim, noisy, queued, outage, drain):
            part(bench)
    return int(bool(bench.missed))


@contextmanager
def database(folder: str) -> Iterator[None]:
    """As a server is usually set up: fsync on, autovacuum on."""
    with postgres_server(Path(folder)) as url:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "ENV_FILE": os.devnull,
            "VAR_DIR": f"{folder}/var",
            "DATABASE_URL": url,
            "BACKGROUND_SYNC_ENABLED": "false",
            "LOG_LEVEL": "ERROR",
        }
        os.environ.pop("REDIS_URL", None)
        subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, check=True)
        yield
        from django.db import connection

        connection.close()


@dataclass
class Bench:
    """now: of everything that is asked. missed: limits that were not kept."""

    now: datetime = field(default_factory=lambda: datetime.now().astimezone())
    missed: list[str] = field(default_factory=list)

    def sql(self, statement: str, **values: Any) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(statement, values or None)

    def fill(self) -> None:
        from django.conf import settings
        from orjson import dumps

        from connections.models import Connection, Credential, Workspace
        from syncing.models import ConnectionSync, ObjectSyncConfig

        spaces = Workspace.objects.bulk_create(Workspace(name=f"Workspace {at}") for at in range(WORKSPACES))
        login = Credential(workspace=spaces[0], provider="meta")
        login.seal({"access_token": "x"})
        login.save()
        made = Connection.objects.bulk_create(
            (
                Connection(
                    workspace=spaces[at % WORKSPACES],
                    credential=login,
                    provider="meta",
                    name=f"Account {at}",
                    external_account_id=f"{at}",
                    timezone="Europe/Zurich",
                    is_sandbox=settings.PROVIDERS["meta"]["sandbox"],
                    anchor_date=date(2026, 1, 1),
                )
                for at in range(CONNECTIONS)
            ),
            batch_size=2000,
        )
        ConnectionSync.objects.bulk_create(
            (
                ConnectionSync(connection=each, sync_frequency="hourly", last_sync_completed_at=self.now)
                for each in made
            ),
            batch_size=5000,
        )
        depths = {"28": self.now.isoformat(), "2": self.now.isoformat()}
        state = {"settled_until": (self.now.date() - timedelta(days=28)).isoformat(), "depths": depths}
        values = {"now": self.now, "later": self.now + timedelta(hours=1), "state": dumps(state).decode()}
        self.sql(FILL, streams=list(STREAMS), **values)
        self.sql(FILL_OFF, streams=list(OFF))
        ObjectSyncConfig.objects.filter(object_type__in=OFF).update(is_sync_enabled=False)
        self.sql("ANALYZE")

    def reset(self) -> None:
        """Nothing is due, and nothing is queued."""
        self.sql(f"TRUNCATE {EMPTIED} CASCADE")
        self.sql("UPDATE syncing_syncschedule SET next_due_at = %(at)s WHERE next_due_at < %(at)s", at=self.later)
        self.sql("UPDATE syncing_connectionsync SET sync_status = 'idle' WHERE sync_status <> 'idle'")
        self.sql("VACUUM ANALYZE")

    @property
    def later(self) -> datetime:
        return self.now + timedelta(hours=1)

    def make_due(self, connections: int, which: str = "true") -> None:
        self.sql(DUE.format(which=which), due=self.now - timedelta(minutes=10), limit=connections)

    def say(self, what: str, value: float, limit: float, unit: str, more: str = "") -> None:
        kept = value <= limit
        self.missed += [] if kept else [what]
        print(f"{what:<46}{value:9.2f} {unit:<3} of {limit:g} {'' if kept else 'MISSED'} {more}", flush=True)


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def rolled_back(work: Callable[[], object]) -> float:
    """Its seconds. Nothing of it stays, but for dead rows."""
    from django.db import transaction

    with transaction.atomic():
        took = seconds(work)
        transaction.set_rollback(True)
    return took


class Statements:
    """Counts what is asked of the database, and how long the answers take."""

    def __init__(self) -> None:
        self.count, self.seconds = 0, 0.0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.count, self.seconds = self.count + 1, self.seconds + time.perf_counter() - began


def idle(bench: Bench) -> None:
    from django.db import connection

    from syncing import scheduler

    for fast_only in (False, True):
        took = []
        for _ in range(50):
            with connection.execute_wrapper(statements := Statements()):
                scheduler.enqueue_due(bench.now, fast_only=fast_only)
            took.append(1000 * statements.seconds)
        name = "idle tick of the fast" if fast_only else "idle tick"
        bench.say(name, median(took), 5, "ms", f"{statements.count} statement(s)")
    mended = scheduler.heal(bench.now)
    healing = [seconds(lambda: scheduler.heal(bench.now)) for _ in range(3)]
    print(f"looking for what is out of order, every five minutes: {1000 * median(healing):.0f} ms ({mended} mended)")


def claim(bench: Bench) -> None:
    """Of 250 connections with four due streams each: who is due, locked and read, and moved on."""
    from django.db import connection

    floors, ours, in_database = [], [], []
    for _ in range(12):
        bench.reset()
        bench.make_due(250)
        with connection.cursor() as cursor:
            floors.append(rolled_back(lambda: fetch_floor(cursor, bench)))
        bench.reset()
        bench.make_due(250)
        with connection.execute_wrapper(statements := Statements()):
            ours.append(rolled_back(lambda: claim_as_we_do(bench)))
        in_database.append(statements.seconds)
    least, most, asked = (1000 * median(each) for each in (floors, ours, in_database))
    more = f"{most:.1f} ms, {asked:.1f} of them in {statements.count} statements; bare {least:.1f} ms"
    bench.say("claim of 1,000 due, times the bare SQL", most / least, 2, "x", more)


def fetch_floor(cursor: Any, bench: Bench) -> None:
    cursor.execute(FLOOR, [bench.later, bench.now])
    assert len(cursor.fetchall()) == 1000


def claim_as_we_do(bench: Bench) -> None:
    from syncing.models import SyncSchedule
    from syncing.scheduler import due, verdicts

    order, moved = due.fair_order(due._candidates(bench.now, False), bench.now), 0
    for first in range(0, len(order), due.A_BATCH):
        cases = [
            verdicts._due(known, bench.now) for known in due._claimed(order[first : first + due.A_BATCH], bench.now)
        ]
        rows = due._moved([case for case in cases if case], bench.now)
        SyncSchedule.move_on(rows, verdicts.Verdict.STARTED)
        moved += len(rows)
    assert moved == 1000, moved


def noisy(bench: Bench) -> None:
    """One workspace has more due than there are slots by far; 300 others have one connection each that is due."""
    from connections.models import Connection, Workspace
    from syncing.scheduler import due

    bench.reset()
    loud = Workspace.objects.order_by("pk").first()
    assert loud
    bench.sql(
        "UPDATE connections_connection SET workspace_id = %(loud)s WHERE external_account_id::int >= %(from)s",
        **{"loud": loud.pk, "from": CONNECTIONS - 1250},
    )
    bench.make_due(1250, f"workspace_id = {loud.pk}")
    bench.sql(
        DUE.format(which="external_account_id::int BETWEEN 1 AND 300"), due=bench.now - timedelta(seconds=1), limit=300
    )
    found: list[Any] = []
    rounds = [
        seconds(lambda: found.append(due.fair_order(due._candidates(bench.now, False), bench.now))) for _ in range(9)
    ]
    served = Connection.objects.filter(pk__in=found[-1][:200]).values("workspace").distinct().count()
    more = f"the order of all that is due takes {1000 * median(rounds):.0f} ms"
    bench.say("of 200 slots, not to a workspace of their own", 200 - served, 0, "", more)


def queued(bench: Bench) -> None:
    from syncing import scheduler
    from syncing.models import SyncChunk

    took = []
    for _ in range(7):
        bench.reset()
        bench.make_due(250)
        took.append(seconds(lambda: scheduler.enqueue_due(bench.now)))
        assert SyncChunk.objects.count() == 1000, SyncChunk.objects.count()
    bench.say(
        "due to queued, 250 connections x 4", median(took), 0.6, "s", f"least {min(took):.2f}, most {max(took):.2f}"
    )


def outage(bench: Bench) -> None:
    from syncing import scheduler
    from syncing.models import SyncJob, SyncSchedule

    bench.reset()
    bench.make_due(2500)
    ticks = []
    while SyncSchedule.objects.filter(next_due_at__lte=bench.now).exists():
        ticks.append(seconds(lambda: scheduler.enqueue_due(bench.now)))
    assert SyncJob.objects.count() == SyncJob.objects.values("connection").distinct().count() == 2500
    more = f"{len(ticks)} tick(s), {sum(ticks):.1f} s in all"
    bench.say("longest tick, 10,000 due after an outage", max(ticks), 2.5, "s", more)


def drain(bench: Bench) -> None:
    """Four processes, as if four Beats ran."""
    from syncing.models import SyncChunk, SyncJob

    bench.reset()
    bench.make_due(CONNECTIONS)
    began = time.perf_counter()
    words = [sys.executable, "-m", "benchmarks.schedules", "--dispatch"]
    processes = [subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    claims = [int(process.communicate()[0]) for process in processes]
    took = time.perf_counter() - began
    unique = SyncChunk.objects.values("connection", "stream").distinct().count()
    assert SyncJob.objects.count() == CONNECTIONS
    bench.say("claims that were not 100,000 unique ones", abs(sum(claims) - 100_000) + 100_000 - unique, 0, "")
    print(f"four processes claimed {claims} in {took:.1f} s: {sum(claims) / took:,.0f} a second, with jobs and chunks")


def dispatch() -> int:
    from django.utils import timezone

    from syncing import scheduler
    from syncing.models import SyncSchedule

    now, claims = timezone.now(), 0
    while SyncSchedule.objects.filter(next_due_at__lte=now).exists():
        claims += scheduler.enqueue_due(now).streams
    print(claims)
    return 0


if __name__ == "__main__":
    sys.exit(main())
