"""No address changes anything for a browser that was led there by another site: every one is tried."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from connections.models import AuditEvent, Membership, Workspace
from tests.fixtures.api import CSRF, Caller
from tests.fixtures.routes import Scene
from tests.routes import Route, admin_routes, declared, routes
from tests.test_roles import code, everything, label

pytestmark = [pytest.mark.django_db, pytest.mark.once]
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def browser(staff: User, workspace: Workspace) -> Client:
    """Of somebody who may do everything: owner, and in charge of the installation."""
    Membership.objects.create(user=staff, workspace=workspace, role=Membership.Role.OWNER)
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff)
    client.cookies["csrftoken"] = CSRF
    return client


def refusals(browser: Client, route: Route, scene: Scene, **headers: str) -> dict[str, int]:
    path = route.path(scene.ids)
    return {f"{method} {path}": browser.generic(method, path, headers=headers).status_code for method in UNSAFE}


@pytest.mark.parametrize("headers", [{}, {"X-CSRFToken": "x" * 32}], ids=["without a token", "with another one"])
def test_every_address_refuses_a_change_without_the_token(
    browser: Client, scene: Scene, headers: dict[str, str]
) -> None:
    before = everything()
    tried: dict[str, int] = {}
    for route in [*routes(), *admin_routes()]:
        tried |= refusals(browser, route, scene, **headers)
    assert len(tried) > 300
    assert {what: code for what, code in tried.items() if code != 403} == {}
    assert everything() == before


@pytest.mark.parametrize("route", [each for each in routes() if set(declared(each)) & set(UNSAFE)], ids=label)
def test_with_the_token_the_same_request_gets_through(route: Route, scene: Scene, browser: Client) -> None:
    """Or the test above could not tell one refusal from another."""
    owner = Caller(browser, {"X-CSRFToken": CSRF})
    for method in sorted(set(declared(route)) & set(UNSAFE)):
        entry = declared(route)[method]
        assert code(scene, owner, method, route) == (entry.staff or entry.expected("alice"))


def test_a_program_with_a_token_needs_none(scene: Scene, callers: dict[str, Caller]) -> None:
    path = f"/api/connections/{scene.connection.pk}/sync-now"
    assert callers["trigger token"].post(path).status_code == 202


def test_a_token_does_not_open_the_way_for_a_session(scene: Scene, browser: Client) -> None:
    """A forged request that brings some token is refused for that token, and is not tried as the person."""
    path = f"/api/connections/{scene.connection.pk}/sync-now"
    forged = {"Authorization": "Bearer frt_guess"}
    answer = browser.post(path, content_type="application/json", headers=forged)
    assert answer.status_code == 401
    assert not AuditEvent.objects.exists()
