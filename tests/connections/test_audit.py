"""What a row of audit says, and what it never says."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from connections import audit
from connections.access import Actor
from connections.models import ApiToken, AuditEvent, Connection
from tests.fixtures.engine import NOON

pytestmark = pytest.mark.django_db


def recorded(actor: Any, target: Any, **changes: Any) -> AuditEvent:
    workspace = target.workspace if target else None
    audit.record(actor, "connection changed", target, workspace=workspace, now=NOON, **changes)
    return AuditEvent.objects.get()


def test_a_person_is_named_with_number_and_address(connection: Connection, alice: User) -> None:
    event = recorded(Actor(alice, address="192.0.2.7"), connection, before={"name": "a"}, after={"name": "b"})
    assert (event.actor, event.actor_id, event.address) == ("alice@example.com", alice.pk, "192.0.2.7")
    assert (event.workspace_id, event.at, event.action) == (connection.workspace_id, NOON, "connection changed")
    assert (event.target, event.target_name) == (f"connection {connection.pk}", str(connection))
    assert (event.before, event.after) == ({"name": "a"}, {"name": "b"})


def test_a_program_and_a_command_are_named_too(connection: Connection) -> None:
    token, _ = ApiToken.issue(connection.workspace, "Dashboard", "admin", now=NOON)
    assert recorded(Actor(token=token), connection).actor == "token Dashboard"


def test_the_installation_itself_may_be_what_was_changed() -> None:
    event = recorded("rotate_keys", None)
    assert (event.actor, event.target, event.workspace_id) == ("rotate_keys", "installation", None)


@pytest.mark.parametrize(
    "name", ["access_token", "client_secret", "Password", "ciphertext", "Authorization", "api_key", "apikey", "sha256"]
)
def test_what_bears_the_name_of_a_secret_is_not_kept(connection: Connection, name: str) -> None:
    given = {name: "canary", "options": {name: "canary", "kept": [1, {name: "canary"}]}}
    event = recorded("a command", connection, before=given, after=given)
    assert "canary" not in f"{event.before} {event.after}"
    assert event.after["options"]["kept"][0] == 1


def test_a_name_that_is_too_long_is_cut(connection: Connection) -> None:
    connection.name = "x" * 500
    assert len(recorded("y" * 500, connection).target_name) == 200
