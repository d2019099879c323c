"""Every page and every answer carries the headers that keep browsers from being used against us."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.fixtures.api import CALLERS, Caller
from tests.fixtures.routes import Scene
from tests.routes import Route, admin_routes, declared, routes
from tests.test_roles import label

pytestmark = [pytest.mark.django_db, pytest.mark.once]
EXPECTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
POLICY = ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'")
FEATURES = ("camera", "geolocation", "microphone", "payment", "usb")


def faults(answer: Any) -> list[str]:
    headers = answer.headers
    found = [f"{name} is {headers.get(name)}" for name, value in EXPECTED.items() if headers.get(name) != value]
    policy = headers.get("Content-Security-Policy", "")
    found += [f"no {part}" for part in POLICY if part not in policy]
    found += [f"{policy} has {word}" for word in ("unsafe", "*", "http:", "https:", "data: ;") if word in policy]
    found += [f"{each} is allowed" for each in FEATURES if f"{each}=()" not in headers.get("Permissions-Policy", "")]
    if not {"private", "no-store", "no-cache"} & set(headers.get("Cache-Control", "").replace(",", " ").split()):
        found.append("others may keep it")
    return found


@pytest.mark.parametrize("route", [each for each in routes() if "GET" in declared(each)], ids=label)
def test_every_answer_to_everybody_carries_them(route: Route, scene: Scene, callers: dict[str, Caller]) -> None:
    entry = declared(route)["GET"]
    for name in CALLERS:
        answer = scene.ask(callers[name], "GET", route, entry)
        assert faults(answer) == [], f"{name}: {answer.status_code}"


def test_the_admins_pages_too(staff: User) -> None:
    browser = Client()
    browser.force_login(staff)
    pages = [route for route in admin_routes() if "<" not in route.address]
    assert len(pages) > 40
    assert {page.address: found for page in pages if (found := faults(browser.get(page.path({}))))} == {}


@pytest.mark.parametrize("path", ["/nothing", "/api/nothing", "/api/connections/not-an-id", "/sign-in/"])
def test_an_error_too(client: Client, path: str) -> None:
    assert faults(client.get(path)) == []


def test_what_is_refused_for_its_token_too(scene: Scene) -> None:
    assert faults(Client(enforce_csrf_checks=True).post("/sign-in/")) == []
