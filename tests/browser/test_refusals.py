"""The pages of refusals and errors and the admin in a real browser: accessible, and they fit."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.urls import reverse
from playwright.sync_api import Page, Route, expect

from connections.models import Connection
from tests.browser.test_first_screens import SIZES, overflow, sign_in, violations
from tests.browser.test_two_phases import keep

pytestmark = pytest.mark.browser


def visit(address: str) -> Callable[[Page], object]:
    return lambda page: page.goto(address)


def send_an_expired_form(page: Page) -> None:
    page.goto("/account/mail/")
    page.context.clear_cookies(name="csrftoken")
    page.locator("main form button[type=submit]").first.click()


def break_something(page: Page) -> None:
    def broken(route: Route) -> None:
        route.fulfill(status=500, content_type="text/html", body=render_to_string("500.html"))

    page.route("**/broken/", broken)
    page.goto("/broken/")


REFUSALS: dict[str, Callable[[Page], object]] = {
    "There is no such page": visit("/nowhere/"),
    "You may not do that": visit("/ops/"),
    "This form had expired": send_an_expired_form,
    "Something broke on our side": break_something,
}
"""What stands above it -> how to get there."""

PAGES = ("admin:index", "admin:syncing_objectsyncconfig_changelist", "admin:syncing_syncjob_changelist")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_refusal_is_accessible_fits_and_leads_on(page: Page, alice: User, size: str, theme: str) -> None:
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    sign_in(page, alice)
    for title, refused in REFUSALS.items():
        refused(page)
        assert page.locator("h1").all_inner_texts() == [title]
        assert (title, violations(page), overflow(page)) == (title, [], 0)
        keep(page, f"{title}-{size}-{theme}")
        page.locator("main a.btn").last.press("Enter")
        page.wait_for_url("**/")
        expect(page.get_by_role("heading", name="Connections", level=1)).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_closed_door_says_so(page: Page, alice: User, size: str, theme: str) -> None:
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.goto("/")
    for _ in range(5):
        page.get_by_label("Email").fill("alice@example.com")
        page.get_by_label("Password").fill("wrong")
        page.get_by_label("Password").press("Enter")
        page.get_by_role("alert").wait_for()
    expect(page.get_by_text("for the next 15 minutes")).to_be_visible()
    assert (violations(page), overflow(page)) == ([], 0)
    keep(page, f"closed-{size}-{theme}")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_admin_is_accessible_and_fits(
    page: Page, complaints: list[str], staff: User, synced: Connection, size: str, theme: str
) -> None:
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    sign_in(page, staff)
    for name in PAGES:
        page.goto(reverse(name))
        page.wait_for_load_state("networkidle")
        assert complaints == []
        assert (name, violations(page), overflow(page)) == (name, [], 0)
        complaints.clear()  # of the styles that axe itself adds, where a sheet imports others
        keep(page, f"{name}-{size}-{theme}")
