"""The stand-in's demo login, connected."""

import pytest

from connections.accounts import connect
from connections.models import Connection, Workspace
from connections.providers.logikal.sandbox.accounts import DEMO_PASSWORD, DEMO_USER
from tests.fixtures.sandbox import SharedClock


@pytest.fixture
def windows(workspace: Workspace, clock: SharedClock) -> Connection:
    login = {"username": DEMO_USER, "password": DEMO_PASSWORD}
    return connect(workspace, "logikal", DEMO_USER, login, now=clock.now, start_sync=False).connection
