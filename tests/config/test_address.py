"""`python -m config.address`: whether the web server answers, for a platform that asks inside the container."""

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.once


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(self.server.code if self.path == "/healthz" else 404)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


def exit_code(port: int, **environment: str) -> int:
    command = [sys.executable, "-m", "config.address"]
    surroundings = {"PORT": str(port), "HOST": "0.0.0.0"} | environment
    return subprocess.run(command, cwd=ROOT, env=surroundings, check=False, timeout=20).returncode


@pytest.mark.parametrize(("code", "expected"), [(200, 0), (503, 1)])
def test_it_ends_with_0_where_the_web_serves(code: int, expected: int) -> None:
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        server.code = code  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert exit_code(server.server_port) == expected
        server.shutdown()


def test_it_ends_with_1_where_nobody_listens() -> None:
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        port = server.server_port
    assert exit_code(port) == 1
