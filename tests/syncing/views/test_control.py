"""The buttons that stop a job and go on with it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connections.models import AuditEvent, Connection, Membership, Workspace
from syncing.models import ConnectionSync, SyncJob
from tests.fixtures.people import make_person
from tests.fixtures.synced import make_chunk, make_job

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def running(connection: Connection) -> SyncJob:
    job = make_job(connection, timezone.now() - timedelta(minutes=1), "in_progress", total_chunks=2)
    make_chunk(job, 0, "campaigns")
    make_chunk(job, 1, "ads", "pending")
    return job


@pytest.mark.spec("C32", "T23")
def test_cancel_then_resume(alice: User, running: SyncJob, signed_in: SignIn) -> None:
    client, page = signed_in(alice), reverse("job", args=[running.pk])
    assert reverse("cancel_job", args=[running.pk]) in client.get(page).content.decode()
    client.post(reverse("cancel_job", args=[running.pk]), {"next": page})
    text = client.get(page).content.decode()
    assert "Cancelled. What was read is stored" in text
    assert reverse("resume_job", args=[running.pk]) in text
    answer = client.post(reverse("resume_job", args=[running.pk]), {"next": page})
    again = SyncJob.objects.get(follows=running)
    assert answer.headers["Location"] == reverse("job", args=[again.pk])
    assert list(again.chunks.values_list("stream", "status")) == [("ads", "pending")]
    assert set(AuditEvent.objects.values_list("action", flat=True)) >= {"sync cancelled", "sync resumed"}


def test_what_cannot_be_done_says_why(alice: User, running: SyncJob, signed_in: SignIn) -> None:
    client, page = signed_in(alice), reverse("job", args=[running.pk])
    client.post(reverse("resume_job", args=[running.pk]), {"next": page})
    assert "This job was not interrupted." in client.get(page).content.decode()
    client.post(reverse("cancel_job", args=[running.pk]), {"next": page})
    client.post(reverse("cancel_job", args=[running.pk]), {"next": page})
    assert "This job has ended already." in client.get(page).content.decode()


@pytest.fixture
def viewer(workspace: Workspace) -> User:
    return make_person("vera", workspace, Membership.Role.VIEWER)


@pytest.mark.parametrize("name", ["cancel_job", "resume_job"])
def test_who_may(viewer: User, charlie: User, running: SyncJob, signed_in: SignIn, name: str) -> None:
    address = reverse(name, args=[running.pk])
    assert [signed_in(each).post(address).status_code for each in (viewer, charlie)] == [403, 404]
    assert address not in signed_in(viewer).get(reverse("job", args=[running.pk])).content.decode()


@pytest.mark.spec("T24", "C32")
def test_history_is_read_by_a_button_where_there_is_more_to_read(
    alice: User, viewer: User, connection: Connection, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    page, address = reverse("connection", args=[connection.pk]), reverse("start_history", args=[connection.pk])
    assert address not in client.get(page).content.decode(), "the recent days come first"
    ConnectionSync.objects.filter(pk=connection.pk).update(phase_1_completed_at=timezone.now())
    assert address in client.get(page).content.decode()
    assert address not in signed_in(viewer).get(page).content.decode()
    client.post(address, {"next": page})
    assert SyncJob.objects.get(lane="backfill").sync_phase == "historical_backfill"
    shown = client.get(page).content.decode()
    assert "History is read in the background, newest days first." in shown
    assert address not in shown
