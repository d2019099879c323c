"""The numbers of the ads in a real browser: drawn, filtered by keyboard, accessible, and within the content policy."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from connections.models import Connection, Workspace
from tests.browser.test_first_screens import HOSTILE, SIZES, errors, overflow, sign_in, signed_in_page, violations
from tests.fixtures.ads import make_ad_sets, make_campaign, make_metric, read_days
from tests.fixtures.synced import make_connection

pytestmark = pytest.mark.browser
__all__ = ["errors", "signed_in_page"]


@pytest.fixture
def shop(workspace: Workspace) -> Connection:
    """Two weeks of two campaigns, one of them with a hostile name, and of an ad set."""
    connection = make_connection(workspace, "Shop CH")
    today = timezone.now().astimezone(connection.zone).date()
    campaign = make_campaign(connection, "1", "Winter sale")
    make_campaign(connection, "2", HOSTILE, "WITH_ISSUES")
    make_ad_sets(connection, campaign, "s1")
    for back in range(14):
        day = today - timedelta(days=back)
        numbers: dict[str, Any] = {"impressions": 1000 + back, "clicks": 10 + back, "conversions": "1.5"}
        make_metric(connection, "1", day, spend="1234567.89", revenue="30", **numbers)
        make_metric(connection, "2", day, spend="10", **numbers)
        make_metric(connection, "s1", day, level="ad_set", campaign_id="1", **numbers)
    read_days(connection, "campaign_metrics", today - timedelta(days=24), 25)
    return connection


@pytest.fixture
def abroad(workspace: Workspace) -> Connection:
    connection = make_connection(workspace, HOSTILE, currency="JPY")
    make_metric(connection, "9", timezone.now().astimezone(connection.zone).date(), spend="5000")
    return connection


@pytest.fixture
def last_year(shop: Connection) -> Connection:
    """A year ago there were ten of these days and another campaign; four of the days were never read."""
    today = timezone.now().astimezone(shop.zone).date()
    make_campaign(shop, "3", "Autumn " + HOSTILE)
    for back in range(4, 28):
        day = today - timedelta(days=365 + back)
        for key in ("1", "3"):
            make_metric(shop, key, day, impressions=900, clicks=20, spend="999999.99", revenue="-40", conversions="1")
    read_days(shop, "campaign_metrics", today - timedelta(days=500), 132)
    return shop


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_what_is_compared_is_accessible_and_fits(
    signed_in_page: Page, last_year: Connection, abroad: Connection, size: str, theme: str
) -> None:
    page = signed_in_page
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    for state in ("", f"connection={last_year.pk}", f"connection={last_year.pk}&period=90", "level=ad_set&campaign=1"):
        page.goto(f"{reverse('ads')}?compare=year&{state}")
        for closed in page.locator("main details").all():
            closed.locator("summary").click()
        assert (state, violations(page), overflow(page)) == (state, [], 0)
        assert page.title() != "broken"


def test_a_comparison_is_chosen_by_keyboard_drawn_and_taken_back(signed_in_page: Page, last_year: Connection) -> None:
    page = signed_in_page
    page.goto(reverse("ads"))
    page.locator("#daily-chart canvas").wait_for()
    drawn = "document.querySelector('#daily-chart canvas').toDataURL()"
    before = page.evaluate(drawn)
    choice = page.get_by_label("Compare with", exact=True)
    choice.focus()
    choice.select_option("year")
    expect(page.get_by_text("never read", exact=False).first).to_be_visible()
    expect(page).to_have_url(re.compile("compare=year"))
    expect(choice).to_be_focused()
    expect(page.locator("#daily-chart .u-legend")).to_contain_text("Spend before")
    assert page.evaluate(drawn) != before
    expect(page.get_by_role("row", name="Autumn")).to_contain_text("only on the days before")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV of totals").click()
    assert "spend_difference" in download.value.path().read_text(encoding="utf-8-sig")
    page.go_back()
    expect(page.locator("#daily-chart .u-legend")).not_to_contain_text("before")


def test_a_comparison_works_without_scripts(browser: Any, live_server: Any, alice: User, last_year: Connection) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, alice)
    page.goto(reverse("ads"))
    page.get_by_label("Compare with", exact=True).select_option("year")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("compare=year"))
    page.get_by_text("How this is compared", exact=True).click()
    expect(page.get_by_text("29 February has no such date")).to_be_visible()
    page.goto(reverse("ads"))
    page.get_by_role("link", name="last year", exact=True).click()
    expect(page).to_have_url(re.compile("compare=year"))
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_state_of_it_is_accessible_and_fits(
    signed_in_page: Page, shop: Connection, abroad: Connection, size: str, theme: str
) -> None:
    page = signed_in_page
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    states = ["", f"connection={shop.pk}", "level=ad_set&campaign=1&sort=name", "since=x", "q=nothing", "period=custom"]
    for state in states:
        page.goto(f"{reverse('ads')}?{state}")
        for closed in page.locator("main details").all():
            closed.locator("summary").click()
        assert page.locator("h1").count() == 1
        assert (state, violations(page), overflow(page)) == (state, [], 0)
        assert page.title() != "broken"


def test_the_chart_is_drawn_and_follows_theme_and_choice(signed_in_page: Page, shop: Connection) -> None:
    page = signed_in_page
    page.goto(reverse("ads"))
    canvas = page.locator("#daily-chart canvas")
    canvas.wait_for()
    assert canvas.count() == 1
    drawn = "document.querySelector('#daily-chart canvas').toDataURL()"
    before = page.evaluate(drawn)
    page.get_by_label("Columns", exact=True).focus()
    page.get_by_label("Columns", exact=True).select_option("clicks")
    expect(page.get_by_role("heading", name="Clicks and conversions by day")).to_be_visible()
    expect(canvas).to_have_count(1)
    assert page.evaluate(drawn) != before
    expect(page.get_by_label("Columns", exact=True)).to_be_focused()
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(200)
    assert canvas.count() == 1


def test_the_filters_work_by_keyboard_and_keep_the_focus(signed_in_page: Page, shop: Connection) -> None:
    page = signed_in_page
    page.goto(reverse("ads"))
    expect(page.get_by_role("heading", name="2 campaigns")).to_be_visible()
    search = page.get_by_label("Name or id")
    search.focus()
    page.keyboard.type("winter")
    expect(page.get_by_role("heading", name="1 campaign")).to_be_visible()
    expect(search).to_be_focused()
    expect(page).to_have_url(re.compile("q=winter"))
    expect(page.get_by_role("status").filter(has_text="1 row")).to_have_count(1)
    page.get_by_label("Period", exact=True).focus()
    page.keyboard.press("Home")
    expect(page).to_have_url(re.compile("period=7&q=winter"))
    expect(page.get_by_label("Period", exact=True)).to_be_focused()
    page.reload()
    assert search.input_value() == "winter"
    assert page.get_by_label("Period", exact=True).input_value() == "7"
    page.go_back()
    expect(page).to_have_url(re.compile(r"\?q=winter$"))


def test_days_are_chosen_in_fields_that_appear_when_wanted(signed_in_page: Page, shop: Connection) -> None:
    page = signed_in_page
    page.goto(reverse("ads"))
    expect(page.get_by_label("From", exact=True)).to_be_hidden()
    page.get_by_label("Period", exact=True).select_option("custom")
    page.get_by_label("From", exact=True).fill("2030-01-01")
    expect(page.get_by_role("heading", name="This cannot be shown")).to_be_visible()
    page.get_by_label("From", exact=True).fill("2025-12-01")
    expect(page.get_by_role("heading", name="2 campaigns")).to_be_visible()
    expect(page).to_have_url(re.compile("since=2025-12-01"))


def test_one_walks_down_and_back_and_the_chart_is_drawn_again(signed_in_page: Page, shop: Connection) -> None:
    page = signed_in_page
    page.goto(reverse("ads"))
    page.get_by_role("link", name="Winter sale").press("Enter")
    expect(page.get_by_role("heading", name="Winter sale", level=1)).to_be_visible()
    expect(page.get_by_role("heading", name="1 ad set")).to_be_visible()
    page.get_by_label("Period", exact=True).select_option("7")
    expect(page).to_have_url(re.compile("period=7"))
    page.go_back()
    expect(page.get_by_label("Period", exact=True)).to_have_value("28")
    expect(page.locator("#daily-chart canvas")).to_have_count(1)
    page.get_by_role("link", name="Spend").click()
    expect(page).to_have_url(re.compile("sort=spend"))


def test_the_file_comes_with_the_filters_of_the_page(signed_in_page: Page, shop: Connection) -> None:
    page = signed_in_page
    page.goto(reverse("ads"))
    page.get_by_label("Name or id").fill("winter")
    expect(page.get_by_role("heading", name="1 campaign")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV of totals").click()
    assert download.value.suggested_filename.startswith("shop-ch_campaigns_")
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert ("Winter sale" in text, "onerror" in text) == (True, False)


def test_it_works_without_scripts(browser: Any, live_server: Any, alice: User, shop: Connection) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, alice)
    page.goto(reverse("ads"))
    page.get_by_label("Name or id").fill("winter")
    page.get_by_label("Columns", exact=True).select_option("clicks")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("q=winter"))
    expect(page.get_by_role("heading", name="Clicks and conversions by day")).to_be_visible()
    page.get_by_text("The same as a table").click()
    expect(page.get_by_role("cell", name="not read yet").first).to_be_visible()
    context.close()
