"""The first screens in a real browser: signing in, themes, widths, the content policy and accessibility."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.messages.storage.base import Message
from django.template.loader import render_to_string
from django.urls import reverse
from playwright.sync_api import ConsoleMessage, Page, Route, expect

from connections.models import Connection, Workspace
from syncing.models import ConnectionSync, SyncChunk, SyncJob
from tests.fixtures.people import PASSWORD
from tests.fixtures.synced import make_chunk, make_connection, make_job

pytestmark = pytest.mark.browser
AXE = (Path(__file__).parents[1] / "vendor" / "axe.min.js").read_text()
HOSTILE = "<img src=x onerror=document.title='broken'>" + "An_account_name_without_a_space_" * 4
SIZES = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.fixture
def errors(page: Page, complaints: list[str]) -> list[str]:
    """Every error on the console fails the test."""

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(f"{page.url}: {message.text}")

    page.on("console", listen)
    return complaints


@pytest.fixture
def signed_in_page(page: Page, errors: list[str], alice: User) -> Page:
    sign_in(page, alice)
    return page


def sign_in(page: Page, person: User) -> None:
    page.goto("/")
    page.get_by_label("Email").fill(person.get_username())
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")


@pytest.fixture
def busy(workspace: Workspace, now: datetime, synced: Connection) -> SyncJob:
    """A hostile connection in trouble, with a running job that has chunks of every state."""
    trouble = {"sync_status": ConnectionSync.Status.ERROR, "last_sync_error": "It failed.", "last_sync_remedy": "Act."}
    connection = make_connection(workspace, HOSTILE, sync=trouble)
    job = make_job(connection, now, SyncJob.Status.IN_PROGRESS, total_chunks=5, progress_percentage=40)
    for order, status in enumerate(SyncChunk.Status.values):
        make_chunk(job, order, "ads", status, error="It failed.", remedy="Act.", error_detail="x" * 300)
    return job


def pages_of(synced: Connection, job: SyncJob) -> dict[str, str]:
    done = f"?watch={SyncJob.objects.get(connection=synced).pk}:11"
    return {
        "overview": reverse("overview"),
        "overview with an outcome": reverse("overview") + done,
        "settings": reverse("settings") + done,
        "removal": reverse("remove", args=[synced.pk]),
        "connection": reverse("connection", args=[synced.pk]),
        "connection in trouble": reverse("connection", args=[job.connection_id]),
        "job": reverse("job", args=[job.pk]),
    }


def violations(page: Page) -> list[str]:
    page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate("axe.run({resultTypes: ['violations']}).then(r => r.violations)")
    return [f"{rule['id']}: {node['html'][:120]}" for rule in found for node in rule["nodes"]]


def overflow(page: Page) -> int:
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_accessible_fits_and_breaks_no_rule(
    signed_in_page: Page, synced: Connection, busy: SyncJob, size: str, theme: str
) -> None:
    page = signed_in_page
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    for name, address in pages_of(synced, busy).items():
        page.goto(address)
        assert page.locator("html").get_attribute("data-bs-theme") == theme
        assert page.locator("h1").count() == 1
        assert (name, violations(page), overflow(page)) == (name, [], 0)
        assert page.title() != "broken"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_sign_in_page_is_accessible_also_with_its_error(
    page: Page, errors: list[str], alice: User, theme: str
) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.goto("/")
    assert violations(page) == []
    page.get_by_label("Email").fill("alice@example.com")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("do not belong together").wait_for()
    assert violations(page) == []


def test_the_chosen_theme_stays(signed_in_page: Page) -> None:
    page = signed_in_page
    page.emulate_media(color_scheme="light")
    page.get_by_role("button", name="Your account and theme").click()
    page.get_by_text("Dark", exact=True).click()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    page.reload()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    page.get_by_role("button", name="Your account and theme").click()
    assert page.get_by_label("Dark").is_checked()
    page.get_by_text("Auto", exact=True).click()
    assert page.locator("html").get_attribute("data-bs-theme") == "light"


def test_the_chart_is_drawn_and_drawn_again_in_another_theme(signed_in_page: Page, synced: Connection) -> None:
    page = signed_in_page
    page.goto(reverse("connection", args=[synced.pk]))
    page.locator("#daily-chart canvas").wait_for()
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(200)
    assert page.locator("#daily-chart canvas").count() == 1


def test_relative_times_move_on(signed_in_page: Page, synced: Connection) -> None:
    page = signed_in_page
    page.clock.install()
    page.goto("/")
    changed = page.locator("dd time").nth(1)
    before = int(changed.inner_text().split()[0])
    page.clock.fast_forward(5 * 60 * 1000)
    assert changed.inner_text() == f"{before + 5} minutes ago"
    said = """milliseconds => {
      const time = document.querySelectorAll("dd time")[1];
      time.dataset.ahead = "";
      time.dateTime = new Date(Date.now() + milliseconds).toISOString();
      document.dispatchEvent(new Event("htmx:afterSwap"));
      return time.textContent;
    }"""
    assert page.evaluate(said, 3000) == "in a moment"
    assert page.evaluate(said, -3000) == "just now"


def test_the_exact_time_is_shown_on_focus(signed_in_page: Page, synced: Connection) -> None:
    page = signed_in_page
    page.goto("/")
    page.locator("dd time").first.focus()
    shown = "getComputedStyle(document.activeElement, '::after').content"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert "UTC" in page.evaluate(shown)


def test_a_message_is_announced_and_can_be_closed(signed_in_page: Page) -> None:
    """No view of these screens sends messages yet: put two into the page as the server would."""
    page = signed_in_page
    sent = [Message(messages.SUCCESS, "Saved <b>it</b>"), Message(messages.ERROR, "That failed")]
    toasts = render_to_string("partials/toasts.html", {"messages": sent})

    def with_messages(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=re.sub(r'<div id="toasts".*?</div>', toasts, answer.text(), flags=re.S))

    page.clock.install()
    page.route("**/", with_messages)
    page.goto("/")
    page.clock.run_for(200)
    region = page.get_by_role("status")
    assert region.inner_text().split("\n")[0] == "Saved <b>it</b>"
    assert (violations(page), overflow(page)) == ([], 0)
    page.evaluate("""() => {
      const region = document.getElementById("toasts");
      const note = region.querySelector(".note-success").cloneNode(true);
      note.querySelector("span").textContent = "Saved again";
      region.append(note);
    }""")
    page.clock.run_for(10)
    assert region.inner_text().split("\n") == ["That failed", "Saved again"], "the newest success is enough"
    page.clock.run_for(10_000)
    assert region.inner_text().strip() == "That failed"
    page.get_by_role("button", name="Close this message").click()
    assert region.inner_text() == ""


def test_one_signs_out_by_keyboard(signed_in_page: Page) -> None:
    page = signed_in_page
    page.get_by_role("button", name="Your account and theme").press("Enter")
    page.get_by_role("button", name="Sign out").press("Enter")
    page.wait_for_url("**/sign-in/")


def test_the_skip_link_comes_first_and_leads_to_the_content(signed_in_page: Page) -> None:
    page = signed_in_page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_pages_menu_opens_on_a_phone(signed_in_page: Page) -> None:
    page = signed_in_page
    page.set_viewport_size({"width": 390, "height": 844})
    link = page.get_by_role("link", name="Connections")
    expect(link).to_be_hidden()
    page.get_by_role("button", name="Pages").click()
    expect(link).to_be_visible()


def test_every_page_works_without_scripts(browser: Any, live_server: Any, alice: User, synced: Connection) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, alice)
    page.get_by_role("link", name=synced.name).click()
    expect(page.locator("#daily-chart")).to_be_hidden()
    page.get_by_text("The same as a table").click()
    expect(page.get_by_text("CHF\u00a0100.00").first).to_be_visible()
    page.get_by_role("button", name="Your account and theme").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/")
    context.close()


def test_the_admin_works_under_the_same_policy(page: Page, errors: list[str], staff: User, synced: Connection) -> None:
    sign_in(page, staff)
    for name in ("admin:index", "admin:syncing_syncjob_changelist", "admin:connections_workspace_add"):
        page.goto(reverse(name))
        assert "Freshet admin" in page.title()
    page.goto(reverse("admin:connections_connection_change", args=[synced.pk]))
    expect(page.get_by_text(synced.external_account_id).first).to_be_visible()
