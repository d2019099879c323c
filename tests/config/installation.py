"""A place of its own in which tests start the whole of Freshet, with real processes and ports of its own."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import redis
import requests
from cryptography.fernet import Fernet

ROOT = Path(__file__).parents[2]
PATIENCE = 45

PRODUCTION = {
    "FRESHET_ENV": "production",
    "SECRET_KEY": "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "TOKEN_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    "PUBLIC_URL": "https://freshet.example.com",
}
"""The least with which production starts, but for database and broker."""

real_processes = [
    pytest.mark.once,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for processes in /proc"),
]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


class Installation:
    """A place of its own with ports of its own, and whatever runs there."""

    def __init__(self, folder: Path) -> None:
        self.var, self.log = folder / "var", folder / "said.txt"
        self.temporary = tempfile.mkdtemp(prefix="fr-")  # the path of a socket has room for 107 bytes
        self.port, self.sandbox_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.browser = requests.Session()
        self.browser.trust_env = False

    def start(self, *words: str, **settings: str) -> "subprocess.Popen[bytes]":
        environment = {
            "PATH": os.environ["PATH"],
            "STATIC_ROOT": os.environ.get("STATIC_ROOT", str(ROOT / "staticfiles")),
            "TMPDIR": self.temporary,
            "ENV_FILE": os.devnull,
            "VAR_DIR": str(self.var),
            "PORT": str(self.port),
            "SANDBOX_PORT": str(self.sandbox_port),
            **settings,
        }
        command = [sys.executable, "-m", "config.startup", *words]
        with self.log.open("w") as log:
            return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)

    def start_production(self, **settings: str) -> "subprocess.Popen[bytes]":
        return self.start(**PRODUCTION, DATABASE_URL=f"sqlite:///{self.var}/freshet.sqlite3", **settings)

    def start_beside(self, *words: str) -> "subprocess.Popen[bytes]":
        """One more process in the surroundings of those that run already."""
        (web, *_) = self.processes("gunicorn")
        command = [sys.executable, *words]
        return subprocess.Popen(command, cwd=ROOT, env=self.environment(web), stderr=subprocess.DEVNULL)

    def manage(self, *words: str) -> None:
        assert self.start_beside("manage.py", *words).wait(PATIENCE) == 0

    def said(self) -> str:
        return self.log.read_text()

    def wait_until_ready(self, process: "subprocess.Popen[bytes]") -> None:
        wait_until(lambda: "Ctrl-C stops it" in self.said() or process.poll() is not None)
        assert process.poll() is None, self.said()

    def processes(self, *words: str) -> list[int]:
        """Those that were started for this place, whoever their parent is by now, with these words in their command."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                is_ours = f"VAR_DIR={self.var}".encode() in (folder / "environ").read_bytes().split(b"\0")
                command = (folder / "cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue
            if is_ours and all(word in command for word in words):
                found.append(int(folder.name))
        return sorted(found)

    def environment(self, pid: int) -> dict[str, str]:
        pairs = Path(f"/proc/{pid}/environ").read_bytes().decode().rstrip("\0").split("\0")
        return dict(pair.split("=", 1) for pair in pairs)

    def broker_socket(self) -> Path:
        """Of the broker that the web server talks to."""
        (web, *_) = self.processes("gunicorn")
        return Path(self.environment(web)["REDIS_URL"].removeprefix("redis+socket://"))

    def broker(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.broker_socket()), decode_responses=True)

    def slow_down(self, milliseconds: int) -> None:
        """Every page of numbers takes that long."""
        faults = f"http://127.0.0.1:{self.sandbox_port}/_sandbox/meta/faults"
        assert self.browser.post(faults, json={"kind": "delay", "ms": milliseconds, "path": "/insights"}, timeout=5).ok

    def queue_a_long_sync(self) -> None:
        """Of a year of the Meta account, with slow pages: it goes on for as long as any test looks at it."""
        self.slow_down(700)
        since = datetime.now(UTC).date() - timedelta(days=365)
        ((connection,),) = self.rows("SELECT id FROM connections_connection WHERE provider = 'meta'")
        self.manage("sync", str(UUID(connection)), "--since", since.isoformat())

    def leases(self) -> int:
        return self.number("SELECT count(*) FROM sync_job_chunks WHERE lease_token IS NOT NULL")

    def rows(self, sql: str) -> list[Any]:
        with closing(sqlite3.connect(f"file:{self.var}/freshet.sqlite3?mode=ro", uri=True, timeout=10)) as database:
            return database.execute(sql).fetchall()

    def number(self, sql: str) -> int:
        return int(self.rows(sql)[0][0])

    def login(self) -> tuple[str, str]:
        """As it is printed."""
        found = re.search(r"Sign in as (\S+) with the password (\S+)", self.said())
        assert found, self.said()
        return found[1], found[2]

    def sign_in(self) -> requests.Response:
        """The page after signing in with what was printed."""
        form = self.browser.get(f"{self.url}/sign-in/", timeout=10).text
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
        assert token, form
        email, password = self.login()
        data = {"csrfmiddlewaretoken": token[1], "username": email, "password": password}
        return self.browser.post(f"{self.url}/sign-in/", data=data, headers={"Referer": self.url}, timeout=10)

    def left_over(self) -> list[str]:
        """Ports that still listen, and processes that still live."""
        found = []
        for port in (self.port, self.sandbox_port):
            with socket.socket() as probe:
                found += [f"port {port}"] if probe.connect_ex(("127.0.0.1", port)) == 0 else []
        return found + [f"process {pid}" for pid in self.processes()]

    def kill_all(self) -> None:
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.temporary, ignore_errors=True)
