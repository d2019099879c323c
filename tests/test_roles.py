"""Every address x everybody who may ask: the answer that tests/routes.py says, no other."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client

from connections.models import AuditEvent, Connection
from syncing.models import SyncJob
from tests.fixtures.api import CALLERS, CSRF, Caller
from tests.fixtures.routes import Scene
from tests.routes import ADDRESSES, TABLE, Route, admin_routes, declared, routes

pytestmark = [pytest.mark.django_db, pytest.mark.once]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
CASES = [(method, route) for route in routes() for method in declared(route)]


def label(value: Any) -> str:
    return f"/{value.address}" if isinstance(value, Route) else str(value)


def test_every_address_is_in_the_table() -> None:
    assert [route.address for route in routes() if route.key not in ADDRESSES] == [], "tests/routes.py lacks a line"
    assert ADDRESSES - {route.key for route in routes()} == set(), "tests/routes.py has a line too many"


def test_the_matrix_is_as_large_as_it_should_be() -> None:
    assert len(CASES) * len(CALLERS) >= 300
    assert len({key for key in TABLE if not key.startswith("GET ")}) > 20


@pytest.mark.spec("A50")
@pytest.mark.parametrize(("method", "route"), CASES, ids=label)
def test_everybody_gets_the_answer_that_their_role_gives(
    method: str, route: Route, scene: Scene, callers: dict[str, Caller]
) -> None:
    entry = declared(route)[method]
    expected = {name: entry.expected(name) for name in CALLERS}
    assert {name: code(scene, callers[name], method, route) for name in CALLERS} == expected


@pytest.mark.parametrize(("method", "route"), [(one, two) for one, two in CASES if declared(two)[one].staff], ids=label)
def test_those_who_look_after_the_installation_get_in(
    method: str, route: Route, scene: Scene, callers: dict[str, Caller]
) -> None:
    assert code(scene, callers["staff"], method, route) == declared(route)[method].staff


def code(scene: Scene, caller: Caller, method: str, route: Route) -> int:
    """Whatever it changes is taken back, so that everybody finds the same."""
    with transaction.atomic():
        answer = scene.ask(caller, method, route, declared(route)[method])
        transaction.set_rollback(True)
    return int(answer.status_code)


@pytest.mark.parametrize("route", routes(), ids=label)
def test_a_method_that_is_not_declared_changes_nothing(route: Route, scene: Scene, callers: dict[str, Caller]) -> None:
    before = everything()
    for method in METHODS:
        if method not in declared(route):
            answer = callers["alice"].ask(method, route.path(scene.ids))
            assert answer.status_code < 500
            assert everything() == before, f"{method} /{route.address} changes something"


def everything() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Connection, SyncJob, AuditEvent)]


# The admin


OPEN_TO_ALL = ("login", "logout")


def test_the_admin_asks_everybody_else_to_sign_in(callers: dict[str, Caller], connection: Connection) -> None:
    asked = [route for route in admin_routes() if not route.key.endswith(OPEN_TO_ALL)]
    assert len(asked) > 100
    let_in = [
        (name, method, route.address)
        for route in asked
        for name in CALLERS
        for method in ("GET", "POST")
        if not is_sent_to_sign_in(callers[name], method, route)
    ]
    assert let_in == []


def is_sent_to_sign_in(caller: Caller, method: str, route: Route) -> bool:
    caller.client.cookies["csrftoken"] = CSRF
    form = {"content_type": "application/x-www-form-urlencoded", "X-CSRFToken": CSRF}
    answer = caller.ask(method, route.path({}), "", **form)
    return answer.status_code == 302 and ("login" in answer["Location"] or "sign-in" in answer["Location"])


def test_whoever_runs_the_installation_sees_all_lists(staff: User, connection: Connection) -> None:
    browser = Client()
    browser.force_login(staff)
    lists = [route for route in admin_routes() if route.address.count("/") == 3 and "<" not in route.address]
    assert len(lists) > 20
    assert {browser.get(route.path({})).status_code for route in lists} == {200}
