"""One sandbox server for these tests, as new for each."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from connections.providers.meta.sandbox import Sandbox
from connections.sandbox.server import SandboxServer
from tests.connections.providers.meta.asking import Graph

AFTERNOON = datetime(2026, 3, 12, 19, 30, tzinfo=UTC)
"""A Thursday, 15:30 in New York."""


@pytest.fixture(scope="session")
def meta_server() -> Iterator[SandboxServer]:
    with SandboxServer([Sandbox]) as server:
        yield server


@pytest.fixture
def graph(meta_server: SandboxServer) -> Iterator[Graph]:
    """The demo account and nothing else, at AFTERNOON."""
    meta_server.reset()
    meta_server.clock.freeze(AFTERNOON)
    asking = Graph(meta_server)
    yield asking
    asking.wire.close()
    meta_server.reset()
