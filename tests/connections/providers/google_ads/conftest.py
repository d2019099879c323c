"""The stand-in of Google Ads over real gRPC, without a database."""

from collections.abc import Iterator

import pytest

from connections.providers.google_ads import managers
from connections.providers.google_ads.line import forget_lines
from connections.sandbox.server import SandboxServer
from tests.connections.providers.google_ads.reading import NOW, Reader


@pytest.fixture
def server(sandbox_server: SandboxServer) -> Iterator[SandboxServer]:
    sandbox_server.reset()
    sandbox_server.clock.freeze(NOW)
    yield sandbox_server
    sandbox_server.reset()


@pytest.fixture
def reader(server: SandboxServer) -> Reader:
    forget_lines()
    managers.forget()
    return Reader(server, server.google_ads.also_at()["grpc"])
