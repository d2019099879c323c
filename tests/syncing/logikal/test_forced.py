"""Force sync of a project while the schedule reads the login: they share a job and one session at a time."""

import threading

import pytest

from connections.models import Connection
from connections.sandbox.server import SandboxServer
from projects.models import Elevation
from syncing import runner, scheduler
from syncing.budget import Purse
from syncing.models import ConnectionSync, SyncJob, SyncSchedule
from tests.fixtures.engine import claim, drain, sync
from tests.fixtures.sandbox import SharedClock
from tests.syncing.logikal.connection import windows

__all__ = ["windows"]

pytestmark = pytest.mark.django_db


@pytest.mark.spec("L23", "L37")
def test_what_is_forced_joins_the_scheduled_sync(
    windows: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    sync(windows, clock)
    elevation = Elevation.objects.earliest("external_id")
    ConnectionSync.set_frequency(windows.pk, "smart")
    scheduler.reschedule([windows.pk], clock.now)
    due = SyncSchedule.objects.filter(connection=windows).latest("next_due_at").next_due_at  # all of them
    assert due
    clock.move(seconds=(due - clock.now).total_seconds())
    other = Elevation.objects.exclude(project_id=elevation.project_id).earliest("external_id")
    sandbox.logikal.change(other.external_id, name="Everybody was told")
    sandbox.logikal.change(elevation.external_id, silent=True, name="Nobody was told")
    sandbox.logikal.calls.clear()
    scheduler.enqueue_due(clock.now)
    job = SyncJob.objects.get(trigger="schedule")
    walk = claim(clock)
    runner.run_chunk(walk, clock=clock, stop=threading.Event(), purse=Purse(clock))
    forced = scheduler.enqueue_forced(windows, [elevation.project_id], now=clock.now, trigger="user")
    assert (forced.job, forced.deduplicated) == (job, True)
    drain(clock)
    job.refresh_from_db()
    assert job.status == SyncJob.Status.COMPLETED
    names = [Elevation.objects.get(pk=each.pk).name for each in (other, elevation)]
    assert names == ["Everybody was told", "Nobody was told"]
    assert sandbox.logikal.most_sessions == 1


@pytest.mark.spec("A5")
def test_forcing_what_has_not_changed_reads_it_and_changes_nothing(
    windows: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    sync(windows, clock)
    project = Elevation.objects.earliest("external_id").project_id
    forced = scheduler.enqueue_forced(windows, [project], now=clock.now, trigger="user")
    drain(clock)
    job = SyncJob.objects.get(pk=forced.job.pk)
    assert (job.status, job.records_created, job.records_updated) == (SyncJob.Status.COMPLETED, 0, 0)
    assert job.records_unchanged > Elevation.objects.filter(project_id=project).count()
