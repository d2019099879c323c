"""The stand-in's spreadsheet, connected and read by the schedule; and what people and platforms do meanwhile."""

import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from connections.accounts import connect
from connections.models import Connection, Workspace
from connections.providers.google_sheets.sandbox.content import HEADERS
from connections.sandbox.server import SandboxServer
from projects.models import AccountSnapshot, CreatorAccount
from syncing import scheduler
from syncing.models import ConnectionSync, SyncJob
from tests.fixtures.creators import ask_platform
from tests.fixtures.engine import drain, sync
from tests.fixtures.sandbox import SharedClock, demo_account

SignIn = Callable[[User], Client]
TAB = "Always on"


@pytest.fixture
def sheet(workspace: Workspace, sandbox: SandboxServer, clock: SharedClock) -> Connection:
    """Read once, and every half hour from now on. No formula in it fetches anything."""
    edit(sandbox, {"I9": 77_000}, "Новинки")
    made = connected(workspace, clock)
    assert sync(made, clock).status == SyncJob.Status.COMPLETED
    return made


def connected(workspace: Workspace, clock: SharedClock, book: str = "") -> Connection:
    demo = demo_account("google_sheets")
    secrets = dict(demo.secrets)
    made = connect(workspace, "google_sheets", book or demo.account_id, secrets, now=clock.now, start_sync=False)
    ConnectionSync.set_frequency(made.connection.pk, "smart")
    scheduler.reschedule([made.connection.pk], clock.now)
    return made.connection


def tick(connection: Connection, clock: SharedClock, **passed: float) -> SyncJob:
    """The schedule comes by, after more than its half hour by default."""
    clock.move(**(passed or {"minutes": 35}))
    scheduler.enqueue_due(clock.now)
    drain(clock)
    return newest(connection)


def newest(connection: Connection) -> SyncJob:
    return SyncJob.objects.filter(connection=connection).order_by("-created_at")[0]


def people(connection: Connection, tab: str = TAB) -> list[CreatorAccount]:
    """Of a tab, in its order."""
    number = str(NUMBERS[tab])
    rows = CreatorAccount.objects.filter(connection=connection, project_id=number)
    return list(rows.order_by("row_number"))


NUMBERS: dict[str, int] = {}


@pytest.fixture(autouse=True)
def tabs(sandbox: SandboxServer) -> None:
    NUMBERS.update({tab.title: tab.id for tab in sandbox.google_sheets.book().tabs})


def counts(connection: Connection) -> dict[str, dict[str, int | None]]:
    """All that stands, by profile."""
    return {each.profile: each.counts for each in CreatorAccount.objects.filter(connection=connection)}


def platform_says(account: CreatorAccount, now: datetime, views: int) -> None:
    """And that flows, whatever has become of the sheet."""
    ask_platform(account, now, views=views)
    account.refresh_from_db()
    assert account.views == views
    snapshot = AccountSnapshot.objects.filter(account=account).order_by("-snapshot_date")[0]
    assert (snapshot.views, snapshot.snapshot_time) == (views, now)


def edit(sandbox: SandboxServer, cells: dict[str, Any], tab: str = TAB) -> None:
    sandbox.google_sheets.edit(tab, cells)


def wipe(sandbox: SandboxServer, tab: str = TAB, since: int = 2) -> dict[str, Any]:
    """Empty its rows. Returns what has to be put back."""
    places = [f"{chr(65 + column)}{row}" for row in range(since, 10) for column in range(len(HEADERS))]
    its = sandbox.google_sheets.book().tab(tab).cells
    held = {place: its.get((int(place[1:]) - 1, ord(place[0]) - 65)) for place in places}
    edit(sandbox, dict.fromkeys(places), tab)
    return {place: content for place, content in held.items() if content is not None}


def page(client: Client, connection: Connection) -> str:
    found = client.get(reverse("connection", args=[connection.pk])).content.decode()
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found)).split())
