"""A LOGIKAL on loopback that answers what a test tells it to: for answers and servers that the sandbox cannot be."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BASE = "/api/v3/"


@dataclass(frozen=True)
class Raw:
    """drip_seconds: the pause after each byte of the body. drip_head: after each byte of everything."""

    status: int = 200
    body: bytes = b'{"hints":[],"warnings":[]}'
    headers: dict[str, str] = field(default_factory=dict)
    drip_seconds: float = 0
    drip_head: float = 0


def data(value: Any) -> Raw:
    return Raw(body=json.dumps({"data": value, "hints": [], "warnings": []}).encode())


def error(status: int, message: str, **headers: str) -> Raw:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Raw(status, json.dumps({"message": message, "code": status, "errors": []}).encode(), named)


SIGNED_IN = data({"username": "demo", "token": "0b0e2ad3-2d19-4a8c-9b7e-6f4d5c3b2a10"})
Answer = Callable[[str, dict[str, Any]], Raw | None]


class ScriptedServer:
    """answer: gets "GET version" and the body; where it says nothing, a login works and everything else is empty."""

    def __init__(self, answer: Answer) -> None:
        self.asked: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                call = f"{self.command} {self.path.removeprefix(BASE)}"
                server.asked.append(call)
                usual = SIGNED_IN if call == "POST auth" else Raw()
                _send(self, answer(call, json.loads(body or b"{}")) or usual)

            def do_POST(self) -> None:
                self.do_GET()

            def do_DELETE(self) -> None:
                self.do_GET()

            def log_message(self, *args: Any) -> None:
                return None

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    @contextmanager
    def running(self) -> Iterator["ScriptedServer"]:
        thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._http.shutdown()
            self._http.server_close()
            thread.join()


def scripted(answers: dict[str, Raw] | Answer) -> Any:
    """With these answers, by call."""
    answer = answers if callable(answers) else lambda call, body: answers.get(call)
    return ScriptedServer(answer).running()


def _send(handler: BaseHTTPRequestHandler, raw: Raw) -> None:
    lines = [f"HTTP/1.1 {raw.status} Scripted", f"Content-Length: {len(raw.body)}"]
    lines += [f"{name}: {value}" for name, value in raw.headers.items()]
    head = ("\r\n".join(lines) + "\r\n\r\n").encode()
    try:
        _drip(handler, head, raw.drip_head)
        _drip(handler, raw.body, raw.drip_seconds or raw.drip_head)
    except OSError:
        handler.close_connection = True


def _drip(handler: BaseHTTPRequestHandler, content: bytes, pause: float) -> None:
    pieces = [content] if not pause else [content[at : at + 1] for at in range(len(content))]
    for piece in pieces:
        handler.wfile.write(piece)
        handler.wfile.flush()
        time.sleep(pause)
