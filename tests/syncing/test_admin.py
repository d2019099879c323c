"""The admin of the engine and its data: what only a sync may write cannot be changed here."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import reverse
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from connections.models import AuditEvent, Connection, Workspace
from projects.models import Change, Coverage
from syncing import tuning
from syncing.models import (
    ConnectionSync,
    Decision,
    Mail,
    ObjectSyncConfig,
    SchedulerHeartbeat,
    SyncChunk,
    SyncJob,
    SyncSchedule,
)
from tests.fixtures.engine import NOON
from tests.fixtures.paced import committed, committing
from tests.fixtures.synced import KIND, make_connection

READ_ONLY = [SyncJob, SyncChunk, ConnectionSync, SyncSchedule, Decision, SchedulerHeartbeat, Mail, Change, Coverage]


@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model.__name__)
def test_nobody_writes_by_hand(model: type, staff: User, rf: RequestFactory) -> None:
    registered, request = admin.site._registry[model], rf.get("/")
    request.user = staff
    assert registered.has_view_permission(request)
    assert not registered.has_add_permission(request)
    assert not registered.has_change_permission(request)
    assert not registered.has_delete_permission(request)


def test_a_job_is_shown_with_its_chunks(
    staff: User, synced: Connection, job: SyncJob, signed_in: Callable[[User], Client]
) -> None:
    page = signed_in(staff).get(reverse("admin:syncing_syncjob_change", args=[job.pk])).content.decode()
    assert "campaigns chunk 0" in page
    assert 'name="status"' not in page


def test_an_object_types_staleness_is_at_least_its_interval(staff: User, signed_in: Callable[[User], Client]) -> None:
    config = ObjectSyncConfig.objects.order_by("pk")[0]
    address = reverse("admin:syncing_objectsyncconfig_change", args=[config.pk])
    fields = {field.name: getattr(config, field.name) for field in config._meta.fields} | {
        "sync_interval_minutes": 60,
        "staleness_threshold_minutes": 30,
    }
    page = signed_in(staff).post(address, fields).content.decode()
    assert "Data is not stale before it is due" in page


# The intervals of object types


LIST = "admin:syncing_objectsyncconfig_changelist"
EDITED = ("sync_interval_minutes", "staleness_threshold_minutes", "priority", "is_sync_enabled")


@pytest.fixture
def root(staff: User, signed_in: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch) -> Client:
    return committing(signed_in(staff), monkeypatch)


def rows() -> list[ObjectSyncConfig]:
    """As the list has them, and those of the tests' provider in front, because they have a connection."""
    return sorted(ObjectSyncConfig.objects.order_by("provider", "pk"), key=lambda row: row.provider != KIND)


def sheet(**changed: Any) -> dict[str, Any]:
    """What the list sends; changed: of the first of these rows."""
    sent: dict[str, Any] = {"form-TOTAL_FORMS": len(rows()), "form-INITIAL_FORMS": len(rows()), "_save": "Save"}
    for at, row in enumerate(rows()):
        figures = {name: getattr(row, name) for name in EDITED} | (changed if at == 0 else {})
        sent |= {f"form-{at}-id": row.pk} | {f"form-{at}-{name}": value for name, value in figures.items() if value}
    return sent


@pytest.mark.spec("L18", "L19", "D7")
def test_the_list_of_object_types_is_edited_in_place_and_written_down(root: Client, workspace: Workspace) -> None:
    first = rows()[0]
    connection = make_connection(workspace, sync={"sync_frequency": "smart"})
    page = root.get(reverse(LIST)).content.decode()
    assert all(f'name="form-0-{name}"' in page for name in EDITED)
    changed = {"sync_interval_minutes": 15, "staleness_threshold_minutes": 45, "priority": 1}
    assert root.post(reverse(LIST), sheet(**changed)).status_code == 302
    assert {name: getattr(rows()[0], name) for name in changed} == changed
    assert SyncSchedule.objects.get(connection=connection, stream=first.object_type).interval_seconds == 900
    event = AuditEvent.objects.get()
    assert (event.after, event.before["sync_interval_minutes"]) == (changed, first.sync_interval_minutes)
    root.post(reverse(LIST), sheet(is_sync_enabled=False))
    assert not rows()[0].is_sync_enabled


@pytest.mark.spec("D1")
def test_one_project_holds_beats_rows_and_the_intervals_and_both_are_edited_in_its_admin(root: Client) -> None:
    sent = {row.name: row.schedule.run_every.total_seconds() for row in PeriodicTask.objects.exclude(interval=None)}
    assert sent["smart-sync"] == 300
    assert {"dispatch-realtime", "sweep"} <= sent.keys()
    beat = PeriodicTask.objects.get(name="smart-sync")
    assert root.get(reverse("admin:django_celery_beat_periodictask_change", args=[beat.pk])).status_code == 200
    assert root.post(reverse(LIST), sheet(sync_interval_minutes=20)).status_code == 302
    assert rows()[0].sync_interval_minutes == 20


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"staleness_threshold_minutes": 30}, "Data is not stale before it is due"),
        ({"sync_interval_minutes": 20_000, "staleness_threshold_minutes": 20_000}, "From one minute to seven days"),
        ({"priority": 6}, "From 1, which is served first"),
    ],
    ids=lambda value: next(iter(value), "") if isinstance(value, dict) else "",
)
def test_the_list_refuses_what_makes_no_sense_as_the_page_does(
    root: Client, changed: dict[str, Any], sentence: str
) -> None:
    before = list(ObjectSyncConfig.objects.order_by("pk").values())
    sent = sheet(**changed) | {"form-1-priority": 5}
    page = root.post(reverse(LIST), sent).content.decode()
    assert sentence in page
    assert list(ObjectSyncConfig.objects.order_by("pk").values()) == before
    assert not AuditEvent.objects.exists()


def test_chosen_object_types_go_back_to_their_defaults(root: Client, workspace: Workspace) -> None:
    connection = make_connection(workspace, sync={"sync_frequency": "smart"})
    before = list(ObjectSyncConfig.objects.order_by("pk").values())
    with committed():
        tuning.save(tuning.moves(rows(), lambda _: {"sync_interval_minutes": 7}), "a test", now=NOON, action="tuned")
    chosen = {"action": "reset_to_defaults", "_selected_action": [row.pk for row in rows()]}
    assert root.post(reverse(LIST), chosen).status_code == 302
    assert list(ObjectSyncConfig.objects.order_by("pk").values()) == before
    event = AuditEvent.objects.get(action="sync intervals reset")
    assert (event.actor, len(event.after)) == ("staff@example.com", len(rows()))
    assert 420 not in connection.schedules.values_list("interval_seconds", flat=True)


def test_object_types_are_neither_added_nor_deleted_by_hand(root: Client) -> None:
    assert root.get(reverse("admin:syncing_objectsyncconfig_add")).status_code == 403
    address = reverse("admin:syncing_objectsyncconfig_delete", args=[rows()[0].pk])
    assert root.post(address, {"post": "yes"}).status_code == 403


def test_the_schedule_and_what_was_decided_are_shown(root: Client, synced: Connection, now: datetime) -> None:
    Decision.objects.create(connection=synced, stream="ads", decided_at=now, verdict="budget", reason="180 of 180.")
    SchedulerHeartbeat.objects.create(name="smart-sync", ran_at=now, took_ms=41, jobs=3)
    SyncSchedule.objects.filter(stream="ads").update(average_calls=2.75, verdict="budget", due_because="Campaigns")
    shown = {"syncschedule": ["2.75", "Campaigns", "budget"], "decision": ["180 of 180."], "schedulerheartbeat": ["41"]}
    for model, texts in shown.items():
        page = root.get(reverse(f"admin:syncing_{model}_changelist")).content.decode()
        assert [text for text in texts if text not in page] == []


@pytest.mark.spec("D7")
def test_the_rows_of_beat_can_be_edited(root: Client) -> None:
    task = PeriodicTask.objects.get(name="smart-sync")
    page = root.get(reverse("admin:django_celery_beat_periodictask_changelist")).content.decode()
    assert all(name in page for name in ("smart-sync", "dispatch-realtime", "sweep"))
    address = reverse("admin:django_celery_beat_periodictask_change", args=[task.pk])
    every = IntervalSchedule.objects.create(every=600, period="seconds")
    sent = {"name": task.name, "task": task.task, "regtask": "", "interval": every.pk, "args": "[]", "kwargs": "{}"}
    sent |= {"headers": "{}", "queue": "scheduler", "expire_seconds": 600, "enabled": "on"}
    assert root.post(address, sent).status_code == 302
    task.refresh_from_db()
    assert task.interval == every
