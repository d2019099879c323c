"""kill -9 of the process that syncs, at whatever moment: what is stored in the end is what one quiet run stores."""

import time
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any

import pytest

from connections.accounts import connect
from connections.models import Connection, Workspace
from connections.sandbox.server import SandboxServer
from projects.models import Change
from syncing.models import SyncChunk, SyncJob
from tests.fixtures.commands import Commands, ended, midday
from tests.fixtures.engine import eventually, telemetry
from tests.fixtures.sandbox import assert_true

TOKEN = "sandbox-demo-token"
KILLS = 5
LARGE: dict[str, Any] = {"campaigns": 6, "ad_sets": 12, "ads": 24, "dense": True, "drift": False}
SETTINGS: dict[str, Any] = {"meta_page_size": 30}


@pytest.fixture
def connection(transactional_db: None, sandbox: SandboxServer) -> Connection:
    sandbox.meta.add_account("42", timezone=midday(), **LARGE)
    workspace = Workspace.objects.create(name="Shaky ground")
    made = connect(workspace, "meta", "act_42", {"access_token": TOKEN}, now=datetime.now(UTC), start_sync=False)
    return made.connection


@pytest.mark.spec("T71")
@pytest.mark.parametrize("seed", [1, 2])
def test_a_sync_that_is_killed_again_and_again_stores_each_row_once(
    connection: Connection, sandbox: SandboxServer, commands: Commands, seed: int
) -> None:
    """Killed once so many more calls have been asked, and a random little later."""
    random = Random(seed)
    words = ("sync", str(connection.pk), "--foreground", "--parallel", "2")
    for _ in range(KILLS):
        process = commands.start(*words, **SETTINGS)
        eventually(partial(has_made, sandbox, calls(sandbox) + random.randint(4, 9)), "a few more calls")
        assert process.poll() is None, ended(process)
        time.sleep(random.random() / 25)
        process.kill()
        process.wait()
    assert SyncJob.objects.active().count() == 1
    last = commands.run(*words, **SETTINGS)
    assert last.code == 0, last
    assert_true(sandbox, connection)
    job = SyncJob.objects.get()
    assert (job.status, job.failed_chunks, job.total_chunks) == (SyncJob.Status.COMPLETED, 0, 3 + 4 * 5)
    assert not SyncChunk.objects.exclude(lease_token=None, status=SyncChunk.Status.COMPLETED).exists()
    assert job.records_created == 29 * (1 + 6 + 12 + 24) + 6 + 12 + 24, "a row was counted twice"
    assert job.records_updated == Change.objects.count() == 0
    state = telemetry(connection)
    assert (state.sync_status, state.total_syncs_attempted, state.total_syncs_with_changes) == ("idle", 1, 1)


def has_made(sandbox: SandboxServer, number: int) -> bool:
    return calls(sandbox) >= number


def calls(sandbox: SandboxServer) -> int:
    return len(sandbox.meta.calls.all(path="act_42/"))
