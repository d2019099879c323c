"""The sandbox as new for each test, at a fixed moment."""

from collections.abc import Iterator

import pytest

from connections.providers.instagram.sandbox import Sandbox
from connections.sandbox.server import SandboxServer
from tests.connections.providers.instagram.reading import NOW, Reader


@pytest.fixture(scope="session")
def instagram_server() -> Iterator[SandboxServer]:
    with SandboxServer([Sandbox]) as server:
        yield server


@pytest.fixture
def server(instagram_server: SandboxServer) -> Iterator[SandboxServer]:
    instagram_server.clock.freeze(NOW)
    instagram_server.instagram.reset()
    yield instagram_server
    instagram_server.reset()


@pytest.fixture
def reader(server: SandboxServer) -> Reader:
    return Reader(server)
