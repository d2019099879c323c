"""What a benchmark needs around it: PostgreSQL, the sandbox, the server of prepared answers, and measured processes."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psycopg

from connections.providers.meta.sandbox.graph import MetaSandbox
from connections.sandbox.server import SandboxServer
from tests.run import postgres_server

ROOT = Path(__file__).parent.parent
MEASURE = Path(__file__).parent / "measure.py"
DATA_TABLES = ("campaign", "adset", "ad", "dailymetric", "change")


@dataclass
class Measured:
    """One process: wall and CPU seconds, peak memory in MB, exit code, what it printed."""

    wall: float
    cpu: float
    peak: float
    code: int
    output: str

    def less(self, start_up: "Measured") -> "Measured":
        return Measured(self.wall - start_up.wall, self.cpu - start_up.cpu, self.peak, self.code, self.output)


@dataclass
class Stage:
    environment: dict[str, str]
    database: psycopg.Connection[Any]
    sandbox: SandboxServer
    prepared: str

    def run(self, *words: str, **environment: str) -> Measured:
        """Run a Python process to its end, and account for it as the kernel does."""
        with tempfile.TemporaryDirectory() as folder:
            report, log = Path(folder) / "report.json", Path(folder) / "log"
            with log.open("wb") as output:
                subprocess.run(
                    [sys.executable, "-S", str(MEASURE), str(report), sys.executable, *words],
                    cwd=ROOT,
                    env={**self.environment, **environment},
                    stdout=output,
                    stderr=output,
                    check=True,
                )
            return Measured(**json.loads(report.read_text()), output=log.read_text())

    def behave(self, **wanted: Any) -> None:
        body = json.dumps(wanted).encode()
        urlopen(Request(f"{self.prepared}/_prepared", data=body, method="POST")).close()

    def calls(self) -> int:
        with urlopen(f"{self.prepared}/_prepared") as answer:
            return int(json.load(answer)["calls"])

    def value(self, sql: str, *parameters: object) -> Any:
        row = self.database.execute(sql, parameters).fetchone()
        return row[0] if row else None

    def written(self) -> dict[str, int]:
        """Row versions written since the server started, in the tables that hold data."""
        names = [f"projects_{name}" for name in DATA_TABLES]
        self.database.execute("SELECT pg_stat_force_next_flush()")
        sql = "SELECT sum(n_tup_ins), sum(n_tup_upd), sum(n_tup_del) FROM pg_stat_user_tables WHERE relname = ANY(%s)"
        row = self.database.execute(sql, [names]).fetchone()
        return dict(zip(("inserted", "updated", "deleted"), map(int, row or (0, 0, 0)), strict=True))

    @contextmanager
    def watched(self) -> Iterator[dict[str, float]]:
        """WAL in MB and row versions written by what runs inside; a checkpoint first, so that page images count."""
        self.database.execute("CHECKPOINT")
        at, rows, found = self.value("SELECT pg_current_wal_insert_lsn()"), self.written(), {}
        yield found
        found["wal"] = float(self.value("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), %s)", at)) / 2**20
        found |= {name: count - rows[name] for name, count in self.written().items()}


@contextmanager
def stage() -> Iterator[Stage]:
    with (
        tempfile.TemporaryDirectory(prefix="freshet-", ignore_cleanup_errors=True) as folder,
        _servers(folder) as found,
    ):
        url, sandbox, prepared = found
        environment = {
            **os.environ,
            "ENV_FILE": os.devnull,
            "VAR_DIR": f"{folder}/var",
            "DATABASE_URL": url,
            "META_SANDBOX": "true",
            "META_GRAPH_URL": prepared,
            "META_BURST_CALLS_PER_HOUR": "1000000",
            "LOG_LEVEL": "WARNING",
        }
        with psycopg.connect(url, autocommit=True) as database:
            yield Stage(environment, database, sandbox, prepared)


@contextmanager
def _servers(folder: str) -> Iterator[tuple[str, SandboxServer, str]]:
    with postgres_server(Path(folder)) as url, SandboxServer([MetaSandbox]) as sandbox:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("ALTER SYSTEM SET fsync = on")
            admin.execute("ALTER SYSTEM SET autovacuum = off")
            admin.execute("SELECT pg_reload_conf()")
        server = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.prepared", sandbox.url("meta")],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout
            yield url, sandbox, server.stdout.readline().strip()
        finally:
            server.terminate()
            server.wait()
