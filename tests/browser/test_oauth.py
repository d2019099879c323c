"""Signing in at the provider's page in a real browser: all the way, by keyboard, refused, and fit to look at."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from connections.models import Connection, Credential, Workspace
from connections.sandbox.server import SandboxServer
from syncing.models import SyncJob
from tests.browser.test_connecting import tab_to
from tests.browser.test_first_screens import SIZES, overflow, sign_in, violations
from tests.fixtures.synced import make_connection

pytestmark = pytest.mark.browser
DANA = "danas-accounts"
CONTINUE = "Continue with Meta Ads"
PICTURES = os.environ.get("PICTURES_DIR", "")


@pytest.fixture
def dana(sandbox: SandboxServer) -> SandboxServer:
    """Who signs in has two open accounts and a disabled one."""
    small: dict[str, Any] = {"campaigns": 1, "ad_sets": 1, "ads": 1, "tokens": [DANA]}
    sandbox.meta.add_account("50", name="Shop 50", **small)
    sandbox.meta.add_account("51", name="Shop 51", **small)
    sandbox.meta.add_account("43", name="Dodo", account_status=2, disable_reason=3, **small)
    sandbox.meta.world.desk.login_as = DANA
    return sandbox


@pytest.fixture
def alices(page: Page, alice: User, dana: SandboxServer, live_server: LiveServer, settings: Any) -> Page:
    """The content policy of every page is in force: what the browser objects to fails the test."""
    settings.PUBLIC_URL = live_server.url
    sign_in(page, alice)
    return page


@pytest.mark.spec("T84", "T46")
def test_t84_signing_in_connects_and_starts_the_first_sync(alices: Page) -> None:
    page = alices
    page.goto(f"{reverse('connect')}?provider=meta")
    page.get_by_role("button", name=CONTINUE).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Continue as Dana Demo?")
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url("**/accounts/")
    expect(page.get_by_label("Dodo")).to_be_disabled()
    page.get_by_label("Shop 50").check()
    page.get_by_label("Shop 51").check()
    page.get_by_role("button", name="Check and continue").click()
    page.get_by_role("button", name="Connect 2 accounts").click()
    page.wait_for_url(lambda address: "/new/" not in address)
    assert {each.name for each in Connection.objects.all()} == {"Shop 50", "Shop 51"}
    started = SyncJob.objects.values_list("connection__name", "sync_type", "trigger")
    assert sorted(started) == [("Shop 50", "initial", "user"), ("Shop 51", "initial", "user")]
    assert Credential.objects.get().data_access_expires_at


def test_the_whole_way_by_keyboard(alices: Page) -> None:
    page = alices
    page.goto(f"{reverse('connect')}?provider=meta")
    tab_to(page, CONTINUE)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Continue as Dana Demo?").wait_for()
    tab_to(page, "Allow")
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/")
    tab_to(page, "Shop 50")
    page.keyboard.press("Space")
    tab_to(page, "Check and continue")
    page.keyboard.press("Enter")
    page.wait_for_url("**/checks/")
    tab_to(page, "Connect")
    expect(page.get_by_role("button", name="Connect", exact=True)).to_be_visible()


def test_no_is_an_answer_and_another_try_works(alices: Page) -> None:
    page = alices
    page.goto(f"{reverse('connect')}?provider=meta")
    page.get_by_role("button", name=CONTINUE).click()
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("alert")).to_contain_text("Access was not allowed.")
    page.get_by_role("button", name="Try again with Meta Ads").click()
    page.get_by_label("ads_read").uncheck()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("alert")).to_contain_text("The permission ads_read was not granted.")
    page.get_by_role("button", name="Try again with Meta Ads").click()
    expect(page).to_have_url(re.compile("auth_type=rerequest"))
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url("**/accounts/")
    assert not Connection.objects.exists()


@pytest.fixture
def shared(workspace: Workspace) -> Connection:
    """Its login has died, and another connection shares it."""
    connection = make_connection(workspace, "Shop 50", external_account_id="act_50")
    other = make_connection(workspace, "Shop 51", external_account_id="act_51")
    Connection.objects.filter(pk=other.pk).update(credential=connection.credential)
    connection.credential.mark_dead("The Meta sign-in has expired.")
    return connection


def test_a_dead_login_is_replaced_for_both(alices: Page, shared: Connection) -> None:
    page = alices
    page.goto(reverse("reconnect", args=[shared.pk]))
    page.get_by_role("button", name=CONTINUE).click()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"**{reverse('connection', args=[shared.pk])}")
    expect(page.get_by_role("status").first).to_contain_text("Shop 50 has its new login, and so has 1 more.")
    assert not Credential.objects.filter(connections__isnull=False, needs_reconnect=True).exists()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_accessible_and_fits(alices: Page, shared: Connection, size: str, theme: str) -> None:
    page = alices
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]

    def look(name: str) -> None:
        assert page.locator("h1").count() == 1
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{size}-{theme}.png", full_page=True)
        assert (name, violations(page), overflow(page)) == (name, [], 0)

    page.goto(reverse("reconnect", args=[shared.pk]))
    look("reconnect")
    page.goto(f"{reverse('connect')}?provider=meta")
    look("login")
    page.get_by_role("button", name=CONTINUE).click()
    look("dialog")
    page.get_by_role("button", name="Deny").click()
    page.get_by_role("alert").wait_for()
    look("denied")
    page.get_by_role("button", name="Try again with Meta Ads").click()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url("**/accounts/")
    look("accounts")
    Credential.objects.update(needs_reconnect=False, subject="900", expires_at="2026-01-01T00:00Z")
    for name in ("overview", "settings"):
        page.goto(reverse(name))
        look(name)
    page.goto(reverse("connection", args=[shared.pk]))
    look("connection")
