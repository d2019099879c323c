"""What a first sync of Google Ads costs, stored and all: `python -m benchmarks.google_ads_sync [--rounds 3]`.

90,000 rows of ads by day (1,000 ads, 90 days) through the engine into PostgreSQL, in one slice; then the same again,
where nothing has changed. Processor time of the process that reads, against receiving the same messages over gRPC with
the official client and doing nothing with them (3 times is allowed), each in a process of its own and loaded before;
and its peak memory (256 MB are allowed). PostgreSQL's and the answering process's own time is not in it.
"""

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from statistics import median
from subprocess import PIPE, run
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any, NamedTuple

from benchmarks.google_ads_decoding import ADS, DAYS, LITTLE, ROWS_OF_LITTLE, UNTIL, alone, answering, cpu, expect
from tests.run import postgres_server

ALL = "2220002220"
ALLOWED, MEGABYTES = 3.0, 256


class Stored(NamedTuple):
    """Processor seconds of the first sync and of one without news, megabytes before and at most, by then."""

    first: float
    again: float
    before: float
    peak: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--measure", nargs=2, metavar=("ENDPOINT", "SIGN_IN"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        return measure()
    rows = ADS * DAYS
    with (
        TemporaryDirectory(prefix="freshet-") as folder,
        postgres_server(Path(folder)) as url,
        answering(rows) as (endpoint, sign_in),
    ):
        found = [stored(url, folder, endpoint, sign_in, turn == 0) for turn in range(options.rounds)]
        floors = [alone("bare", endpoint, sign_in, rows) for _ in range(options.rounds)]
    first = median(mine.first / floor.cpu for mine, floor in zip(found, floors, strict=True))
    again = median(mine.again / floor.cpu for mine, floor in zip(found, floors, strict=True))
    peak = max(mine.peak for mine in found)
    print(
        f"first sync of {rows:,} rows: CPU {median(one.first for one in found):.2f} s, receiving alone"
        f" {median(one.cpu for one in floors):.2f} s: {first:.2f} times (allowed: {ALLOWED})\n"
        f"again, with nothing changed: {median(one.again for one in found):.2f} s: {again:.2f} times\n"
        f"peak memory {peak:.0f} MB (allowed: {MEGABYTES}), {median(one.before for one in found):.0f} MB before"
    )
    return 0 if first <= ALLOWED and peak <= MEGABYTES else 1


def stored(url: str, folder: str, endpoint: str, sign_in: str, is_new: bool) -> Stored:
    environment = {
        **os.environ,
        "ENV_FILE": os.devnull,
        "VAR_DIR": f"{folder}/var",
        "DATABASE_URL": url,
        "GOOGLE_ADS_SANDBOX": "true",
        "GOOGLE_ADS_ENDPOINT": endpoint,
        "GOOGLE_SIGN_IN_URL": sign_in,
        "GOOGLE_ADS_ACCESS_LEVEL": "standard",
        "BACKGROUND_SYNC_ENABLED": "false",
        "LOG_LEVEL": "WARNING",
    }
    if is_new:
        run([sys.executable, "manage.py", "migrate", "-v", "0"], env=environment, check=True)
    words = [sys.executable, "-m", "benchmarks.google_ads_sync", "--measure", endpoint, sign_in]
    told = run(words, env=environment, stdout=PIPE, text=True, check=True).stdout
    return Stored(*map(float, told.split()))


def measure() -> int:
    """A small account first, which loads all and signs in."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from connections.models import Connection
    from projects.models import DailyMetric

    small, large = connected(LITTLE), connected(ALL)
    sync(small)
    before = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    first = cpu(lambda: lambda: sync(large))
    peak = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    again = cpu(lambda: lambda: sync(large))
    expect(DailyMetric.objects.filter(connection__external_account_id=LITTLE).count(), ROWS_OF_LITTLE)
    expect(DailyMetric.objects.filter(connection__external_account_id=ALL).count(), ADS * DAYS)
    Connection.objects.all().delete()
    print(first, again, before, peak)
    return 0


def connected(customer: str) -> Any:
    from connections.models import Connection, Credential, Workspace
    from syncing.models import ConnectionSync

    workspace, _ = Workspace.objects.get_or_create(name="Bench")
    login = Credential(workspace=workspace, provider="google_ads")
    login.seal({"refresh_token": "bench-login"})
    login.save()
    account = {"external_account_id": customer, "name": customer, "currency": "USD", "anchor_date": UNTIL}
    made = Connection.objects.create(
        workspace=workspace, provider="google_ads", credential=login, is_sandbox=True, **account
    )
    ConnectionSync.objects.get_or_create(connection=made)
    return made


def sync(connection: Any) -> None:
    """The ads of the recent window, by a loop as a worker's."""
    from syncing import runner, scheduler
    from syncing.budget import Purse
    from syncing.models import SyncChunk, SyncJob
    from syncing.scope import Scope

    now = datetime(UNTIL.year, UNTIL.month, UNTIL.day, 16, tzinfo=UTC)
    scope = Scope(("ad_metrics",), recent=True)
    job = scheduler.enqueue_now(connection, now=now, trigger="user", scope=scope).job
    purse = Purse(lambda: now)
    while chunk := SyncChunk.claim_next(now, jobs=[job.pk]):
        runner.run_chunk(chunk, clock=lambda: now, stop=Event(), purse=purse)
    status = SyncJob.objects.get(pk=job.pk).status
    if status != SyncJob.Status.COMPLETED:
        sys.exit(f"The sync ended as {status}.")


if __name__ == "__main__":
    sys.exit(main())
