"""The stand-in over real gRPC. Its certificate is the only one that gRPC trusts in these processes."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from connections.providers.google_ads import managers
from connections.providers.google_ads.line import forget_lines
from connections.providers.google_ads.sandbox import Sandbox
from connections.sandbox.server import SandboxServer
from tests.connections.providers.google_ads.reading import NOW, Reader


@pytest.fixture(scope="session")
def google_ads_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxServer]:
    folder: Path = tmp_path_factory.mktemp("google_ads")
    server = SandboxServer([Sandbox])
    server.google_ads.keep_in(folder)
    # gRPC reads it once, before its first channel.
    os.environ["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"] = str(folder / "google_ads.crt")
    with server:
        yield server
        forget_lines()


@pytest.fixture
def server(google_ads_server: SandboxServer) -> Iterator[SandboxServer]:
    google_ads_server.reset()
    google_ads_server.clock.freeze(NOW)
    yield google_ads_server
    google_ads_server.reset()


@pytest.fixture
def reader(server: SandboxServer) -> Reader:
    forget_lines()
    managers.forget()
    return Reader(server, server.google_ads.also_at()["grpc"])
