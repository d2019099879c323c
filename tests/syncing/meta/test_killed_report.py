"""kill -9 while Meta makes a report: who comes next looks at the same report."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connections.accounts import connect
from connections.models import Connection, Workspace
from connections.providers.meta.sandbox.reports import Report
from connections.sandbox.server import SandboxServer
from syncing.models import SyncChunk, SyncJob
from tests.fixtures.commands import Commands, ended, midday
from tests.fixtures.engine import eventually
from tests.fixtures.sandbox import stored_rows, true_rows

pytestmark = pytest.mark.once

TOKEN = "sandbox-demo-token"
STILL: dict[str, Any] = {"campaigns": 1, "ad_sets": 1, "ads": 2, "dense": True, "drift": False}
DAYS = 7
SETTINGS: dict[str, Any] = {"meta_report_rows": DAYS - 1, "meta_page_size": 2}
SECONDS = 14
"""So that one look comes too early."""


@pytest.fixture
def connection(transactional_db: None, sandbox: SandboxServer) -> Connection:
    sandbox.meta.add_account("42", timezone=midday(), report_seconds=SECONDS, **STILL)
    workspace = Workspace.objects.create(name="Shaky ground")
    made = connect(workspace, "meta", "act_42", {"access_token": TOKEN}, now=datetime.now(UTC), start_sync=False)
    return made.connection


def looks(sandbox: SandboxServer, report: Report) -> int:
    return sum(call.path.endswith(f"/{report.id}/") for call in sandbox.meta.calls.all())


def pages(sandbox: SandboxServer, report: Report) -> int:
    return len(sandbox.meta.calls.all(path=f"/{report.id}/insights"))


def kill(commands: Commands, words: Sequence[str], when: Callable[[], bool]) -> None:
    process = commands.start(*words, **SETTINGS)
    eventually(when, "the moment to come")
    assert process.poll() is None, ended(process)
    process.kill()
    process.wait()


@pytest.mark.spec("T71")
def test_a_running_report_is_looked_at_again_and_not_asked_for_again(
    connection: Connection, sandbox: SandboxServer, commands: Commands
) -> None:
    """Killed after the request was stored, after a look, and between two pages of its rows."""
    until = datetime.now(UTC).astimezone(connection.zone).date() - timedelta(days=1)
    since = until - timedelta(days=DAYS - 1)
    command = ("sync", str(connection.pk), "--foreground", "--parallel", "1", "--stream", "account_metrics")
    words = (*command, "--since", str(since), "--until", str(until))
    kill(commands, words, lambda: SyncChunk.objects.filter(checkpoint__isnull=False, lease_token=None).exists())
    (report,) = sandbox.meta.reports()
    chunk = SyncChunk.objects.get()
    assert chunk.checkpoint
    assert (chunk.status, chunk.checkpoint["report"]["id"]) == ("pending", report.id)
    kill(commands, words, lambda: looks(sandbox, report) >= 1)
    sandbox.meta.faults.add({"kind": "hold", "path": f"/{report.id}/insights", "nth": 3})
    kill(commands, words, lambda: pages(sandbox, report) == 3)
    sandbox.meta.faults.release()
    last = commands.run(*words, **SETTINGS)
    assert last.code == 0, last
    assert [each.id for each in sandbox.meta.reports()] == [report.id]
    assert pages(sandbox, report) == 3 + 2, "it was not gone on where the last stored page ended"
    job = SyncJob.objects.get()
    assert (job.status, job.records_created, job.failed_chunks) == (SyncJob.Status.COMPLETED, DAYS, 0)
    true = true_rows(sandbox, connection, since, until)
    assert stored_rows(connection) == {key: row for key, row in true.items() if key[0] == "account"}
    assert not SyncChunk.objects.exclude(lease_token=None, status=SyncChunk.Status.COMPLETED).exists()
