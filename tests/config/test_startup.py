"""`python -m config.startup`, where bin/run ends: real processes, from the first start to the end of the last child."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.fernet import Fernet

ROOT = Path(__file__).parents[2]
PATIENCE = 45

pytestmark = [
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
        self.port, self.sandbox_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.browser = requests.Session()
        self.browser.trust_env = False

    def start(self, **settings: str) -> "subprocess.Popen[bytes]":
        environment = {
            "PATH": os.environ["PATH"],
            "ENV_FILE": os.devnull,
            "VAR_DIR": str(self.var),
            "PORT": str(self.port),
            "SANDBOX_PORT": str(self.sandbox_port),
            **settings,
        }
        command = [sys.executable, "-m", "config.startup"]
        with self.log.open("w") as log:
            return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)

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


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path)
    yield made
    for pid in made.processes():
        os.kill(pid, signal.SIGKILL)


def test_a_start_shows_a_synced_account_and_the_next_one_keeps_everything(installation: Installation) -> None:
    process = installation.start()
    installation.wait_until_ready(process)
    assert f"Freshet is at http://localhost:{installation.port}\n" in installation.said()
    assert "Sign in as demo@freshet.local with the password " in installation.said()
    page = installation.sign_in()
    assert (page.status_code, page.url) == (200, f"{installation.url}/")
    assert "Demo Shop" in page.text
    assert installation.rows("SELECT DISTINCT status FROM sync_jobs") == [("completed",)]
    stored = installation.number("SELECT count(*) FROM projects_dailymetric")
    assert stored > 100
    login, jobs = installation.login(), installation.number("SELECT count(*) FROM sync_jobs")

    os.killpg(process.pid, signal.SIGINT)  # as a terminal does it
    assert process.wait(10) == 0, installation.said()
    assert installation.left_over() == []
    assert "Traceback" not in installation.said()

    (installation.var / "sandbox.json").write_text(json.dumps({"pid": 1, "port": 9, "meta": "http://127.0.0.1:9/meta"}))
    process = installation.start()
    installation.wait_until_ready(process)
    assert installation.login() == login
    assert installation.sign_in().status_code == 200
    assert installation.number("SELECT count(*) FROM projects_dailymetric") >= stored
    assert installation.number("SELECT count(*) FROM sync_jobs WHERE status = 'completed'") == jobs + 1

    (web, *_) = installation.processes("gunicorn")
    os.kill(web, signal.SIGKILL)
    assert process.wait(15) == 1
    assert "The web server ended with signal 9, so everything stops." in installation.said()
    wait_until(lambda: not installation.left_over(), 5)


def test_a_signal_during_the_first_sync_hands_its_work_back(installation: Installation) -> None:
    process = installation.start()
    wait_until((installation.var / "sandbox.json").exists)
    sandbox = f"http://127.0.0.1:{installation.sandbox_port}/_sandbox/meta/faults"
    slow = {"kind": "delay", "ms": 1000, "path": "/insights"}
    assert installation.browser.post(sandbox, json=slow, timeout=5).ok
    wait_until(lambda: installation.processes("sync"))
    wait_until(lambda: installation.number("SELECT count(*) FROM sync_job_chunks WHERE lease_token IS NOT NULL"))

    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0, installation.said()
    assert installation.left_over() == []
    assert "Traceback" not in installation.said()
    assert installation.number("SELECT count(*) FROM sync_job_chunks WHERE lease_token IS NOT NULL") == 0
    assert installation.rows("SELECT status FROM sync_jobs") == [("in_progress",)]


def test_after_a_kill_nobody_lives_on_and_the_next_start_works(installation: Installation) -> None:
    process = installation.start()
    installation.wait_until_ready(process)
    assert len(installation.processes()) >= 4
    process.kill()
    process.wait()
    wait_until(lambda: not installation.left_over(), 10)

    process = installation.start()
    installation.wait_until_ready(process)
    process.send_signal(signal.SIGHUP)
    assert process.wait(10) == 0
    assert installation.left_over() == []


def test_real_accounts_are_left_to_their_owner(installation: Installation) -> None:
    process = installation.start(META_SANDBOX="false")
    installation.wait_until_ready(process)
    assert "manage.py create_owner EMAIL" in installation.said()
    assert "manage.py connect PROVIDER --account ID --token-stdin" in installation.said()
    assert "Sign in as" not in installation.said()
    assert not (installation.var / "demo-login").exists()
    assert not installation.processes("sandbox")
    assert installation.number("SELECT count(*) FROM auth_user") == 0
    process.terminate()
    assert process.wait(10) == 0


def test_production_serves_the_web_on_the_address_that_it_is_given(installation: Installation) -> None:
    process = installation.start(
        FRESHET_ENV="production",
        SECRET_KEY="0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        TOKEN_ENCRYPTION_KEYS=Fernet.generate_key().decode(),
        DATABASE_URL=f"sqlite:///{installation.var}/freshet.sqlite3",
        BACKGROUND_SYNC_ENABLED="false",
        PUBLIC_URL="https://freshet.example.com",
        HOST="0.0.0.0",
    )
    installation.wait_until_ready(process)
    assert "Freshet is at https://freshet.example.com\n" in installation.said()
    assert not installation.processes("sandbox")
    assert installation.number("SELECT count(*) FROM auth_user") == 0
    with socket.create_connection(("127.0.0.2", installation.port), timeout=5):
        pass  # no other address of this machine is certain, and one that listens on 127.0.0.1 alone refuses it
    as_the_router_asks = {"Host": "freshet.example.com", "X-Forwarded-Proto": "https"}
    page = installation.browser.get(f"{installation.url}/sign-in/", headers=as_the_router_asks, timeout=10)
    assert page.status_code == 200
    style = re.search(r'href="(/static/[^"]+\.css)"', page.text)
    assert style
    found = installation.browser.get(f"{installation.url}{style[1]}", headers=as_the_router_asks, timeout=10)
    assert found.status_code == 200
    process.terminate()
    assert process.wait(10) == 0
    assert installation.left_over() == []


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"PORT": "eighty"}, "PORT is 'eighty': it must be a number from 1 to 65535."),
        ({"PORT": "70000"}, "PORT is '70000': it must be a number from 1 to 65535."),
        ({"DEBUG": "perhaps"}, "DEBUG is 'perhaps': it must be true or false."),
        ({"TOKEN_ENCRYPTION_KEYS": "garbage"}, "TOKEN_ENCRYPTION_KEYS is malformed: key 1 of 1 is not 32 bytes in "),
        ({"FRESHET_ENV": "production", "SECRET_KEY": "x"}, "Production needs what is not set: TOKEN_ENCRYPTION_KEYS ("),
    ],
    ids=["port", "port too high", "switch", "key", "production"],
)
def test_a_wrong_setting_ends_the_start_with_one_sentence(
    settings: dict[str, str], sentence: str, installation: Installation
) -> None:
    assert installation.start(**settings).wait(20) == 1
    (line,) = installation.said().splitlines()
    assert line.startswith(sentence)
    assert installation.left_over() == []


def test_a_port_that_is_taken_ends_the_start_with_one_sentence(installation: Installation) -> None:
    with socket.create_server(("127.0.0.1", installation.port)):
        assert installation.start().wait(20) == 1
    port = installation.port
    assert installation.said() == f"Port {port} is taken. Choose another: PORT={port + 1} ./bin/run\n"
