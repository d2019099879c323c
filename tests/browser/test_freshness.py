"""Freshness and pace in a real browser: every state in words, in both themes and widths, and without scripts."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from connections.models import Connection, Workspace
from syncing import scheduler
from syncing.models import ConnectionSync, ObjectSyncConfig, SchedulerHeartbeat, SyncJob
from tests.browser.test_first_screens import SIZES, overflow, sign_in, violations
from tests.fixtures.synced import make_chunk, make_connection, make_job

pytestmark = pytest.mark.browser
MINUTE = timedelta(minutes=1)


@pytest.fixture
def of_all_sorts(workspace: Workspace, synced: Connection, now: datetime) -> dict[str, Connection]:
    """A realtime connection with an object type of each freshness, and others in each state."""
    ObjectSyncConfig.objects.filter(display_name="Ad sets by day").update(is_sync_enabled=False)
    SchedulerHeartbeat.objects.create(name="smart-sync", ran_at=now - timedelta(seconds=40))
    made = {"Many": synced}
    for name, frequency in (("Daily", "daily"), ("Manual", "manual"), ("Paused", "hourly"), ("Parked", "realtime")):
        made[name] = make_connection(workspace, f"{name} shop", sync={"sync_frequency": frequency})
    ConnectionSync.set_frequency(synced.pk, "realtime")
    scheduler.reschedule([each.pk for each in made.values()], now)
    for connection in made.values():
        connection.schedules.filter(next_due_at__isnull=False).update(
            next_due_at=now + 12 * MINUTE, stale_at=now + 50 * MINUTE
        )
        connection.schedules.update(last_completed_at=now - 10 * MINUTE, last_changed_at=now - 90 * MINUTE)
        connection.schedules.update(average_calls=0)
        connection.schedules.filter(stream="account_metrics").update(average_calls=4)
    mark(synced, "campaigns", stale_at=now, next_due_at=now - 3 * MINUTE, verdict="budget")
    mark(synced, "ad_sets", next_due_at=now - MINUTE)
    mark(synced, "ads", consecutive_failures=3)
    mark(synced, "ad_metrics", last_completed_at=None)
    Connection.objects.filter(pk=made["Paused"].pk).update(paused=True)
    ConnectionSync.objects.filter(pk=made["Parked"].pk).update(sync_status="syncing")
    job = make_job(made["Parked"], now, SyncJob.Status.IN_PROGRESS, trigger="schedule")
    make_chunk(job, 0, "ads", "pending", ready_at=now + 20 * MINUTE, error_code="budget")
    return made


def mark(connection: Connection, stream: str, **fields: Any) -> None:
    connection.schedules.filter(stream=stream).update(**fields)


def pages_of(made: dict[str, Connection]) -> dict[str, str]:
    pages = {name: reverse("connection", args=[each.pk]) for name, each in made.items()}
    listed = {"overview": "/", "stale ones": "/?state=failing"}
    return pages | listed | {"settings": "/settings", "stop": reverse("stop_automation")}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_accessible_and_fits(
    page: Page, alice: User, of_all_sorts: dict[str, Connection], size: str, theme: str
) -> None:
    sign_in(page, alice)
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    for name, address in pages_of(of_all_sorts).items():
        page.goto(address)
        assert (name, violations(page), overflow(page)) == (name, [], 0)


WORDS = {
    "Campaigns": ["Stale", "no calls left", "due since 3 minutes ago"],
    "Ad sets": ["Due", "due since 1 minute ago"],
    "Ads": ["Failing", "the last 3 tries failed"],
    "Account by day": ["Fresh", "every 30 s", "in 11 minutes"],
    "Ad sets by day": ["Not scheduled", "switched off"],
    "Ads by day": ["Never read", "never"],
}


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_each_object_type_says_how_fresh_it_is_and_when_it_is_looked_at_next(
    browser: Browser,
    live_server: LiveServer,
    alice: User,
    of_all_sorts: dict[str, Connection],
    signed_in: Callable[[User], Any],
    scripts: bool,
) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=scripts)
    cookie = signed_in(alice).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page = context.new_page()
    page.goto(pages_of(of_all_sorts)["Many"])
    for label, words in WORDS.items():
        row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=label, exact=True))
        for each in words:
            expect(row).to_contain_text(each)
    expect(page.locator(".pace-line")).to_contain_text("Asked for every 30 s; runs about every 101 s")
    context.close()


def test_a_number_leads_to_its_connections_and_back(
    page: Page, alice: User, of_all_sorts: dict[str, Connection]
) -> None:
    sign_in(page, alice)
    page.get_by_role("link", name="1 Paused").click()
    expect(page.locator(".row-title")).to_have_text(["Paused shop"])
    page.get_by_role("link", name=re.compile("^All")).click()
    expect(page.locator(".row-title")).to_have_count(5)


@pytest.mark.spec("T55")
def test_a_scheduled_sync_begins_and_ends_without_a_word(
    page: Page, alice: User, connection: Connection, now: datetime
) -> None:
    """The page that is open shows its state and its clocks, and neither a message nor a busy button."""
    ConnectionSync.objects.update(sync_status="syncing")
    job = make_job(connection, now, SyncJob.Status.IN_PROGRESS, trigger="schedule", total_chunks=1)
    sign_in(page, alice)
    page.goto(reverse("connection", args=[connection.pk]))
    expect(page.locator(".page-head .pill").first).to_have_text("Syncing")
    expect(page.locator(".btn-sync")).to_have_text(re.compile("Sync now"))
    job.close(now + MINUTE, error="", remedy="", changed=True, metrics_changed=True)
    expect(page.locator(".page-head .pill").first).to_have_text("Idle")
    expect(page.locator(".outcome, .toasts .note").filter(has_text=re.compile(r"\w"))).to_have_count(0)
    assert "Sync complete" not in page.content()


def test_the_frequency_is_saved_with_a_word_on_what_follows(
    page: Page, alice: User, connection: Connection, now: datetime
) -> None:
    sign_in(page, alice)
    page.goto("/settings")
    page.get_by_label("Sync frequency").select_option("realtime")
    page.get_by_role("button", name=re.compile("^Save")).click()
    expect(page.locator(".toasts")).to_contain_text("Realtime. Next sync within 10 s.")
    expect(page.locator(".account-facts")).to_contain_text("Next sync:within 10 s")


def test_all_automation_is_stopped_after_a_question(
    page: Page, alice: User, of_all_sorts: dict[str, Connection]
) -> None:
    sign_in(page, alice)
    page.goto("/settings")
    page.get_by_role("link", name=re.compile("Set all to manual")).click()
    page.get_by_role("button", name="Set all to manual").click()
    expect(page.locator(".toasts")).to_contain_text("4 accounts set to manual.")
    assert set(ConnectionSync.objects.values_list("sync_frequency", flat=True)) == {"manual"}
