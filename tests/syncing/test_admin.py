"""The admin of the engine and its data: what only a sync may write cannot be changed here."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import reverse

from connections.models import Connection
from projects.models import Change, Coverage
from syncing.models import ConnectionSync, ObjectSyncConfig, SyncChunk, SyncJob

READ_ONLY = [SyncJob, SyncChunk, ConnectionSync, Change, Coverage]


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
