"""Google Ads in a real browser: signing in at Google, picking an account, the first sync, and the numbers."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from connections.models import Connection
from connections.providers.google_ads.demo import DEMO_CUSTOMER, DEMO_TOKEN
from connections.sandbox.server import SandboxServer
from projects.models import DailyMetric
from syncing.models import SyncJob
from tests.browser.test_creators import faults
from tests.browser.test_first_screens import SIZES, sign_in
from tests.fixtures.engine import finish_in_threads

pytestmark = pytest.mark.browser
CONTINUE = "Continue with Google Ads"
ALLOW, DENY = "Continue", "Cancel"


@pytest.fixture
def alices(page: Page, alice: User, sandbox: SandboxServer, live_server: LiveServer, settings: Any) -> Page:
    sandbox.clock.freeze(timezone.now())
    settings.PUBLIC_URL = live_server.url
    sign_in(page, alice)
    page.goto(f"{reverse('connect')}?provider=google_ads")
    return page


def finish() -> None:
    """What was asked for in the browser, without its history: no worker lives."""
    finish_in_threads(list(SyncJob.objects.active().exclude(lane="backfill").values_list("pk", flat=True)), threads=1)


@pytest.mark.spec("A21", "A58")
def test_from_the_login_to_the_numbers(alices: Page, sandbox: SandboxServer) -> None:
    page = alices
    page.get_by_role("button", name=CONTINUE).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Continue as Dana Demo?")
    page.get_by_role("button", name=DENY).click()
    expect(page.get_by_role("alert")).to_contain_text("Access was not allowed.")
    page.get_by_role("button", name="Try again with Google Ads").click()
    page.get_by_role("button", name=ALLOW).click()
    page.wait_for_url("**/accounts/")
    expect(page.get_by_label("Demo Group")).to_be_disabled()
    expect(page.get_by_label("Closed Shop")).to_be_disabled()
    expect(page.get_by_text("It was cancelled; its admin can open it again in Google Ads.")).to_be_visible()
    page.get_by_label("Demo Shop").check()
    page.get_by_role("button", name="Check and continue").click()
    expect(page.get_by_text("Through the manager account 111-000-1110.")).to_be_visible()
    page.get_by_role("button", name="Connect", exact=True).click()
    page.wait_for_url("**/start/")
    connection = Connection.objects.get()
    assert connection.external_account_id == DEMO_CUSTOMER
    assert connection.credential.secrets()["refresh_token"] != DEMO_TOKEN
    finish()
    expect(page.get_by_text("Your recent data is ready!")).to_be_visible()
    page.goto("/ads/")
    expect(page.get_by_role("row", name=re.compile("Spring launch"))).to_be_visible()
    before = page.locator("main").inner_text()

    shop = sandbox.google_ads.customers[DEMO_CUSTOMER]
    shop.restate(*(shop.today(timezone.now()) - timedelta(days=back) for back in range(2, 6)))
    page.goto("/settings")
    page.get_by_role("button", name=re.compile("Sync Google Ads")).click()
    expect(page.get_by_text("1 sync started.")).to_be_visible()
    finish()
    expect(page.get_by_text("Sync complete! New data synced")).to_be_visible()
    page.goto("/ads/")
    expect(page.get_by_role("row", name=re.compile("Spring launch"))).to_be_visible()
    assert page.locator("main").inner_text() != before
    assert DailyMetric.objects.filter(connection=connection, level="ad").exists()


@pytest.mark.parametrize("size", SIZES)
def test_every_page_of_the_way_is_accessible_and_fits(alices: Page, size: str) -> None:
    page = alices
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    assert ("login", faults(page)) == ("login", [])
    page.get_by_role("button", name=CONTINUE).click()
    page.get_by_role("button", name=ALLOW).click()
    page.wait_for_url("**/accounts/")
    assert ("accounts", faults(page)) == ("accounts", [])
    page.get_by_label("Demo Shop").check()
    page.get_by_role("button", name="Check and continue").click()
    page.wait_for_url("**/checks/")
    assert ("checks", faults(page)) == ("checks", [])
