"""One sandbox server for these tests, as new for each."""

from collections.abc import Iterator

import pytest

from connections.providers.logikal.sandbox import Sandbox
from connections.sandbox.server import SandboxServer
from tests.connections.providers.logikal.sandbox.asking import AFTERNOON, Caller


@pytest.fixture(scope="session")
def logikal_server() -> Iterator[SandboxServer]:
    with SandboxServer([Sandbox]) as server:
        yield server


@pytest.fixture
def caller(logikal_server: SandboxServer) -> Iterator[Caller]:
    """Nobody yet, at AFTERNOON."""
    logikal_server.reset()
    logikal_server.clock.freeze(AFTERNOON)
    yield Caller(logikal_server)
    logikal_server.reset()
