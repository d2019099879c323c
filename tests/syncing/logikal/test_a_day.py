"""A day of a LOGIKAL login, stepped by half a minute, with intervals that were set at /ui/sync-intervals."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from connections.models import Connection
from connections.sandbox.server import SandboxServer
from projects.models import Change, Elevation, PartsList
from syncing import scheduler
from syncing.models import ConnectionSync, ObjectSyncConfig, SyncChunk, SyncJob, SyncSchedule
from tests.fixtures.engine import drain, sync
from tests.fixtures.paced import committing
from tests.fixtures.sandbox import SharedClock
from tests.syncing.logikal.connection import windows
from tests.syncing.views.test_intervals import PAGE, form_of

__all__ = ["windows"]

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]

TICK, DAY, HOUR = timedelta(seconds=30), timedelta(days=1), timedelta(hours=1)
CHOSEN = {  # minutes between two reads, minutes until it is stale, priority
    "directories": (120, 240, 1),
    "projects": (30, 60, 2),
    "phases": (60, 120, 3),
    "elevations": (20, 40, 3),
    "thumbnails": (60, 120, 3),
    "parts_lists": (90, 180, 4),
}


@pytest.fixture
def chosen(staff: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch, windows: Connection) -> None:
    """Typed into the page, as a person does."""
    root = committing(signed_in(staff), monkeypatch)
    sent = form_of(root)
    for kind, figures in CHOSEN.items():
        for name, value in zip(FIELDS, figures, strict=True):
            assert f"logikal.{kind}-{name}" in sent
            sent[f"logikal.{kind}-{name}"] = str(value)
    assert root.post(PAGE, sent).status_code == 302


FIELDS = ("sync_interval_minutes", "staleness_threshold_minutes", "priority")


@pytest.mark.once
@pytest.mark.spec("L8", "L9", "L24", "L25", "L41")
def test_a_day_keeps_every_type_within_its_threshold_and_opens_only_what_changed(
    windows: Connection, chosen: None, sandbox: SandboxServer, clock: SharedClock
) -> None:
    sync(windows, clock)
    ConnectionSync.set_frequency(windows.pk, "smart")
    scheduler.reschedule([windows.pk], clock.now)
    watched = Day(windows, sandbox, clock)
    watched.pass_by()
    for kind, (every, threshold, _) in CHOSEN.items():
        looks = watched.ages[kind]
        young = sum(age <= timedelta(minutes=threshold) for age in looks)
        assert young >= 0.99 * len(looks), kind  # L41
        assert max(looks) <= timedelta(minutes=every) + 2 * TICK, kind  # L9
    opened = {stream: watched.opened(stream) for stream in ("elevations", "parts_lists")}
    seen = Change.objects.filter(table="logikal_project", field="changed_date", seen_at__gt=watched.began)
    moved = Counter(seen.values_list("key", flat=True))
    in_any = set().union(*opened.values())  # where both are due at once, parts lists bring the elevations along
    assert in_any == set(moved)  # L8: all that changed, and nothing else,
    for its in opened.values():
        assert its <= moved  # and none more often than that; two changes before a look are one opening
    assert set(watched.changed_projects) <= in_any
    assert moved.total() < len(watched.chunks("projects")), "at most looks nothing had changed"
    assert watched.unseen == []
    triggers = SyncJob.objects.filter(created_at__gt=watched.began).values_list("trigger", flat=True)
    assert set(triggers) == {"schedule", "cascade"}  # L24: nobody has asked
    assert SyncJob.objects.exclude(status="completed").count() == 0
    by_hour = Counter((chunk.created_at - watched.began) // HOUR for chunk in watched.chunks("projects"))
    assert set(by_hour) == set(range(24))
    assert max(by_hour.values()) <= 1.5 * min(by_hour.values())  # L25: an even load


class Day:
    """Beat and a worker every half minute, and somebody who changes an elevation now and then."""

    def __init__(self, connection: Connection, sandbox: SandboxServer, clock: SharedClock) -> None:
        self.connection, self.sandbox, self.clock, self.began = connection, sandbox, clock, clock.now
        self.ages: dict[str, list[timedelta]] = defaultdict(list)
        self.changed_projects: list[str] = []
        self.unseen: list[str] = []

    def pass_by(self) -> None:
        elevations = list(Elevation.objects.order_by("external_id"))
        for number in range(int(DAY / TICK)):
            at = self.began + number * TICK
            self.clock.move(seconds=max(0.0, (at - self.clock.now).total_seconds()))
            if at - self.began >= HOUR and (at - self.began) % (3 * HOUR) == timedelta(0):
                self._look_for_the_last()
                self._change(elevations[number % len(elevations)], at)
            scheduler.enqueue_due(at)
            if SyncChunk.objects.open().exists():
                drain(self.clock)
            self._note_ages(at)

    def chunks(self, stream: str) -> list[SyncChunk]:
        return list(SyncChunk.objects.filter(stream=stream, created_at__gt=self.began))

    def opened(self, stream: str) -> Counter[str]:
        """How often each project was, by its id."""
        return Counter(chunk.entity_ids[0].split()[0] for chunk in self.chunks(stream))

    def _change(self, elevation: Elevation, at: datetime) -> None:
        self.last, self.name = elevation, f"Changed at {at:%H:%M}"
        self.sandbox.logikal.change(elevation.external_id, name=self.name)
        self.changed_projects.append(elevation.project_id)

    def _look_for_the_last(self) -> None:
        """What was changed three hours ago is here, with the parts list of its newest version."""
        if self.changed_projects:
            held = Elevation.objects.get(pk=self.last.pk)
            parts = PartsList.objects.get(external_id=held.external_id)
            if (held.name, parts.version) != (self.name, held.version):
                self.unseen.append(self.name)

    def _note_ages(self, at: datetime) -> None:
        rows = SyncSchedule.objects.filter(connection=self.connection).values_list("stream", "last_completed_at")
        for stream, read_at in rows:
            assert read_at
            self.ages[stream].append(at - read_at)


@pytest.mark.spec("L10")
def test_what_is_switched_off_is_not_read_and_its_parent_is_waited_for(
    windows: Connection, chosen: None, sandbox: SandboxServer, clock: SharedClock
) -> None:
    ObjectSyncConfig.objects.filter(provider="logikal", object_type="parts_lists").update(is_sync_enabled=False)
    ConnectionSync.set_frequency(windows.pk, "smart")
    scheduler.reschedule([windows.pk], clock.now)
    later = SyncSchedule.objects.filter(connection=windows).exclude(stream__in=["elevations", "parts_lists"])
    later.update(next_due_at=clock.now + timedelta(minutes=10))
    scheduler.enqueue_due(clock.now)
    drain(clock)
    assert not Elevation.objects.exists()
    assert windows.decisions.get().verdict == "parent"
    clock.move(minutes=11)
    scheduler.enqueue_due(clock.now)
    drain(clock)
    assert Elevation.objects.exists()
    assert not PartsList.objects.exists()
