"""The sandbox as new for each test, at a fixed moment, with nothing remembered of what it refused before."""

from collections.abc import Iterator

import pytest

from connections.providers.logikal.abilities import KNOWN
from connections.providers.logikal.sandbox import Sandbox
from connections.sandbox.server import SandboxServer
from tests.connections.providers.logikal.reading import NOW, Reader


@pytest.fixture(scope="session")
def served() -> Iterator[SandboxServer]:
    with SandboxServer([Sandbox]) as server:
        yield server


@pytest.fixture
def server(served: SandboxServer) -> Iterator[SandboxServer]:
    """Nobody holds two sessions, or a test fails that did not ask for it."""
    served.reset()
    served.clock.freeze(NOW)
    served.logikal.set(max_sessions=1)
    KNOWN.forget()
    yield served
    assert served.logikal.most_sessions <= 1
    assert served.logikal.open_sessions() == []
    assert served.logikal.writes == []
    served.reset()


@pytest.fixture
def demo(server: SandboxServer) -> Reader:
    return Reader(server)
