"""A hundred calls an hour, by the clocks of product and stand-in, with real processes: the stand-in is the referee."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import Max, Min

from connections.accounts import connect
from connections.models import Connection, Workspace
from connections.sandbox.server import SandboxServer
from syncing.models import SyncJob
from tests.fixtures.commands import SHIFTED, Commands, Ran, ended, midday
from tests.fixtures.engine import telemetry
from tests.fixtures.sandbox import assert_true

pytestmark = pytest.mark.once

LIMIT = 100
TOKEN = "sandbox-demo-token"
SETTINGS: dict[str, Any] = {"meta_burst_calls_per_hour": LIMIT, "meta_page_size": 10, "lease_seconds": 30}
LARGE: dict[str, Any] = {"campaigns": 8, "ad_sets": 20, "ads": 50, "dense": True, "drift": False}
"""At ten rows a page, 29 days of it are 241 calls."""


@pytest.fixture
def connection(transactional_db: None, sandbox: SandboxServer) -> Connection:
    sandbox.meta.add_account("42", timezone=midday(), **LARGE)
    workspace = Workspace.objects.create(name="Busy people")
    made = connect(workspace, "meta", "act_42", {"access_token": TOKEN}, now=datetime.now(UTC), start_sync=False)
    return made.connection


def at_the_told_time(connection: Connection, sandbox: SandboxServer) -> float:
    """Move the stand-in's clock there, and say how far the product's has to be moved."""
    told = telemetry(connection).not_before
    assert told
    shift = (told - datetime.now(UTC) + timedelta(seconds=2)).total_seconds()
    sandbox.clock.set_offset(shift)
    return shift


def made(sandbox: SandboxServer) -> int:
    return len(sandbox.meta.calls.all(path="act_42/"))


@pytest.mark.spec("T49")
def test_a_sync_of_250_calls_parks_at_a_hundred_and_completes_in_later_hours(
    connection: Connection, sandbox: SandboxServer, commands: Commands
) -> None:
    sandbox.meta.calls.clear()
    words, shift, ran, counts = ("sync", str(connection.pk), "--foreground"), 0.0, Ran(3, "", ""), [0]
    while ran.code == 3 and len(counts) < 6:
        ran = commands.run(*words, entry=SHIFTED, shift_seconds=shift, **SETTINGS)
        counts.append(made(sandbox))
        assert ("joined job" in ran.said) == (len(counts) > 2)
        if ran.code == 3:
            until = telemetry(connection).not_before
            assert f"waits until {until:%Y-%m-%dT%H:%M:%SZ}. The budget of 100 calls an hour is used up." in ran.said
            shift = at_the_told_time(connection, sandbox)
    assert ran.code == 0, ran
    assert "completed; " in ran.said
    assert counts[1] == LIMIT
    assert counts[-1] >= 240
    assert len(counts) >= 4
    assert sandbox.meta.calls.busiest_hour(scope="42") <= LIMIT
    assert SyncJob.objects.count() == 1
    assert set(SyncJob.objects.get().chunks.values_list("retry_count", flat=True)) == {0}
    assert_true(sandbox, connection, *read_days(connection))


def test_two_processes_share_the_hundred(connection: Connection, sandbox: SandboxServer, commands: Commands) -> None:
    sandbox.meta.calls.clear()
    words, shift, codes, rounds = ("sync", str(connection.pk), "--foreground"), 0.0, {3}, 0
    while codes == {3} and rounds < 6:
        both = [commands.start(*words, entry=SHIFTED, shift_seconds=shift, **SETTINGS) for _ in range(2)]
        results = [ended(process) for process in both]
        codes, rounds = {each.code for each in results}, rounds + 1
        assert codes <= {0, 3}, results
        if codes == {3}:
            shift = at_the_told_time(connection, sandbox)
    assert 0 in codes
    assert sandbox.meta.calls.busiest_hour(scope="42") <= LIMIT
    assert SyncJob.objects.earliest("created_at").records_created > 2000
    assert_true(sandbox, connection, *read_days(connection))


def read_days(connection: Connection) -> tuple[Any, ...]:
    """The days that were planned when the sync began."""
    chunks = SyncJob.objects.earliest("created_at").chunks.exclude(start_date=None)
    return tuple(chunks.aggregate(since=Min("start_date"), until=Max("end_date")).values())
