"""Who may do what: roles, tokens, strangers, and where a request came from."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import RequestFactory

from connections.access import Actor, Role, actor_of, address_of, allowed_connection, require
from connections.models import ApiToken, Connection, Membership, Workspace
from tests.fixtures.engine import NOON
from tests.fixtures.people import make_person

pytestmark = pytest.mark.django_db
ALL = list(Role)


@pytest.mark.parametrize("has", ALL)
@pytest.mark.parametrize("needs", ALL)
def test_a_role_may_do_what_lesser_ones_may(
    workspace: Workspace, connection: Connection, has: Role, needs: Role
) -> None:
    actor = Actor(make_person("eve", workspace, has))
    may = ALL.index(has) <= ALL.index(needs)
    assert actor.may(needs, workspace) is may
    assert (connection in actor.connections(needs)) is may
    if may:
        assert allowed_connection(actor, connection.pk, needs) == connection
    else:
        with pytest.raises(PermissionDenied, match=f"needs the role {needs.value} in .*; yours is {has.value}"):
            allowed_connection(actor, connection.pk, needs)


@pytest.mark.parametrize(("scope", "mightiest"), [("read", "viewer"), ("trigger", "operator"), ("admin", "admin")])
def test_a_token_has_the_role_of_its_scope_in_its_workspace_only(
    workspace: Workspace, strange_workspace: Workspace, scope: str, mightiest: str
) -> None:
    token, _ = ApiToken.issue(workspace, "Dashboard", scope, now=NOON)
    actor = Actor(token=token)
    assert [role.value for role in ALL if actor.may(role, workspace)] == [
        role.value for role in ALL if ALL.index(role) >= ALL.index(Role(mightiest))
    ]
    assert actor.role_in(strange_workspace) is None
    assert not actor.may(Role.VIEWER, strange_workspace)


def test_everybody_has_roles_where_they_are_members_and_a_home(
    workspace: Workspace, strange_workspace: Workspace, alice: User, charlie: User
) -> None:
    Membership.objects.create(user=alice, workspace=strange_workspace, role=Role.VIEWER)
    token, _ = ApiToken.issue(strange_workspace, "Dashboard", "trigger", now=NOON)
    roles = {each.name: (each.roles(), each.home()) for each in (Actor(alice), Actor(charlie), Actor(token=token))}
    assert roles == {
        alice.get_username(): ({workspace.pk: Role.OWNER, strange_workspace.pk: Role.VIEWER}, workspace),
        charlie.get_username(): ({strange_workspace.pk: Role.OWNER}, strange_workspace),
        "token Dashboard": ({strange_workspace.pk: Role.OPERATOR}, strange_workspace),
    }
    assert (Actor().roles(), Actor().home()) == ({}, None)


@pytest.mark.parametrize("who", ["stranger", "nobody"])
@pytest.mark.parametrize("role", ALL)
def test_a_stranger_does_not_learn_that_it_exists(connection: Connection, charlie: User, who: str, role: Role) -> None:
    actor = Actor(charlie) if who == "stranger" else Actor()
    with pytest.raises(Http404):
        allowed_connection(actor, connection.pk, role)
    with pytest.raises(PermissionDenied):
        require(actor, role, connection.workspace)
    assert not actor.workspaces(role).filter(pk=connection.workspace_id).exists()


def test_nobody_sees_a_removed_connection(connection: Connection, alice: User, now: Any) -> None:
    connection.remove(now)
    with pytest.raises(Http404):
        allowed_connection(Actor(alice), connection.pk, Role.VIEWER)


def test_a_request_is_of_a_person_a_program_or_nobody(rf: RequestFactory, workspace: Workspace, alice: User) -> None:
    request = rf.get("/")
    request.user = AnonymousUser()
    assert actor_of(request) == Actor(address="127.0.0.1")
    request.user = alice
    assert actor_of(request) == Actor(alice, address="127.0.0.1")
    request.auth, _ = ApiToken.issue(workspace, "Dashboard", "read", now=NOON)  # type: ignore[attr-defined]
    assert actor_of(request).name == "token Dashboard"


@pytest.mark.parametrize(
    ("proxies", "told", "address"),
    [
        (0, "", "127.0.0.1"),
        (0, "192.0.2.1", "127.0.0.1"),
        (1, "192.0.2.1", "192.0.2.1"),
        (1, "203.0.113.66, 192.0.2.1", "192.0.2.1"),
        (2, "203.0.113.66, 192.0.2.1, 10.0.0.1", "192.0.2.1"),
        (2, "192.0.2.1", "127.0.0.1"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "unknown", "127.0.0.1"),
        (1, "192.0.2.1; DROP TABLE", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_only_what_our_own_proxies_add_is_believed(
    rf: RequestFactory, settings: Any, proxies: int, told: str, address: str
) -> None:
    settings.PROXIES_IN_FRONT = proxies
    headers = {"X-Forwarded-For": told} if told else {}
    assert address_of(rf.get("/", headers=headers)) == address


def test_a_request_over_a_socket_has_no_address(rf: RequestFactory) -> None:
    assert address_of(rf.get("/", REMOTE_ADDR="")) is None
