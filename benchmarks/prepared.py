"""A server of prepared answers: asks the sandbox once, then answers from memory, so that only the reader is measured.

Started as a process: `python -m benchmarks.prepared UPSTREAM`. Prints its address, then serves until it is ended.
POST /_prepared {"latency_ms": 150, "fail": 0.02, "forget": true} changes how it behaves; GET /_prepared counts calls.
"""

import random
import socket
import sys
import threading
import time
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson

RATE_LIMITED = orjson.dumps(
    {
        "error": {
            "message": "(#613) Calls to this api have exceeded the rate limit.",
            "type": "OAuthException",
            "code": 613,
        }
    }
)
BROKEN = orjson.dumps({"error": {"message": "An unknown error occurred", "type": "OAuthException", "code": 1}})


class Prepared(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.upstream = urlsplit(upstream)
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.lock = threading.Lock()
        self.behave({})
        self.calls = 0

    def behave(self, wanted: dict[str, float]) -> None:
        self.latency = wanted.get("latency_ms", 0) / 1000
        self.fail = wanted.get("fail", 0.0)
        self.chance = random.Random(7)
        self.calls = 0
        if wanted.get("forget"):
            self.answers.clear()

    def answer(self, path: str) -> tuple[int, bytes, dict[str, str]]:
        with self.lock:
            self.calls += 1
            failure = self.chance.random() if self.fail else 1.0
        time.sleep(self.latency)
        if failure < self.fail:
            return 400, RATE_LIMITED, {"x-ad-account-usage": '{"acc_id_util_pct":100,"reset_time_duration":1}'}
        if failure < 2 * self.fail:
            return 500, BROKEN, {}
        key = _without_token(path)
        if key not in self.answers:
            self.answers[key] = self._ask(path)
        return (*self.answers[key], {})

    def _ask(self, path: str) -> tuple[int, bytes]:
        connection = HTTPConnection(str(self.upstream.hostname), self.upstream.port)
        connection.request("GET", self.upstream.path + path)
        response = connection.getresponse()
        body = response.read().replace(f"{self.upstream.netloc}{self.upstream.path}".encode(), self.netloc.encode())
        connection.close()
        return response.status, body

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: Prepared

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_GET(self) -> None:
        if self.path == "/_prepared":
            return self._send(200, orjson.dumps({"calls": self.server.calls}), {})
        return self._send(*self.server.answer(self.path))

    def do_POST(self) -> None:
        self.server.behave(orjson.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._send(200, b"{}", {})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *args: object) -> None:
        return None


def _without_token(path: str) -> str:
    parts = urlsplit(path)
    return f"{parts.path}?{urlencode(sorted(pair for pair in parse_qsl(parts.query) if pair[0] != 'access_token'))}"


if __name__ == "__main__":
    server = Prepared(sys.argv[1])
    print(f"http://{server.netloc}", flush=True)
    server.serve_forever()
