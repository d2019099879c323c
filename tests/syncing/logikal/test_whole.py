"""What is stored of a LOGIKAL login equals what it shows, and the pages about it speak of projects and not of days."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from connections.models import Connection
from connections.sandbox.server import SandboxServer
from projects.models import (
    Change,
    Directory,
    Elevation,
    ElevationThumbnail,
    LogikalProject,
    Part,
    PartsList,
    Phase,
)
from projects.restated.names import objects_of
from syncing.models import SyncJob
from syncing.status.held import held
from syncing.status.streams import object_types
from tests.fixtures.engine import sync
from tests.fixtures.sandbox import SharedClock
from tests.syncing.logikal.connection import windows

__all__ = ["windows"]

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def test_a_sync_holds_all_that_the_login_shows(windows: Connection, sandbox: SandboxServer, clock: SharedClock) -> None:
    job = sync(windows, clock)
    assert (job.status, job.records_quarantined) == (SyncJob.Status.COMPLETED, 0)
    truth = sandbox.logikal.truth()
    ids = {each["id"] for each in truth["elevations"]}
    assert set(Directory.objects.values_list("path", flat=True)) == {each["path"] for each in truth["directories"]}
    assert set(LogikalProject.objects.values_list("external_id", flat=True)) == {x["id"] for x in truth["projects"]}
    assert set(Phase.objects.values_list("project_id", "external_id")) == {
        (each["project"], each["id"]) for each in truth["phases"]
    }
    assert set(Elevation.objects.values_list("external_id", flat=True)) == ids
    assert set(PartsList.objects.filter(refusal="").values_list("external_id", flat=True)) == ids
    assert set(ElevationThumbnail.objects.values_list("external_id", flat=True)) <= ids
    assert set(Part.objects.values_list("elevation_id", flat=True)) == ids


def test_what_is_held_is_counted_for_each_object_type(windows: Connection, clock: SharedClock) -> None:
    sync(windows, clock)
    counted = {each.stream: each.rows for each in held(windows, object_types(), clock.now)}
    assert list(counted) == [stream.name for stream in windows.source_class.streams]
    assert counted["elevations"] == Elevation.objects.count() > 0
    assert counted["directories"] == Directory.objects.count() > 0


def test_a_change_has_the_name_of_its_elevation(
    windows: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    sync(windows, clock)
    elevation = Elevation.objects.earliest("external_id")
    clock.move(minutes=5)
    sandbox.logikal.change(elevation.external_id, name="Front door")
    job = sync(windows, clock)
    assert job.records_updated > 0
    changed = Change.objects.filter(connection=windows, field="name").get()
    key = (changed.table, changed.key)
    (found,) = objects_of(windows, [key]).values()
    assert (found.kind, found.said, changed.after) == ("Elevation", "Front door", "Front door")
    its_list = objects_of(windows, [("parts_list", elevation.external_id)])
    assert [(each.kind, each.name) for each in its_list.values()] == [("Parts list", "Front door")]


def test_its_pages_speak_of_projects_and_not_of_days(
    windows: Connection, clock: SharedClock, alice: User, signed_in: SignIn
) -> None:
    sync(windows, clock)
    client: Any = signed_in(alice)
    page = client.get(reverse("connection", args=[windows.pk])).content.decode()
    assert "Parts lists" in page
    assert reverse("coverage", args=[windows.pk]) not in page
    assert "Spend" not in page
    assert windows.name not in client.get(reverse("ads")).content.decode()
    assert windows.name in client.get(reverse("projects")).content.decode()
