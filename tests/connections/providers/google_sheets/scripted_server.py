"""A Google on loopback that answers what a test tells it to: for answers and servers that the sandbox cannot be."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from connections.providers.google_sheets.demo import DEMO_BOOK

TOKEN = "/token"
FILE = f"/drive/v3/files/{DEMO_BOOK}"
BOOK = f"/v4/spreadsheets/{DEMO_BOOK}"
CELLS = f"{BOOK}/values:batchGet"


@dataclass(frozen=True)
class Raw:
    """drip_seconds: the pause after each byte of the body."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    drip_seconds: float = 0


@dataclass(frozen=True)
class Asked:
    path: str
    body: str
    headers: dict[str, str]


def said(value: Any, status: int = 200, **headers: str) -> Raw:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Raw(status, json.dumps(value).encode(), named)


def error(status: int, message: str = "No.", reason: str = "", **headers: str) -> Raw:
    """As the Sheets API says it."""
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}] if reason else []
    return said({"error": {"code": status, "message": message, "status": "X", "details": details}}, status, **headers)


def drive_error(status: int, reason: str) -> Raw:
    listed = [{"domain": "usageLimits", "reason": reason, "message": "No."}]
    return said({"error": {"code": status, "message": "No.", "errors": listed}}, status)


LET_IN = said({"access_token": "ya29.c.scripted-access-token-0001", "expires_in": 3599, "token_type": "Bearer"})
GRID = {"rowCount": 10, "columnCount": 5}
USUAL = {
    TOKEN: LET_IN,
    FILE: said({"id": DEMO_BOOK, "modifiedTime": "2026-03-01T10:00:00.000Z", "version": "7"}),
    BOOK: said(
        {
            "spreadsheetId": DEMO_BOOK,
            "properties": {"title": "Scripted"},
            "sheets": [{"properties": {"sheetId": 0, "title": "Tab", "index": 0, "gridProperties": GRID}}],
        }
    ),
    CELLS: said({"valueRanges": [{"range": "Tab!A1:E10", "values": [["Link", "Views"], ["https://a.example", 5]]}]}),
}
Answer = Callable[[Asked], Raw | None]


class ScriptedServer:
    """answer: where it says nothing, a spreadsheet of one tab and one row is read."""

    def __init__(self, answer: Answer) -> None:
        self.asked: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                asked = Asked(self.path.partition("?")[0], body, dict(self.headers.items()))
                server.asked.append(asked.path)
                _send(self, answer(asked) or USUAL[asked.path])

            def do_POST(self) -> None:
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
    """With these answers, by path."""
    answer = answers if callable(answers) else lambda asked: answers.get(asked.path)
    return ScriptedServer(answer).running()


def _send(handler: BaseHTTPRequestHandler, raw: Raw) -> None:
    lines = [f"HTTP/1.1 {raw.status} Scripted", f"Content-Length: {len(raw.body)}"]
    lines += [f"{name}: {value}" for name, value in raw.headers.items()]
    pieces = [raw.body[at : at + 1] for at in range(len(raw.body))] if raw.drip_seconds else [raw.body]
    try:
        handler.wfile.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        for piece in pieces:
            handler.wfile.write(piece)
            handler.wfile.flush()
            time.sleep(raw.drip_seconds)
    except OSError:
        handler.close_connection = True
