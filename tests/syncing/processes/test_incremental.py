"""How long a run of the schedule takes, by the clock on the wall: real processes, the real library, a stand-in."""

from datetime import timedelta

import pytest
from django.utils import timezone

from connections.accounts import connect
from connections.models import Workspace
from connections.providers.meta.sandbox.accounts import DEMO_ACCOUNT, DEMO_TOKEN
from connections.sandbox.server import SandboxServer
from syncing import scheduler
from syncing.models import SyncJob, SyncSchedule
from tests.fixtures.engine import eventually
from tests.fixtures.workers import Workers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

A_SYNC = 120
MINUTES = timedelta(minutes=5)


@pytest.mark.spec("T54")
def test_an_incremental_run_takes_minutes(workspace: Workspace, sandbox: SandboxServer, start_worker: Workers) -> None:
    """The account of the demo, with all its streams at once, as after a night."""
    secrets = {"access_token": DEMO_TOKEN}
    connection, _ = connect(workspace, "meta", f"act_{DEMO_ACCOUNT}", secrets, now=timezone.now(), frequency="daily")
    start_worker()
    done = SyncJob.objects.filter(connection=connection, status="completed")
    eventually(lambda: done.filter(sync_type="initial").exists(), "the first sync", A_SYNC)
    streams = SyncSchedule.objects.filter(connection=connection).update(next_due_at=timezone.now())
    assert scheduler.enqueue_due(timezone.now()).streams == streams
    job = eventually(lambda: done.filter(sync_type="incremental").first(), "the run of the schedule", A_SYNC)
    print(f"an incremental run of {job.total_chunks} chunks: {job.closed_at - job.started_at}")
    assert job.records_read > 0
    assert job.closed_at - job.started_at < MINUTES
