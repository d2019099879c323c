"""Force sync of a project while the schedule reads the login: they share a job and one session at a time."""

import threading
from collections import Counter

import pytest
from django.db.models import Manager, QuerySet

from connections.models import Connection
from connections.sandbox.server import SandboxServer
from projects.models import Elevation
from syncing import runner, scheduler
from syncing.budget import Purse
from syncing.models import ConnectionSync, SyncChunk, SyncJob, SyncSchedule
from tests.fixtures.engine import claim, drain, sync
from tests.fixtures.sandbox import SharedClock
from tests.syncing.logikal.connection import windows

__all__ = ["windows"]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("begun", [0, 1, 2], ids=["before the walk", "after the walk", "after the first project"])
@pytest.mark.parametrize("due", ["earliest", "latest"], ids=["some types are due", "all types are due"])
@pytest.mark.spec("L23", "L37")
def test_what_is_forced_joins_the_scheduled_sync(
    windows: Connection, sandbox: SandboxServer, clock: SharedClock, due: str, begun: int
) -> None:
    sync(windows, clock)
    elevation = Elevation.objects.earliest("external_id")
    ConnectionSync.set_frequency(windows.pk, "smart")
    scheduler.reschedule([windows.pk], clock.now)
    due_at = getattr(SyncSchedule.objects.filter(connection=windows), due)("next_due_at").next_due_at
    clock.move(seconds=(due_at - clock.now).total_seconds())
    others = Elevation.objects.exclude(project_id=elevation.project_id)
    other = others.earliest("external_id")
    third = others.exclude(project_id=other.project_id).earliest("external_id")
    for each in (other, third):
        sandbox.logikal.change(each.external_id, name="Everybody was told")
    sandbox.logikal.change(elevation.external_id, silent=True, name="Nobody was told")
    sandbox.logikal.calls.clear()
    scheduler.enqueue_due(clock.now)
    job = SyncJob.objects.get(trigger="schedule")
    for _ in range(begun):
        runner.run_chunk(claim(clock), clock=clock, stop=threading.Event(), purse=Purse(clock))
    read = set(opened(job.chunks.filter(status="completed")))  # by its clock the stand-in has changes of its own
    forced = scheduler.enqueue_forced(windows, [elevation.project_id], now=clock.now, trigger="user")
    assert (forced.job, forced.deduplicated) == (job, True)
    drain(clock)
    job.refresh_from_db()
    assert job.status == SyncJob.Status.COMPLETED
    names = [Elevation.objects.get(pk=each.pk).name for each in (other, third, elevation)]
    assert names == ["Everybody was told", "Everybody was told", "Nobody was told"]
    assert list(SyncJob.objects.filter(created_at__gte=job.created_at)) == [job]
    assert job.chunks.filter(stream__in=("directories", "projects")).count() == 1, "one walk"
    assert opened(job.chunks) - Counter(read & {elevation.project_id}) == Counter(set(opened(job.chunks)))
    assert sandbox.logikal.most_sessions == 1


def opened(chunks: "QuerySet[SyncChunk] | Manager[SyncChunk]") -> Counter[str]:
    """How often each project was."""
    return Counter(ids[0].split()[0] for ids in chunks.values_list("entity_ids", flat=True) if ids)


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
