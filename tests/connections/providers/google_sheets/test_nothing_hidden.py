"""Nothing but the address that is set is ever called: neither by us nor by the libraries in their own threads."""

import socket
import threading
from typing import Any

import pytest

from connections.errors import Misconfigured
from connections.providers.google_sheets.wire import HOSTS
from tests.connections.providers.google_sheets.reading import Reader


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every host that is looked up or called meanwhile."""
    seen: list[str] = []
    look_up, call = socket.getaddrinfo, socket.socket.connect

    def getaddrinfo(host: Any, *rest: Any, **options: Any) -> Any:
        seen.append(str(host))
        return look_up(host, *rest, **options)

    def connect(self: socket.socket, address: Any) -> Any:
        seen.append(str(address[0]))
        return call(self, address)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket.socket, "connect", connect)
    return seen


def test_only_the_sandbox_is_called(reader: Reader, places: list[str]) -> None:
    """google-auth has a thread of its own that asks Google where a service account may be used from."""
    before = set(threading.enumerate())
    assert list(reader.source().checks())
    assert reader.source().accounts()
    assert reader.accounts()
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=0.01)
    assert set(places) == {"127.0.0.1"}
    started = {thread.name for thread in set(threading.enumerate()) - before}
    assert not [name for name in started if "Boundary" in name or "RAB" in name]


def test_a_proxy_of_the_environment_does_not_get_what_is_for_the_sandbox(
    reader: Reader, places: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert reader.source().check().name
    assert set(places) == {"127.0.0.1"}


@pytest.mark.parametrize(
    "url",
    [
        "https://iamcredentials.googleapis.com/v1/x",
        "https://sheets.googleapis.com.evil.example/v4/x",
        "https://sheets.googleapis.com@evil.example/v4/x",
        "http://sheets.googleapis.com/v4/x",
        "http://169.254.169.254/latest",
    ],
)
def test_other_places_are_refused_before_a_look_up(reader: Reader, places: list[str], url: str) -> None:
    wire = reader.source().api.wire
    with pytest.raises(Misconfigured, match=r"not Google's"):
        wire.request("GET", url)
    assert set(places) <= {"127.0.0.1"}
    assert all(host.startswith("https://") for host in HOSTS)
