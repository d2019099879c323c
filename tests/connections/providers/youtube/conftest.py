"""The sandbox as new for each test, at a fixed moment."""

from collections.abc import Iterator

import pytest

from connections.providers.youtube.sandbox import Sandbox
from connections.sandbox.server import SandboxServer
from tests.connections.providers.youtube.reading import NOW, Reader


@pytest.fixture(scope="session")
def youtube_server() -> Iterator[SandboxServer]:
    with SandboxServer([Sandbox]) as server:
        yield server


@pytest.fixture
def server(youtube_server: SandboxServer) -> Iterator[SandboxServer]:
    youtube_server.clock.freeze(NOW)
    youtube_server.youtube.reset()
    yield youtube_server
    youtube_server.reset()


@pytest.fixture
def reader(server: SandboxServer) -> Reader:
    return Reader(server)
