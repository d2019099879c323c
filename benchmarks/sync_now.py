"""How long does Sync now take to answer? gunicorn 1x4 with 1,000 connections, 4 requests at a time: `python -m
benchmarks.sync_now`.

Each round asks once for a new job per request, then as often for the job that runs. The limit is 100 ms at the 95th
percentile. Answers of another status end the program.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from threading import local

from config import broker
from config.address import choose_port
from tests.run import postgres_server

ROOT = Path(__file__).parent.parent
CONNECTIONS, AT_ONCE, LIMIT_MS = 1000, 4, 100.0
ROUNDS = (50, 1000)
SET_UP = f"""
from datetime import date
from django.conf import settings
from django.utils import timezone
from connections.models import ApiToken, Connection, Credential, Workspace
from connections.registry import SOURCES
from syncing.models import ConnectionSync
kind, workspace = next(iter(SOURCES)), Workspace.objects.create(name="Bench")
login = Credential(workspace=workspace, provider=kind)
login.seal({{"access_token": "x"}})
login.save()
made = Connection.objects.bulk_create(
    Connection(workspace=workspace, credential=login, provider=kind, name=f"Account {{at}}",
               external_account_id=f"{{at}}", is_sandbox=settings.PROVIDERS[kind]["sandbox"],
               anchor_date=date(2026, 1, 1))
    for at in range({CONNECTIONS}))
ConnectionSync.objects.bulk_create(ConnectionSync(connection=each) for each in made)
print(ApiToken.issue(workspace, "Bench", "trigger", now=timezone.now())[1], *(each.pk for each in made))
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgres"], action="append")
    slowest = 0.0
    for database in parser.parse_args().database or ["sqlite", "postgres"]:
        with tempfile.TemporaryDirectory(prefix="freshet-", ignore_cleanup_errors=True) as folder:
            slowest = max(slowest, *on(database, Path(folder)))
    return int(slowest > LIMIT_MS)


def on(database: str, folder: Path) -> Iterator[float]:
    with _database(database, folder) as url, _broker(folder) as redis_url:
        environment = {
            **os.environ,
            "ENV_FILE": os.devnull,
            "VAR_DIR": str(folder / "var"),
            "DATABASE_URL": url,
            "REDIS_URL": redis_url,
            "LOG_LEVEL": "WARNING",
        }
        _manage(environment, "migrate", "-v", "0")
        for number in ROUNDS:
            token, *ids = _manage(environment, "shell", "-v", "0", "-c", SET_UP).split()
            with _server(environment) as port:
                _ask(port, token, 10 * ids[-AT_ONCE:], {200, 202})  # each thread of the server has met its database
                fresh = [ids[at % len(ids)] for at in range(number)]
                if number == CONNECTIONS:
                    fresh = ids[:-AT_ONCE]
                yield _figures(f"{database}: new jobs", _ask(port, token, fresh, {202}))
                yield _figures(f"{database}: joined", _ask(port, token, fresh, {200}))


def _ask(port: int, token: str, ids: Sequence[str], expected: set[int]) -> list[float]:
    """Milliseconds of each answer, over connections that stay open."""
    mine = local()

    def one(connection_id: str) -> float:
        if not hasattr(mine, "http"):
            mine.http = HTTPConnection("127.0.0.1", port, timeout=30)
        started = time.perf_counter()
        headers = {"Authorization": f"Bearer {token}"}
        mine.http.request("POST", f"/api/connections/{connection_id}/sync-now", headers=headers)
        answer = mine.http.getresponse()
        said = json.loads(answer.read())
        took = 1000 * (time.perf_counter() - started)
        if answer.status not in expected:
            raise SystemExit(f"{answer.status}: {said}")
        return took

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, ids))


def _figures(name: str, took: Sequence[float]) -> float:
    at_95 = quantiles(took, n=20)[-1]
    of_all = f"p50 {median(took):6.1f} ms   p95 {at_95:6.1f} ms   most {max(took):6.1f} ms"
    print(f"{name:<22}{len(took):>5} requests: {of_all}")
    return at_95


def _manage(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


@contextmanager
def _database(name: str, folder: Path) -> Iterator[str]:
    if name == "sqlite":
        yield f"sqlite:///{folder}/freshet.sqlite3"
        return
    with postgres_server(folder) as url:
        yield url


@contextmanager
def _broker(folder: Path) -> Iterator[str]:
    server, home = broker.binary(), broker.private_folder()
    if server is None:
        raise SystemExit("There is no Valkey.")
    process = subprocess.Popen(broker.command(server, home, log=folder / "valkey.log"))
    try:
        while not broker.answers(home):
            time.sleep(0.05)
        yield broker.url(home)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _server(environment: dict[str, str]) -> Iterator[int]:
    port = choose_port()
    words = f"-m gunicorn config.wsgi --bind 127.0.0.1:{port} --workers 1 --threads {AT_ONCE} --log-level warning"
    process = subprocess.Popen([sys.executable, *words.split()], cwd=ROOT, env=environment)
    try:
        while True:
            http = HTTPConnection("127.0.0.1", port, timeout=30)
            try:
                http.request("GET", "/healthz")
                http.getresponse()
                break
            except OSError:
                time.sleep(0.1)
            finally:
                http.close()
        yield port
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
