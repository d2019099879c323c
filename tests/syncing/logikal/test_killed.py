"""kill -9 of a worker's process at each step of a sync: what is stored in the end is what a quiet run stores."""

from pathlib import Path

import pytest

from connections.sandbox.server import SandboxServer
from projects.models import Change
from syncing.models import SyncChunk, SyncJob
from tests.fixtures.engine import enqueue, eventually, telemetry
from tests.fixtures.workers import Workers
from tests.syncing.logikal.dying import STEPS, deaths
from tests.syncing.logikal.held import MakeWindows, make_windows, stored, undisturbed

__all__ = ["make_windows"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
LEASE = 2


@pytest.mark.spec("L36", "L37", "T71")
def test_a_process_that_is_killed_at_any_step_loses_and_doubles_nothing(
    make_windows: MakeWindows, sandbox: SandboxServer, start_worker: Workers, tmp_path: Path
) -> None:
    """Each leaves its session open, and the login may have no second one: it has ended when the lease has."""
    wanted = undisturbed(make_windows)
    quiet = SyncJob.objects.get()
    connection = make_windows("shaky")
    sandbox.logikal.set(max_sessions=1, session_seconds=LEASE - 1)
    wishes = ",".join(f"{step}:{number}" for number, step in enumerate(STEPS, start=2))
    start_worker(pool="prefork", concurrency=1, lease_seconds=LEASE, dies=wishes, deaths=tmp_path)
    job = enqueue(connection, connection.created_at)
    eventually(lambda: not SyncJob.objects.active().exists(), "the job to end", 60 + len(STEPS) * (LEASE + 3))
    assert sorted(deaths(tmp_path)) == sorted(STEPS)
    assert stored(connection) == wanted
    job.refresh_from_db()
    assert (job.status, job.failed_chunks, job.total_chunks) == ("completed", 0, quiet.total_chunks)
    assert job.records_created == quiet.records_created, "a row was counted twice"
    assert job.records_updated == Change.objects.count() == 0
    assert not SyncChunk.objects.exclude(lease_token=None, status="completed").exists()
    state = telemetry(connection)
    assert (state.sync_status, state.total_syncs_attempted, state.last_sync_error) == ("idle", 1, "")
