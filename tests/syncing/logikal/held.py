"""Logins of the stand-in whose trees stand still, and all that is stored of one, to be compared with another."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db.models import Model

from connections.accounts import connect
from connections.models import Connection, Workspace
from connections.providers.logikal.sandbox.accounts import DEMO_PASSWORD
from connections.sandbox.server import SandboxServer
from projects.models import (
    Directory,
    Elevation,
    ElevationThumbnail,
    LogikalProject,
    Part,
    PartsList,
    Phase,
)
from tests.fixtures.engine import Watch, sync

TABLES: tuple[type[Model], ...] = (Directory, LogikalProject, Phase, Elevation, ElevationThumbnail, PartsList, Part)
OF_THE_RUN = {"id", "connection_id", "job_id", "first_seen_at", "changed_at", "refused_at", "forced_at"}
"""Which run has stored a row and when, which differs from run to run."""
SMALL: dict[str, Any] = {"directories": 4, "projects": 4, "elevations": (2, 3), "change_days": 0, "parts_bytes": (1, 1)}

Rows = dict[str, list[dict[str, Any]]]
MakeWindows = Callable[..., Connection]


@pytest.fixture
def make_windows(sandbox: SandboxServer, workspace: Workspace) -> MakeWindows:
    """Connects a login of the stand-in, which is made first. Those of one seed open trees that are the same."""

    def make(username: str, **account: Any) -> Connection:
        sandbox.logikal.add_account(username, **{"seed": "windows", **SMALL, **account})
        login = {"username": username, "password": DEMO_PASSWORD}
        return connect(workspace, "logikal", username, login, now=datetime.now(UTC), start_sync=False).connection

    return make


def undisturbed(make: MakeWindows, **account: Any) -> Rows:
    """What one quiet run of this process stores of such a login."""
    connection = make("quiet", **account)
    assert sync(connection, Watch(datetime.now(UTC))).status == "completed"
    rows = stored(connection)
    assert all(rows.values()), "there is something of everything"
    return rows


def stored(connection: Connection) -> Rows:
    """By table, in an order that every run has."""
    return {model.__name__: _rows(model, connection) for model in TABLES}


def _rows(model: type[Model], connection: Connection) -> list[dict[str, Any]]:
    found = model._default_manager.filter(connection=connection).values()
    rows = [{name: _plain(value) for name, value in row.items() if name not in OF_THE_RUN} for row in found]
    return sorted(rows, key=str)


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value
