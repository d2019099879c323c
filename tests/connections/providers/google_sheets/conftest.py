"""The sandbox as new for each test, at a fixed moment."""

from collections.abc import Iterator

import pytest

from connections.providers.google_sheets.sandbox import Sandbox
from connections.sandbox.server import SandboxServer
from tests.connections.providers.google_sheets.reading import NOW, Reader


@pytest.fixture(scope="session")
def google_server() -> Iterator[SandboxServer]:
    with SandboxServer([Sandbox]) as server:
        yield server


@pytest.fixture
def server(google_server: SandboxServer) -> Iterator[SandboxServer]:
    google_server.reset()
    google_server.clock.freeze(NOW)
    yield google_server
    google_server.reset()


@pytest.fixture
def reader(server: SandboxServer) -> Reader:
    """Of the demo's spreadsheet."""
    return Reader(server)
