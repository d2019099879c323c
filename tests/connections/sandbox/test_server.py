"""The server that stand-ins are mounted on: prefixes, keep-alive, control, and every way a reply can break."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from connections.sandbox.exchange import Call, Reply, json_reply
from connections.sandbox.faults import damage
from connections.sandbox.server import SandboxServer
from connections.sandbox.serving import announced
from connections.sandbox.stand_in import StandIn


class Echo(StandIn):
    """Says what it was asked."""

    name = "echo"

    def answer(self, call: Call) -> Reply:
        said = {"path": call.path, "params": call.params, "base_url": call.base_url, "body": call.body.decode()}
        return damage(json_reply(said), self.faults.pick(call))


class Radio(Echo):
    """Also on the air."""

    name = "radio"
    heard = ""

    def start(self, port: int) -> None:
        self.heard = f"on {port}"

    def stop(self) -> None:
        self.heard = "off"

    def also_at(self) -> dict[str, str]:
        return {"air": "88 MHz"}


def test_a_stand_in_that_listens_elsewhere_too_begins_and_ends_with_the_server(tmp_path: Path) -> None:
    server = SandboxServer([Echo, Radio])
    with server, announced(server, tmp_path):
        assert server.radio.heard == f"on {server.port}"
        found = json.loads((tmp_path / "sandbox.json").read_text())
        assert found["radio_air"] == "88 MHz"
        assert found.keys() == {"pid", "port", "echo", "radio", "radio_air"}
    assert server.radio.heard == "off"


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer([Echo]) as running:
        yield running


@pytest.fixture
def wire(server: SandboxServer) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=1)
    yield connection
    connection.close()


def ask(wire: http.client.HTTPConnection, path: str, method: str = "GET", body: Any = None) -> tuple[int, Any]:
    wire.request(method, path, json.dumps(body) if body is not None else None)
    response = wire.getresponse()
    return response.status, json.loads(response.read())


def test_a_stand_in_answers_below_its_prefix(server: SandboxServer, wire: http.client.HTTPConnection) -> None:
    status, said = ask(wire, "/echo/v1/things/?a=1&b=&a=2")
    assert status == 200
    assert said["path"] == "/v1/things/"
    assert said["params"] == {"a": "2", "b": ""}
    assert said["base_url"] == server.url("echo")


def test_form_parameters_are_parameters(wire: http.client.HTTPConnection) -> None:
    wire.request("POST", "/echo/x?a=1", "b=2&c=%7B%7D", {"Content-Type": "application/x-www-form-urlencoded"})
    assert json.loads(wire.getresponse().read())["params"] == {"a": "1", "b": "2", "c": "{}"}


def test_nothing_is_mounted_elsewhere(wire: http.client.HTTPConnection) -> None:
    assert ask(wire, "/other/x")[0] == 404


def test_a_connection_is_kept_and_no_answer_waits_for_an_acknowledgement(wire: http.client.HTTPConnection) -> None:
    ask(wire, "/echo/")
    used = wire.sock
    begin = time.perf_counter()
    for _ in range(20):
        ask(wire, "/echo/")
    assert wire.sock is used
    assert time.perf_counter() - begin < 0.4


def test_a_taken_port_leads_to_the_next(server: SandboxServer) -> None:
    with SandboxServer([Echo], port=server.port) as second:
        assert second.port > server.port


def test_a_stopped_server_hangs_up() -> None:
    server = SandboxServer([Echo]).start()
    wire = http.client.HTTPConnection("127.0.0.1", server.port, timeout=2)
    ask(wire, "/echo/")
    server.stop()
    with pytest.raises((http.client.HTTPException, OSError)):
        ask(wire, "/echo/")


def test_a_hanging_call_gets_no_answer(server: SandboxServer, wire: http.client.HTTPConnection) -> None:
    server.echo.faults.add({"kind": "hang"})
    with pytest.raises(TimeoutError):
        ask(wire, "/echo/")


def test_a_slow_answer_comes_byte_by_byte(server: SandboxServer, wire: http.client.HTTPConnection) -> None:
    server.echo.faults.add({"kind": "slow", "bytes_per_second": 20})
    wire.request("GET", "/echo/")
    response = wire.getresponse()
    begin = time.perf_counter()
    assert len(response.read(5)) == 5
    assert time.perf_counter() - begin > 0.15


def test_a_reset_comes_in_the_middle_of_the_body(server: SandboxServer, wire: http.client.HTTPConnection) -> None:
    server.echo.faults.add({"kind": "reset"})
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        ask(wire, "/echo/")


def test_a_truncated_body_is_shorter_than_promised(server: SandboxServer, wire: http.client.HTTPConnection) -> None:
    server.echo.faults.add({"kind": "truncated"})
    with pytest.raises(http.client.IncompleteRead):
        ask(wire, "/echo/")


@pytest.mark.parametrize(
    ("rule", "status", "body"),
    [
        pytest.param({"kind": "html"}, 502, b"<!DOCTYPE", id="HTML 502"),
        pytest.param({"kind": "html", "status": 200}, 200, b"<!DOCTYPE", id="HTML 200"),
        pytest.param({"kind": "empty_body"}, 200, b"", id="empty"),
        pytest.param({"kind": "garbage"}, 200, b'{"data":[{"id":"1", oops', id="garbage"),
        pytest.param({"kind": "body", "status": 503, "body": "[]"}, 503, b"[]", id="any body"),
    ],
)
def test_an_answer_is_replaced(
    server: SandboxServer, wire: http.client.HTTPConnection, rule: dict[str, Any], status: int, body: bytes
) -> None:
    server.echo.faults.add(rule)
    wire.request("GET", "/echo/")
    response = wire.getresponse()
    assert response.status == status
    assert response.read()[: len(body) or 1] == body


def test_every_call_can_be_delayed(server: SandboxServer, wire: http.client.HTTPConnection) -> None:
    server.echo.faults.add({"kind": "delay", "ms": 120})
    begin = time.perf_counter()
    ask(wire, "/echo/")
    assert time.perf_counter() - begin > 0.12


def test_held_answers_wait_until_they_are_released(server: SandboxServer, wire: http.client.HTTPConnection) -> None:
    server.echo.faults.add({"kind": "hold"})
    statuses: list[int] = []
    asking = [Thread(target=lambda: statuses.append(ask_once(server)), daemon=True) for _ in range(3)]
    for thread in asking:
        thread.start()
    wait_until(lambda: server.echo.faults.waiting == 3)
    assert statuses == []
    assert ask(wire, "/_sandbox/echo/release", "POST") == (200, {"released": 3})
    for thread in asking:
        thread.join(2)
    assert statuses == [200, 200, 200]


def ask_once(server: SandboxServer) -> int:
    wire = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    status, _ = ask(wire, "/echo/")
    wire.close()
    return status


def wait_until(holds: Any) -> None:
    end = time.monotonic() + 3
    while not holds():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)


def test_the_clock_is_set_and_read(wire: http.client.HTTPConnection) -> None:
    status, clock = ask(wire, "/_sandbox/clock", "POST", {"frozen_at": "2026-03-01T12:00:00Z"})
    assert (status, clock["now"]) == (200, "2026-03-01T12:00:00+00:00")
    assert ask(wire, "/_sandbox/clock")[1]["frozen_at"] == "2026-03-01T12:00:00+00:00"
    assert ask(wire, "/_sandbox/clock", "POST", {"speed": -1})[0] == 400


def test_faults_are_added_listed_and_cleared(wire: http.client.HTTPConnection) -> None:
    ask(wire, "/_sandbox/echo/faults", "POST", [{"kind": "html", "path": "/x", "times": 1}])
    assert ask(wire, "/_sandbox/echo/faults")[1]["rules"][0]["kind"] == "html"
    assert ask(wire, "/_sandbox/echo/faults", "DELETE")[1]["rules"] == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/_sandbox/echo/faults", [{"kind": "earthquake"}], 400),
        ("/_sandbox/echo/nothing", {}, 404),
        ("/_sandbox/nobody/faults", {}, 404),
    ],
)
def test_a_wrong_control_call_says_so(wire: http.client.HTTPConnection, path: str, body: Any, status: int) -> None:
    answered, said = ask(wire, path, "POST", body)
    assert answered == status
    assert said["sandbox"]


def test_a_reset_forgets_clock_faults_and_calls(server: SandboxServer, wire: http.client.HTTPConnection) -> None:
    server.clock.freeze()
    server.echo.faults.add({"kind": "html"})
    assert ask(wire, "/_sandbox/reset", "POST")[0] == 200
    assert server.clock.describe()["frozen_at"] is None
    assert server.echo.faults.rules == []


def test_only_this_machine_can_ask(server: SandboxServer) -> None:
    assert server.listener.socket.getsockname()[0] == "127.0.0.1"
    assert server.listener.socket.family == socket.AF_INET
