"""The name and the options of a connection."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from connections.models import AuditEvent, Connection, Workspace
from tests.fixtures.people import make_person
from tests.fixtures.synced import make_connection

SignIn = Callable[[User], Client]


@pytest.fixture
def connection(workspace: Workspace) -> Connection:
    return make_connection(workspace, "Bluebird", options={"conversion_action": "lead", "kept": "as it is"})


def page_of(connection: Connection) -> str:
    return reverse("connection_edit", args=[connection.pk])


def test_it_gets_another_name_and_other_options(alice: User, connection: Connection, signed_in: SignIn) -> None:
    client = signed_in(alice)
    shown = client.get(page_of(connection)).content.decode()
    assert 'value="Bluebird"' in shown
    assert 'value="lead"' in shown
    done = client.post(page_of(connection), {"name": " Redstart ", "conversion_action": "", "currency": "XXX"})
    assert done.headers["Location"] == reverse("connection", args=[connection.pk])
    after = Connection.objects.get()
    assert (after.name, after.currency) == ("Redstart", connection.currency)
    assert after.options == {"conversion_action": "", "kept": "as it is"}
    event = AuditEvent.objects.get()
    assert (event.action, event.before["name"], event.after["name"]) == ("connection changed", "Bluebird", "Redstart")


def test_what_stays_the_same_is_not_written_down(alice: User, connection: Connection, signed_in: SignIn) -> None:
    signed_in(alice).post(page_of(connection), {"name": "Bluebird", "conversion_action": "lead"})
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("name", ["", "x" * 201, "a\0b"], ids=["none", "too long", "with a NUL"])
def test_a_name_that_does_not_fit_is_refused(alice: User, connection: Connection, signed_in: SignIn, name: str) -> None:
    page = signed_in(alice).post(page_of(connection), {"name": name})
    assert page.status_code == 200
    assert 'aria-invalid="true"' in page.content.decode()
    assert Connection.objects.get().name == "Bluebird"


@pytest.mark.parametrize("option", ["not a thing!!", "Lead", "lead..x", "lead\n"])
def test_an_option_that_cannot_be_right_is_refused(
    alice: User, connection: Connection, signed_in: SignIn, option: str
) -> None:
    """A mistyped action would count nothing, and the next sync would write that down as zeros."""
    page = signed_in(alice).post(page_of(connection), {"name": "Bluebird", "conversion_action": f"{option} x"})
    assert "action types are small letters" in page.content.decode()
    assert Connection.objects.get().options["conversion_action"] == "lead"
    fits = "offsite_conversion.custom.123"
    signed_in(alice).post(page_of(connection), {"name": "Bluebird", "conversion_action": fits})
    assert Connection.objects.get().options["conversion_action"] == fits


@pytest.mark.parametrize("role", ["operator", "viewer"])
def test_who_may_not_is_told(role: str, workspace: Workspace, connection: Connection, signed_in: SignIn) -> None:
    client = signed_in(make_person("dora", workspace, role))
    assert client.get(page_of(connection)).status_code == 403
    assert client.post(page_of(connection), {"name": "Mine"}).status_code == 403
    assert Connection.objects.get().name == "Bluebird"


def test_a_stranger_learns_nothing_of_it(charlie: User, connection: Connection, signed_in: SignIn) -> None:
    assert signed_in(charlie).get(page_of(connection)).status_code == 404
    assert signed_in(charlie).post(page_of(connection), {"name": "Mine"}).status_code == 404


def test_who_is_not_signed_in_is_asked_to(client: Client, connection: Connection) -> None:
    assert reverse("sign_in") in client.get(page_of(connection)).headers["Location"]
