"""Somebody with the demo's key, at a sandbox as new."""

import pytest

from connections.sandbox.server import SandboxServer
from tests.connections.providers.google_sheets.sandbox.asking import Caller


@pytest.fixture
def caller(server: SandboxServer) -> Caller:
    return Caller(server)
