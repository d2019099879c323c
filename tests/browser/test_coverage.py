"""Coverage and changes in a real browser: both themes, both widths, by keyboard, without a script."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from connections.models import Workspace
from tests.browser.test_first_screens import HOSTILE, SIZES, overflow, sign_in, violations
from tests.fixtures.ads import make_campaign
from tests.fixtures.calendar import STREAM, Ledger
from tests.fixtures.synced import make_connection

pytestmark = pytest.mark.browser


def address(name: str, ledger: Ledger, query: str = "") -> str:
    return reverse(name, args=[ledger.connection.pk]) + query


@pytest.fixture
def hostile(workspace: Workspace, ledger: Ledger) -> Ledger:
    """Names as nobody would wish them, and every state that a day may have."""
    made = Ledger(make_connection(workspace, HOSTILE, paused=True), ledger.now)
    made.read(20, 2)
    make_campaign(made.connection, "1", HOSTILE)
    made.change(1, "1", "2" * 30, field="impressions")
    made.change(None, HOSTILE, HOSTILE * 3, table="campaign", key="1", field="name")
    return made


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_pages_are_accessible_and_fit(
    page: Page, alice: User, motley: Ledger, moved: Ledger, hostile: Ledger, adrift: Ledger, size: str, theme: str
) -> None:
    sign_in(page, alice)
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    for where in (
        address("coverage", motley, f"?stream={STREAM}"),
        address("coverage", hostile, f"?stream={STREAM}"),
        address("coverage", hostile),
        address("coverage", adrift),
        address("connection", adrift),
        address("changes", moved),
        address("changes", moved, "?of=objects"),
        address("changes", hostile),
        address("changes", hostile, "?of=objects"),
        address("connection", moved),
    ):
        page.goto(where)
        assert page.locator("h1").count() == 1
        assert (where, violations(page), overflow(page)) == (where, [], 0)
        assert page.title() != "broken"


def test_from_the_table_of_what_is_held_to_a_missing_day_by_keyboard(page: Page, alice: User, motley: Ledger) -> None:
    sign_in(page, alice)
    page.goto(address("connection", motley))
    page.get_by_role("link", name="coverage of Campaigns by day").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Which days are read?")
    expect(page.get_by_role("heading", level=2).first).to_contain_text("9 days are missing")
    summary = page.locator("#day-table > summary")
    for _ in range(40):
        page.keyboard.press("Tab")
        if summary.evaluate("each => each === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("row", name="Missing").get_by_role("rowheader")).to_be_visible()
    expect(page.get_by_role("row", name="Missing")).to_contain_text("3")
    tabs = page.get_by_role("navigation", name="Pages of this connection")
    tabs.get_by_role("link", name="Changes").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("What changed?")


def test_from_a_day_that_does_not_add_up_to_the_plan_of_reading_it_again(
    page: Page, alice: User, adrift: Ledger
) -> None:
    sign_in(page, alice)
    page.goto(address("connection", adrift))
    expect(page.get_by_role("row", name="Campaigns by day")).to_contain_text("2 recent days do not add up")
    page.get_by_role("link", name="coverage of Campaigns by day").click()
    expect(page.locator("#totals h2")).to_contain_text("On 2 days the campaigns do not add up to the account")
    expect(page.get_by_role("row", name="1.20")).to_contain_text("1\u202f499.30")
    page.locator("#totals").get_by_role("link").click()
    expect(page.get_by_role("button", name="Read these days again")).to_be_visible()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(2)


def test_every_square_says_its_day_and_every_month_what_it_holds(page: Page, alice: User, motley: Ledger) -> None:
    sign_in(page, alice)
    page.goto(address("coverage", motley, f"?stream={STREAM}"))
    squares = page.locator(".month use")
    assert squares.count() == page.locator(".month use > title").count() > 400
    month = page.locator(f'.month svg[aria-label^="{motley.back(0):%B %Y}: "]')
    expect(month).to_have_count(1)
    box = squares.last.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 9


def test_without_a_script_all_of_it_can_be_read(
    browser: Browser, live_server: LiveServer, alice: User, motley: Ledger, moved: Ledger
) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, alice)
    page.goto(address("coverage", motley, f"?stream={STREAM}"))
    page.locator("#day-table > summary").click()
    expect(page.get_by_role("row", name="Being read")).to_be_visible()
    page.goto(address("changes", moved))
    page.get_by_role("link", name="Names, statuses and budgets").click()
    expect(page.get_by_role("row", name="Daily budget")).to_contain_text("+25 %")
    with page.expect_download() as download:
        page.get_by_role("link", name="Every change as CSV").click()
    assert download.value.suggested_filename == "alpine-outfitters-ch_changes_objects_24h.csv"
    context.close()
