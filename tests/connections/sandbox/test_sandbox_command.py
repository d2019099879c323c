"""manage.py sandbox: serves, writes its addresses, takes the next free port, ends on a signal."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]


@contextmanager
def sandbox(var: Path, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "manage.py", "sandbox", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "VAR_DIR": str(var)}, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def addresses(var: Path, process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    end = time.monotonic() + 20
    while not (var / "sandbox.json").exists():
        assert process.poll() is None, "it ended before it began"
        assert time.monotonic() < end, "it never wrote its addresses"
        time.sleep(0.05)
    found: dict[str, Any] = json.loads((var / "sandbox.json").read_text())
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_stop(tmp_path: Path, number: int) -> None:
    with sandbox(tmp_path, "--port", "8170") as process:
        found = addresses(tmp_path, process)
        assert found["pid"] == process.pid
        with urllib.request.urlopen(f"{found['meta']}/v26.0/me?access_token=sandbox-demo-token") as answer:
            assert json.load(answer)["name"] == "Dana Demo"
        process.send_signal(number)
        assert process.wait(5) == 0
    assert not (tmp_path / "sandbox.json").exists()


def test_it_takes_the_next_port_when_the_first_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with sandbox(tmp_path, "--port", str(port)) as process:
            assert addresses(tmp_path, process)["port"] > port
