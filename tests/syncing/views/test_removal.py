"""Removing a connection: a page that says what happens then, and a button that does it."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from connections.models import AuditEvent, Connection, Membership, Workspace
from syncing.models import SyncJob
from tests.fixtures.people import make_person
from tests.fixtures.synced import make_connection, make_job

SignIn = Callable[[User], Client]


def address(connection: Connection) -> str:
    return reverse("remove", args=[connection.pk])


def test_the_page_says_what_happens_and_changes_nothing(alice: User, connection: Connection, signed_in: SignIn) -> None:
    page = signed_in(alice).get(address(connection)).content.decode()
    assert "Its login is erased at once." in page
    assert "This cannot be undone." in page
    assert Connection.objects.kept().filter(pk=connection.pk).exists()
    assert not AuditEvent.objects.exists()


def test_a_login_that_another_account_uses_is_kept_and_the_page_says_so(
    alice: User, connection: Connection, workspace: Workspace, signed_in: SignIn
) -> None:
    other = make_connection(workspace, "Other")
    Connection.objects.filter(pk=other.pk).update(credential=connection.credential)
    assert "1 other account uses it" in signed_in(alice).get(address(connection)).content.decode()


def test_the_button_removes_it_and_stops_its_sync(
    alice: User, connection: Connection, now: datetime, signed_in: SignIn
) -> None:
    job = make_job(connection, now, SyncJob.Status.IN_PROGRESS)
    client = signed_in(alice)
    page = client.post(address(connection), follow=True).content.decode()
    assert "Alpine Outfitters CH was removed." in page
    job.refresh_from_db()
    connection.refresh_from_db()
    connection.credential.refresh_from_db()
    assert job.status == "cancelled"
    assert connection.credential.ciphertext == ""
    assert AuditEvent.objects.get().action == "connection removed"
    assert client.get(reverse("connection", args=[connection.pk])).status_code == 404
    assert client.post(address(connection)).status_code == 404


def test_an_admin_may(workspace: Workspace, connection: Connection, signed_in: SignIn) -> None:
    admin = make_person("ada", workspace, Membership.Role.ADMIN)
    assert signed_in(admin).post(address(connection)).status_code == 302


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_operator_may_not_and_for_a_stranger_there_is_nothing(
    method: str, bob: User, charlie: User, connection: Connection, signed_in: SignIn
) -> None:
    codes = [getattr(signed_in(each), method)(address(connection)).status_code for each in (bob, charlie)]
    assert codes == [403, 404]
    assert Connection.objects.kept().filter(pk=connection.pk).exists()


def test_it_has_to_be_a_post_with_its_token(alice: User, connection: Connection) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert strict.post(address(connection)).status_code == 403
    assert strict.delete(address(connection)).status_code in (403, 405)
    assert Connection.objects.kept().filter(pk=connection.pk).exists()
