"""Serve stand-ins over HTTP/1.1 on the loopback: each below its own prefix, and all controlled below /_sandbox/."""

import logging
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from connections.sandbox.clock import SandboxClock
from connections.sandbox.exchange import Call, Reply, json_reply
from connections.sandbox.faults import FaultBook
from connections.sandbox.stand_in import StandIn, UnknownControlError

HOST = "127.0.0.1"
PORTS_TO_TRY = 100
log = logging.getLogger(__name__)


class SandboxServer:
    """All stand-ins on one port. In tests: `with SandboxServer([Sandbox]) as server: server.url("name")`.

    port: 0 takes any free one; otherwise the next free one from there.
    """

    def __init__(self, stand_ins: Sequence[type[StandIn]], *, port: int = 0) -> None:
        self.clock = SandboxClock()
        self.stand_ins = {kind.name: kind(self.clock) for kind in stand_ins}
        self.listener = _listen(port)
        self.listener.sandbox = self
        self.port: int = self.listener.server_address[1]
        self._thread: Thread | None = None

    def __enter__(self) -> "SandboxServer":
        return self.start()

    def __exit__(self, *details: object) -> None:
        self.stop()

    def __getattr__(self, name: str) -> Any:
        """A stand-in by its name."""
        stand_ins: dict[str, StandIn] = self.__dict__.get("stand_ins", {})
        if name in stand_ins:
            return stand_ins[name]
        raise AttributeError(name)

    def url(self, name: str = "") -> str:
        """The address of a stand-in, without a trailing slash; the server's own without a name."""
        if name and name not in self.stand_ins:
            raise LookupError(f"There is no stand-in called {name!r}.")
        return f"http://{HOST}:{self.port}/{name}".rstrip("/")

    def start(self) -> "SandboxServer":
        for stand_in in self.stand_ins.values():
            stand_in.start(self.port)
        self._thread = Thread(target=self.listener.serve_forever, args=(0.05,), name="sandbox", daemon=True)
        self._thread.start()
        return self

    def serve_forever(self) -> None:
        self.listener.serve_forever(0.2)

    def stop(self) -> None:
        if self._thread is not None:
            self.listener.shutdown()
            self._thread.join()
        self.close()

    def close(self) -> None:
        """Let go of the port and of every open connection."""
        self.listener.stopping.set()
        for stand_in in self.stand_ins.values():
            stand_in.faults.release()
            stand_in.stop()
        self.listener.close_connections()
        self.listener.server_close()

    def reset(self) -> None:
        """As it was when it started: clock, accounts, faults and logs."""
        self.clock.reset()
        for stand_in in self.stand_ins.values():
            stand_in.reset()

    def answer(self, call: Call) -> tuple[Reply, FaultBook | None]:
        """The reply, and the faults whose gate it may have to wait at."""
        prefix, _, rest = call.path.lstrip("/").partition("/")
        if prefix == "_sandbox":
            return self._control(rest, call), None
        if prefix not in self.stand_ins:
            known = ", ".join(sorted(self.stand_ins))
            return json_reply({"sandbox": f"Nothing is mounted at /{prefix}. There is: {known}."}, status=404), None
        stand_in = self.stand_ins[prefix]
        inner = replace(call, path="/" + rest, base_url=f"{call.base_url}/{prefix}")
        return stand_in.answer(inner), stand_in.faults

    def _control(self, path: str, call: Call) -> Reply:
        try:
            answer = self._control_answer(path, call)
            return answer if isinstance(answer, Reply) else json_reply(answer)
        except (UnknownControlError, LookupError) as missing:
            return json_reply({"sandbox": f"Nothing here: {missing}"}, status=404)
        except (ValueError, TypeError) as wrong:
            return json_reply({"sandbox": str(wrong)}, status=400)

    def _control_answer(self, path: str, call: Call) -> Any:
        name, _, rest = path.partition("/")
        if name == "clock":
            if call.method == "POST":
                self.clock.change(call.json())
            return self.clock.describe()
        if name == "reset":
            self.reset()
            return {"reset": sorted(self.stand_ins)}
        if name == "":
            return {"stand_ins": {known: self.url(known) for known in self.stand_ins}, "clock": self.clock.describe()}
        return self.stand_ins[name].control(replace(call, path=rest))


def _listen(port: int) -> "_Listener":
    """The first free port from `port` on."""
    for candidate in range(port, port + PORTS_TO_TRY) if port else (0,):
        try:
            return _Listener((HOST, candidate), _Exchange)
        except OSError:
            continue
    raise OSError(f"No free port between {port} and {port + PORTS_TO_TRY - 1}.")


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    sandbox: SandboxServer

    def __init__(self, address: tuple[str, int], exchange: type[BaseHTTPRequestHandler]) -> None:
        self.stopping = Event()
        self._open: set[socket.socket] = set()
        super().__init__(address, exchange)

    def server_bind(self) -> None:
        """Without the reverse look-up of our own name that the standard library makes here."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that was killed is followed at its port
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = HOST, self.server_address[1]

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller who hangs up is no news; anything else is logged where it happens."""

    def close_connections(self) -> None:
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                self._open.discard(connection)


class _Exchange(BaseHTTPRequestHandler):
    """One connection: read a call, answer it in a single write, so that no part waits for an acknowledgement."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener

    def do_GET(self) -> None:
        reply, faults = self._answer()
        try:
            self._deliver(reply, faults)
        except OSError:
            self.close_connection = True

    def do_POST(self) -> None:
        self.do_GET()

    def do_PUT(self) -> None:
        self.do_GET()

    def do_PATCH(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        """The call log of the stand-in says more."""

    def _answer(self) -> tuple[Reply, FaultBook | None]:
        call = self._read_call()
        try:
            return self.server.sandbox.answer(call)
        except Exception:
            log.exception("The sandbox failed on %s %s", call.method, call.path)
            return json_reply({"sandbox": "The sandbox itself failed; its log says why."}, status=599), None

    def _read_call(self) -> Call:
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        pairs = parse_qsl(address.query, keep_blank_values=True)
        if "form-urlencoded" in (self.headers.get("Content-Type") or ""):
            pairs += parse_qsl(body.decode(), keep_blank_values=True)
        host = self.headers.get("Host") or f"{HOST}:{self.server.server_port}"
        headers = dict(self.headers.items())
        return Call(self.command, address.path, dict(pairs), headers, body, f"http://{host}", tuple(pairs))

    def _deliver(self, reply: Reply, faults: FaultBook | None) -> None:
        delivery = reply.delivery
        if delivery.held and faults is not None:
            faults.wait_for_release()
        if delivery.delay_seconds:
            self.server.stopping.wait(delivery.delay_seconds)
        if delivery.manner == "hang" and faults is not None:
            faults.wait_for_release()
            self.close_connection = True
            return
        ways = {"whole": self._whole, "slow": self._slow, "reset": self._reset, "truncated": self._truncated}
        ways[delivery.manner](reply)

    def _head(self, reply: Reply) -> bytes:
        try:
            phrase = HTTPStatus(reply.status).phrase
        except ValueError:
            phrase = "Sandbox"
        lines = [f"HTTP/1.1 {reply.status} {phrase}", f"Content-Type: {reply.content_type}"]
        lines += [f"Content-Length: {len(reply.body)}"]
        lines += [f"{name}: {value}" for name, value in reply.headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _whole(self, reply: Reply) -> None:
        self.connection.sendall(self._head(reply) + reply.body)

    def _slow(self, reply: Reply) -> None:
        self.connection.sendall(self._head(reply))
        for byte in reply.body:
            self.connection.sendall(bytes([byte]))
            if self.server.stopping.wait(1 / reply.delivery.bytes_per_second):
                break

    def _truncated(self, reply: Reply) -> None:
        self.connection.sendall(self._head(reply) + reply.body[: len(reply.body) // 2])
        self.close_connection = True

    def _reset(self, reply: Reply) -> None:
        """Half of the body, then a TCP reset instead of an orderly end."""
        self.connection.sendall(self._head(reply) + reply.body[: len(reply.body) // 2])
        time.sleep(0.02)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()
