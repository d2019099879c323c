"""A project that LOGIKAL does not open: the job, the connection and the project itself name it, and say why."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from connections.models import Connection, Membership
from connections.sandbox.server import SandboxServer
from projects.models import LogikalProject
from syncing.models import Mail, SyncJob
from tests.fixtures.engine import sync
from tests.fixtures.sandbox import SharedClock
from tests.syncing.logikal.connection import windows

__all__ = ["windows"]

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]

LOCKED = "The project is locked: somebody is working in it."


def text_of(client: Client, page: str, *ids: object) -> str:
    html = client.get(reverse(page, args=ids)).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_what_is_locked_is_named_with_the_reason_and_the_next_look(
    windows: Connection, sandbox: SandboxServer, clock: SharedClock, alice: User, signed_in: SignIn
) -> None:
    sync(windows, clock, "projects")
    project = LogikalProject.objects.filter(is_deleted=False).earliest("external_id")
    sandbox.logikal.lock(project.external_id)
    job = sync(windows, clock)
    assert (job.status, job.failed_chunks) == (SyncJob.Status.COMPLETED_WITH_FAILURES, 1)
    client, said = signed_in(alice), f"Project {project.name} was skipped. {LOCKED}"
    for page, its in (("job", job.pk), ("connection", windows.pk)):
        assert said in text_of(client, page, its)
    its_page = text_of(client, "project", windows.pk, project.external_id)
    assert LOCKED in its_page
    assert "Looked at again" in its_page
    failed = windows.schedules.exclude(consecutive_failures=0)
    assert not failed.exists()
    assert set(windows.schedules.values_list("last_completed_at", flat=True)) == {job.closed_at}


def test_nobody_gets_a_mail_because_somebody_is_at_work(
    windows: Connection, sandbox: SandboxServer, clock: SharedClock, alice: User
) -> None:
    sync(windows, clock, "projects")
    Membership.objects.filter(user=alice).update(mail=Membership.Mail.ALL)
    sandbox.logikal.lock(LogikalProject.objects.filter(is_deleted=False).earliest("external_id").external_id)
    assert sync(windows, clock).status == SyncJob.Status.COMPLETED_WITH_FAILURES
    assert not Mail.objects.filter(kind=Mail.Kind.FAILED).exists()


def test_what_the_options_leave_out_is_no_failure(windows: Connection, clock: SharedClock) -> None:
    sync(windows, clock, "projects")
    found = LogikalProject.objects.filter(is_deleted=False).exclude(directory_path="").earliest("external_id")
    windows.options = {"excluded_directories": [found.directory_path]}
    windows.save()
    job = sync(windows, clock)
    assert (job.status, job.error) == (SyncJob.Status.COMPLETED, "")
    found.refresh_from_db()
    assert ("excluded" in found.refusal, found.refused_until) == (True, None)
