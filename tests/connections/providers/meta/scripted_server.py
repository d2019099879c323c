"""A server on loopback that gives raw answers one after the other, so that a test can send what no server should."""

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Raw:
    """One answer. drip_seconds: the pause after each byte of the body. cut: bytes that are promised and never sent."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    drip_seconds: float = 0
    cut: int = 0


@dataclass(frozen=True)
class Asked:
    """What a call asked for, in its address and in its form."""

    method: str
    path: str
    params: dict[str, str]


Answers = Callable[[Asked], Raw]


def as_json(value: Any, status: int = 200, **headers: Any) -> Raw:
    """An answer as Graph gives it. Header names are given with underscores, their values as what their JSON says."""
    texts = {
        name.replace("_", "-"): each if isinstance(each, str) else json.dumps(each) for name, each in headers.items()
    }
    content = {"Content-Type": "application/json; charset=UTF-8"}
    return Raw(status, json.dumps(value).encode(), content | texts)


def fault(
    code: int | None = None, subcode: int | None = None, *, status: int = 400, message: str = "No", **headers: Any
) -> Raw:
    error = {"message": message, "type": "OAuthException", "code": code, "error_subcode": subcode}
    return as_json({"error": {key: value for key, value in error.items() if value is not None}}, status, **headers)


def listing(*ids: str, more: str = "", after: str = "") -> Raw:
    """A page of a list. more: what `paging.next` says; without it is the last page."""
    paging = {"next": more} if more else {}
    cursors = {"cursors": {"before": "x", "after": after}} if after else {}
    return as_json({"data": [{"id": each} for each in ids], "paging": cursors | paging})


class ScriptedServer:
    """Its address, and what it was asked."""

    def __init__(self, answers: Answers) -> None:
        self.asked: list[Asked] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                address = urlsplit(self.path)
                form = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                params = parse_qsl(address.query, keep_blank_values=True) + parse_qsl(form, keep_blank_values=True)
                asked = Asked(self.command, address.path, dict(params))
                server.asked.append(asked)
                _send(self, answers(asked))

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


@contextmanager
def scripted(*answers: Raw) -> Iterator[ScriptedServer]:
    """These answers in turn; whoever asks for more gets the last one again."""
    left: Iterator[Raw] = iter(answers)
    last = answers[-1]
    with ScriptedServer(lambda asked: next(left, last)).running() as server:
        yield server


def _send(handler: BaseHTTPRequestHandler, raw: Raw) -> None:
    handler.send_response(raw.status)
    length = {} if "Transfer-Encoding" in raw.headers else {"Content-Length": str(len(raw.body) + raw.cut)}
    for name, value in (length | dict(raw.headers)).items():
        handler.send_header(name, value)
    handler.end_headers()
    try:
        for piece in _pieces(raw):
            handler.wfile.write(piece)
            handler.wfile.flush()
            time.sleep(raw.drip_seconds)
    except OSError:
        handler.close_connection = True
    if raw.cut:
        handler.close_connection = True


def _pieces(raw: Raw) -> Iterable[bytes]:
    return [raw.body[at : at + 1] for at in range(len(raw.body))] if raw.drip_seconds else [raw.body]
