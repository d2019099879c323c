"""A spreadsheet of the stand-in that is connected."""

from collections.abc import Callable

import pytest

from connections.accounts import connect
from connections.models import Connection, Workspace
from connections.sandbox.server import SandboxServer
from tests.fixtures.sandbox import SharedClock, demo_account

MakeSheet = Callable[..., Connection]
HEADERS = ["Link", "Platform", "Followers", "Views"]


@pytest.fixture
def make_sheet(sandbox: SandboxServer, clock: SharedClock, db: None) -> MakeSheet:
    """Connects a book of its own in a workspace of its own. tabs: links and numbers of each."""

    def make(name: str = "Creators", **tabs: list[list[object]]) -> Connection:
        demo, workspace = demo_account("google_sheets"), Workspace.objects.create(name=name)
        book = f"book-of-the-tests-{name.lower()}-0123456789"
        content = {title: [HEADERS, *rows] for title, rows in tabs.items()}
        sandbox.google_sheets.add_book(book, content, title=name)
        return connect(workspace, "google_sheets", book, dict(demo.secrets), now=clock.now, start_sync=False).connection

    return make
