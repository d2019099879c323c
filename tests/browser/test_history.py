"""Sync status, history, timeline and mail in a real browser: by hand, by keyboard, in both themes and widths."""

import re
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page, expect

from connections import audit
from connections.access import Actor
from connections.models import Connection, Membership, Workspace
from connections.sandbox.server import SandboxServer
from syncing import actions
from syncing.models import ConnectionSync, Decision, SyncJob
from tests.browser.test_first_screens import HOSTILE, SIZES, overflow, sign_in, violations
from tests.browser.test_sync_now import A_SYNC, NEWS, button, demo
from tests.fixtures.sandbox import BENCHES
from tests.fixtures.synced import make_chunk, make_connection, make_job
from tests.fixtures.workers import Workers

__all__ = ["demo"]
pytestmark = pytest.mark.browser


@pytest.mark.spec("T91", "T44")
def test_t91_manual_sync_works_from_settings_and_tells_success_and_failure(
    page: Page, alice: User, demo: Connection, sandbox: SandboxServer, start_worker: Workers
) -> None:
    start_worker()
    sign_in(page, alice)
    page.goto("/settings")
    card = page.locator(f"#account-{demo.pk}")
    expect(page.get_by_role("heading", name="Sync status")).to_be_visible()
    expect(card).to_contain_text("Last completed: never".replace(": ", ":"))
    page.evaluate("window.mark = 'the same page'")
    button(page).click()
    expect(button(page)).to_have_text(re.compile(r"Syncing\.\.\. \d+s"), timeout=2_000)
    expect(page.get_by_role("status").get_by_text(NEWS)).to_be_visible(timeout=A_SYNC)
    expect(card.locator(".account-jobs li")).to_have_count(1)
    expect(card.locator(".account-jobs li")).to_contain_text("Completed")
    expect(button(page)).to_have_text(re.compile("Sync now"))

    sandbox.meta.faults.add(BENCHES["meta"].expired)
    button(page).click()
    expect(button(page)).to_have_text(re.compile(r"Syncing\.\.\. \d+s"), timeout=2_000)
    expect(page.get_by_role("status").get_by_text("The sync did not end well")).to_be_visible(timeout=A_SYNC)
    expect(card.locator(".outcome")).to_contain_text("What to do:")
    expect(card.locator(".account-jobs li")).to_have_count(2)
    assert page.evaluate("window.mark") == "the same page"
    card.get_by_role("link", name="All of its syncs").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("History")
    expect(page.locator("tbody").first.get_by_role("row")).to_have_count(2)


@pytest.fixture
def past(workspace: Workspace, alice: User, bob: User, synced: Connection, now: datetime) -> Connection:
    """A hostile account with something of each kind in its past, and its history on the way."""
    sync = {"phase_1_completed_at": now - timedelta(days=3), "sync_frequency": "hourly"}
    made = make_connection(workspace, HOSTILE, sync=sync)
    actions.set_frequency(made, Actor(bob), "daily", now=now - timedelta(hours=9))
    audit.record(Actor(alice), "connection renewed", made, workspace=workspace, now=now - timedelta(hours=8))
    error = "2 of 9 chunks failed. The first: " + "An_error_without_a_space_" * 6
    failed = make_job(
        made, now - timedelta(hours=7), SyncJob.Status.FAILED, error=error, failed_chunks=2, total_chunks=9
    )
    make_chunk(failed, 0, "campaigns", "failed")
    for hours in (4, 5, 6):
        make_chunk(make_job(made, now - timedelta(hours=hours), trigger="schedule"), 0, "ad_metrics")
    make_job(made, now - timedelta(hours=3), user=alice, sync_type="manual", records_created=120_000, total_chunks=32)
    reason = "178 of 180 calls of this hour are used, and it needs at least 7."
    Decision.objects.create(connection=made, stream="ads", decided_at=now, verdict="budget", reason=reason)
    backfill = {"lane": "backfill", "sync_phase": "historical_backfill", "progress_percentage": 43, "total_chunks": 99}
    make_job(made, now - timedelta(minutes=20), SyncJob.Status.IN_PROGRESS, **backfill)
    return made


def pages_of(past: Connection) -> dict[str, str]:
    events = reverse("timeline", args=[past.pk])
    return {
        "settings": reverse("settings"),
        "history": reverse("history"),
        "history of one": f"{reverse('history')}?connection={past.pk}&state=failed&since=2026-01-01",
        "history of nothing": f"{reverse('history')}?phase=recent_90_days",
        "timeline": events,
        "timeline of problems": f"{events}?only=problems",
        "connection": reverse("connection", args=[past.pk]),
        "mail": reverse("mail"),
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_pages_are_accessible_and_fit(page: Page, alice: User, past: Connection, size: str, theme: str) -> None:
    sign_in(page, alice)
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    for name, address in pages_of(past).items():
        page.goto(address)
        assert page.locator("h1").count() == 1
        assert (name, violations(page), overflow(page)) == (name, [], 0)
        assert page.title() != "broken"


@pytest.mark.spec("T42")
def test_the_progress_of_the_history_moves_by_itself_in_settings(page: Page, alice: User, past: Connection) -> None:
    sign_in(page, alice)
    page.goto(reverse("settings"))
    facts = page.locator(f"#account-{past.pk} .account-facts")
    expect(facts.get_by_role("progressbar", name="Historical data of")).to_have_attribute("value", "43")
    expect(facts).to_contain_text(re.compile(r"Recent 90 days:\s*complete since"))
    job = SyncJob.objects.get(connection=past, lane="backfill")
    SyncJob.objects.filter(pk=job.pk).update(progress_percentage=60, completed_chunks=60)
    expect(facts.get_by_role("progressbar")).to_have_attribute("value", "60")
    SyncJob.objects.filter(pk=job.pk).update(status="completed", closed_at=job.created_at)
    ConnectionSync.objects.filter(connection=past).update(phase_2_completed_at=job.created_at)
    expect(facts).to_contain_text(re.compile(r"Historical data:\s*complete since"))


@pytest.mark.spec("T81")
def test_from_settings_to_the_log_of_a_sync_by_keyboard(page: Page, alice: User, past: Connection) -> None:
    sign_in(page, alice)
    page.goto(reverse("settings"))
    page.get_by_role("link", name="All syncs").press("Enter")
    page.get_by_label("State").focus()
    page.keyboard.type("Failed")
    page.get_by_role("button", name="Show", exact=True).press("Enter")
    page.wait_for_url("**state=failed**")
    page.locator("tbody").first.get_by_role("rowheader").get_by_role("link").press("Enter")
    page.wait_for_url("**/jobs/**")
    expect(page.get_by_role("heading", name="Chunks", exact=True)).to_be_visible()


def test_the_timeline_is_filtered_and_left_by_keyboard(page: Page, alice: User, past: Connection) -> None:
    sign_in(page, alice)
    page.goto(reverse("connection", args=[past.pk]))
    page.get_by_role("link", name="Timeline").press("Enter")
    expect(page.locator(".timeline")).to_contain_text("3 syncs in which nothing differed")
    page.get_by_role("link", name="People").press("Enter")
    expect(page.locator(".timeline li")).to_have_count(2)
    expect(page.locator(".timeline li").nth(1)).to_contain_text("Set the frequency from Hourly to Daily")
    page.get_by_role("link", name="Problems").press("Enter")
    expect(page.locator(".timeline li")).to_have_count(2)
    expect(page.locator(".chips [aria-current]")).to_have_text("Problems")


@pytest.mark.spec("T80")
def test_mail_is_switched_on_by_keyboard_and_without_a_script(
    browser: object, live_server: object, alice: User, workspace: Workspace
) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)  # type: ignore[attr-defined]
    page = context.new_page()
    sign_in(page, alice)
    page.get_by_role("button", name="Your account and theme").press("Enter")
    page.get_by_role("link", name="Mail").press("Enter")
    page.get_by_label("Never").press("ArrowDown")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Saved. Alpine Outfitters: when a sync fails.")
    assert Membership.objects.get(user=alice).mail == "failures"
    context.close()
