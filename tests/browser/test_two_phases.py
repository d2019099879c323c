"""The first minutes of a customer in a real browser, with a real worker: recent data, the way on, history behind it."""

import os
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from connections.accounts import connect
from connections.models import Connection, Credential, Workspace
from connections.sandbox.server import SandboxServer
from syncing.models import ConnectionSync, SyncJob
from tests.browser.test_first_screens import SIZES, overflow, sign_in, violations
from tests.fixtures.sandbox import BENCHES
from tests.fixtures.synced import make_chunk, make_connection, make_job
from tests.fixtures.workers import Workers

pytestmark = pytest.mark.browser

TITLE = "Syncing Your Facebook Ads Data"
READY, BEHIND = "Your recent data is ready!", "Historical data is syncing in the background"
COMPLETE = "Historical data sync complete!"
TOKEN = "token-of-a-shop"
A_PHASE = 90_000
"""Milliseconds that a phase may take on a busy machine."""

NUMBERS = {"kind": "hold", "path": "/insights"}
"""Every answer with numbers waits until it is let go."""


@pytest.fixture
def shop(sandbox: SandboxServer) -> SandboxServer:
    """A login that opens one account, which is 200 days old."""
    sandbox.clock.freeze(timezone.now())
    opened = (timezone.now() - timedelta(days=200)).date().isoformat()
    sandbox.meta.add_account("77", name="Alpine Shop", campaigns=3, ad_sets=4, ads=5, tokens=[TOKEN], start_date=opened)
    return sandbox


@pytest.fixture
def held(shop: SandboxServer) -> Iterator[SandboxServer]:
    """Its numbers do not come before somebody lets them go."""
    shop.meta.faults.add(NUMBERS)
    yield shop
    shop.meta.faults.clear()


def wizard(page: Page) -> None:
    """As a new user goes: a token, an account, checks, connect."""
    page.goto(reverse("connect"))
    page.get_by_role("link", name="Meta Ads").click()
    page.get_by_label("Access token").fill(TOKEN)
    page.get_by_role("button", name="Show accounts").click()
    page.get_by_label("Alpine Shop").check()
    page.get_by_role("button", name="Check and continue").click()
    page.get_by_role("button", name="Connect", exact=True).click()
    page.wait_for_url("**/start/")


def join(workspace: Workspace) -> Connection:
    """Connected, with its first sync in the queue."""
    return connect(workspace, "meta", "act_77", {"access_token": TOKEN}, now=timezone.now()).connection


def start_of(connection: Connection) -> str:
    return reverse("start", args=[connection.pk])


def card(page: Page) -> Any:
    return page.get_by_role("dialog")


def badge(page: Page) -> Any:
    return page.locator("#background-badge")


@pytest.mark.spec("T3", "T25", "T26", "T27", "T85")
def test_t85_progress_modal_shows_during_phase_1(
    page: Page, alice: User, shop: SandboxServer, start_worker: Workers
) -> None:
    sign_in(page, alice)
    wizard(page)
    shop.meta.faults.add(NUMBERS)
    start_worker()
    expect(card(page).get_by_role("heading", level=1)).to_have_text(TITLE)
    assert page.evaluate("document.getElementById('start').matches(':modal')")
    expect(card(page).locator(".progress-activity")).to_contain_text(
        re.compile(r"Reading numbers of .+, \d+ \w+ (\d+ )?– \d+ \w+ \d+"), timeout=A_PHASE
    )
    expect(card(page).locator(".progress-counts")).to_have_text(re.compile(r"3\s*campaigns\s*4\s*ad sets\s*5\s*ads"))
    bar = card(page).get_by_role("progressbar")
    job = SyncJob.objects.get()
    assert int(bar.get_attribute("value") or 0) == job.progress_percentage > 0
    expect(card(page).locator(".progress-percent")).to_have_text(f"{job.progress_percentage} %")
    expect(card(page).locator(".start-plan")).to_contain_text(f"{job.total_chunks} parts")
    shop.meta.faults.clear()


@pytest.mark.spec("T30", "T32", "T33", "T34", "T86")
def test_t86_phase_1_completes_and_redirects(
    page: Page, alice: User, held: SandboxServer, start_worker: Workers, workspace: Workspace
) -> None:
    start_worker()
    connection = join(workspace)
    sign_in(page, alice)
    page.goto(start_of(connection))
    expect(card(page)).to_contain_text(TITLE)
    held.meta.faults.clear()
    expect(card(page).get_by_role("heading", level=1)).to_have_text(READY, timeout=A_PHASE)
    began = time.monotonic()
    expect(card(page)).to_contain_text(BEHIND)
    assert page.evaluate("getComputedStyle(document.querySelector('.drawn-check path')).animationName") == "draw"
    page.wait_for_url(f"**{reverse('connection', args=[connection.pk])}")
    assert 0.5 < time.monotonic() - began < 6


@pytest.mark.spec("T86")
@pytest.mark.parametrize("way", ["the button", "Escape"])
def test_t86_the_redirect_can_be_stopped(page: Page, alice: User, recent: SyncJob, way: str) -> None:
    sign_in(page, alice)
    page.goto(start_of(recent.connection))
    finish(recent)
    expect(card(page)).to_contain_text(READY)
    if way == "Escape":
        page.keyboard.press("Escape")
    else:
        page.get_by_role("button", name="Stay here").click()
    expect(page.get_by_role("button", name="Stay here")).not_to_be_visible()
    page.wait_for_timeout(3_500)
    expect(page).to_have_url(re.compile(f"{start_of(recent.connection)}$"))
    assert page.evaluate("document.activeElement.id") == "go-on"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('connection', args=[recent.connection_id])}")


@pytest.mark.spec("T51", "T87")
def test_t87_phase_2_starts_automatically(
    page: Page, alice: User, shop: SandboxServer, start_worker: Workers, workspace: Workspace
) -> None:
    start_worker()
    connection = join(workspace)
    sign_in(page, alice)
    page.goto(start_of(connection))
    expect(card(page)).to_contain_text(BEHIND, timeout=A_PHASE)
    history = SyncJob.objects.get(lane="backfill")
    recent = SyncJob.objects.get(sync_phase="recent_90_days")
    deadline = time.monotonic() + 40
    while history.started_at is None and time.monotonic() < deadline:
        time.sleep(0.2)
        history.refresh_from_db()
    assert history.started_at
    assert recent.closed_at
    assert (history.started_at - recent.closed_at).total_seconds() >= 5


@pytest.fixture
def recent(workspace: Workspace) -> SyncJob:
    """A recent phase at work, without a worker: the test moves it."""
    connection = make_connection(workspace, sync={"sync_status": "syncing"}, opened_date=None)
    job = make_job(
        connection,
        timezone.now() - timedelta(seconds=40),
        SyncJob.Status.IN_PROGRESS,
        sync_phase="recent_90_days",
        sync_type="initial",
        planned_at=timezone.now(),
        total_chunks=8,
        completed_chunks=3,
        progress_percentage=37,
    )
    for order, stream in enumerate(("campaigns", "ad_sets", "ads")):
        make_chunk(job, order, stream)
    for order in range(3, 8):
        make_chunk(job, order, "ad_metrics", "pending")
    return job


def finish(job: SyncJob) -> None:
    job.chunks.update(status="completed", finished_at=timezone.now(), lease_token=None)
    job.count_chunks()
    job.close(timezone.now(), error="", remedy="", changed=True, metrics_changed=True)


@pytest.fixture
def history(workspace: Workspace) -> SyncJob:
    return make_history(workspace, "Alpine Shop")


def make_history(workspace: Workspace, name: str) -> SyncJob:
    connection = make_connection(workspace, name)
    finished = make_job(
        connection, timezone.now() - timedelta(minutes=9), sync_phase="recent_90_days", sync_type="initial"
    )
    job = make_job(
        connection,
        timezone.now() - timedelta(minutes=3),
        SyncJob.Status.IN_PROGRESS,
        lane="backfill",
        sync_type="initial",
        sync_phase="historical_backfill",
        planned_at=timezone.now(),
        backfill_of=finished,
        total_chunks=10,
        completed_chunks=4,
        progress_percentage=40,
    )
    for order in range(4):
        make_chunk(job, order, "ad_metrics")
    for order in range(4, 10):
        make_chunk(job, order, "ad_metrics", "pending")
    return job


@pytest.mark.spec("T35", "T88", "C36")
def test_t88_background_indicator_appears(page: Page, alice: User, recent: SyncJob, history: SyncJob) -> None:
    """On every page, at the right end of the navigation bar, and not where nothing runs."""
    sign_in(page, alice)
    for address in ("/", "/settings", "/ads/", reverse("connection", args=[history.connection_id])):
        page.goto(address)
        expect(badge(page)).to_have_text(re.compile(r"2 accounts, 38 %"))
        box = badge(page).bounding_box()
        assert box
        assert box["x"] > 640
        assert box["y"] < 56
    SyncJob.objects.filter(pk=recent.pk).delete()
    page.goto("/")
    expect(badge(page)).to_have_text(re.compile(r"background:\s+40 %"))
    SyncJob.objects.all().delete()
    page.goto("/")
    expect(badge(page)).to_have_count(0)


@pytest.mark.spec("T36", "T37", "T38", "T75", "T89")
def test_t89_background_indicator_shows_progress(page: Page, alice: User, history: SyncJob) -> None:
    sign_in(page, alice)
    page.goto("/ads/")
    tip = page.get_by_role("tooltip")
    expect(tip).not_to_be_visible()
    badge(page).hover()
    expect(tip).to_contain_text("4 of 10 parts done")
    page.keyboard.press("Escape")
    expect(tip).not_to_be_visible()
    page.mouse.move(300, 500)
    page.locator("#main").focus()
    badge(page).focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(tip).to_be_visible()
    page.keyboard.press("Enter")
    expect(card(page).get_by_role("progressbar")).to_have_attribute("value", "40")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.ariaLabel") == "Close"
    history.chunks.filter(chunk_order=4).update(status="completed", finished_at=timezone.now())
    SyncJob.objects.filter(pk=history.pk).update(completed_chunks=5, progress_percentage=50)
    expect(card(page).get_by_role("progressbar")).to_have_attribute("value", "50")
    expect(card(page)).to_contain_text("5 of 10 parts done")
    assert page.evaluate("document.activeElement.ariaLabel") == "Close", "focus is kept across polls"
    page.keyboard.press("Enter")
    expect(card(page)).to_have_count(0)
    expect(badge(page)).to_be_focused()
    expect(badge(page)).to_contain_text("50 %")


@pytest.mark.spec("T39", "T40", "T90")
def test_t90_phase_2_completes_and_shows_toast(
    page: Page, alice: User, held: SandboxServer, start_worker: Workers, workspace: Workspace
) -> None:
    """From the connection to the last toast, on a page of numbers that nobody reloads."""
    start_worker()
    join(workspace)
    sign_in(page, alice)
    page.goto("/ads/")
    page.evaluate("window.mark = 1")
    expect(badge(page)).to_be_visible()
    held.meta.faults.clear()
    expect(page.locator("#toasts")).to_contain_text(READY, timeout=A_PHASE)
    expect(badge(page)).to_contain_text(BEHIND)
    expect(page.locator("#toasts")).to_contain_text(COMPLETE, timeout=A_PHASE)
    expect(badge(page)).to_have_count(0)
    assert page.evaluate("window.mark") == 1
    assert ConnectionSync.objects.get().phase_2_completed_at


@pytest.mark.spec("T29", "T94")
def test_t94_error_states_handled_gracefully(
    page: Page, alice: User, held: SandboxServer, start_worker: Workers, workspace: Workspace
) -> None:
    """The login dies during the recent phase: the card says so, and what to do."""
    held.meta.faults.add(BENCHES["meta"].expired | {"path": "/insights"})
    start_worker()
    connection = join(workspace)
    sign_in(page, alice)
    page.goto(start_of(connection))
    expect(card(page).locator(".progress-activity")).to_contain_text("Reading numbers", timeout=A_PHASE)
    held.meta.faults.clear()
    expect(card(page).locator(".error-card").first).to_contain_text("What to do:", timeout=A_PHASE)
    assert Credential.objects.get().needs_reconnect
    card(page).get_by_role("link", name="Reconnect").click()
    page.wait_for_url("**/reconnect/")


@pytest.mark.spec("T29", "T47", "T94")
def test_t94_what_failed_is_said_and_tried_again(page: Page, alice: User, recent: SyncJob) -> None:
    sign_in(page, alice)
    page.goto(start_of(recent.connection))
    recent.chunks.filter(chunk_order=7).update(
        status="failed", finished_at=timezone.now(), error="It did not answer in time.", remedy="Try it again."
    )
    recent.chunks.filter(finished_at=None).update(status="completed", finished_at=timezone.now())
    recent.count_chunks()
    recent.close(timezone.now(), error="One part failed.", remedy="", changed=True, metrics_changed=True)
    expect(card(page).get_by_role("heading", level=1)).to_have_text("Not all of your recent data could be read")
    expect(card(page)).to_contain_text("It did not answer in time.")
    expect(card(page).get_by_role("link", name="Continue anyway")).to_be_visible()
    card(page).get_by_role("button", name="Try the failed parts again").click()
    expect(card(page).get_by_role("heading", level=1)).to_have_text(TITLE)
    assert SyncJob.objects.active().get().follows == recent


@pytest.mark.spec("T94")
def test_t94_history_that_fails_is_told_with_a_way_to_it(page: Page, alice: User, history: SyncJob) -> None:
    sign_in(page, alice)
    page.goto("/ads/")
    history.chunks.filter(chunk_order=9).update(status="failed", finished_at=timezone.now(), error="It failed.")
    history.chunks.filter(finished_at=None).update(status="completed", finished_at=timezone.now())
    history.count_chunks()
    history.close(timezone.now(), error="It failed.", remedy="Retry it.", changed=True, metrics_changed=True)
    expect(page.locator("#toasts")).to_contain_text("Some historical data of Alpine Shop could not be read: It failed.")
    expect(badge(page)).to_have_count(0)
    page.get_by_role("link", name="See what failed").click()
    page.wait_for_url(f"**{reverse('job', args=[history.pk])}")


def test_details_that_are_open_at_the_end_say_it(page: Page, alice: User, history: SyncJob) -> None:
    sign_in(page, alice)
    badge(page).click()
    expect(card(page)).to_contain_text("4 of 10")
    finish(history)
    expect(card(page)).to_contain_text(COMPLETE)
    page.keyboard.press("Escape")
    expect(page.locator("#main")).to_be_focused()


def test_a_wait_for_the_provider_is_said(page: Page, alice: User, recent: SyncJob) -> None:
    sign_in(page, alice)
    page.goto(start_of(recent.connection))
    until = timezone.now() + timedelta(minutes=20)
    ConnectionSync.objects.filter(pk=recent.connection_id).update(not_before=until, not_before_reason="Too many calls.")
    expect(card(page)).to_contain_text("Waiting for the provider until")
    expect(card(page)).to_contain_text("Too many calls.")


def test_focus_stays_where_it_is_and_escape_goes_on_in_the_background(page: Page, alice: User, recent: SyncJob) -> None:
    sign_in(page, alice)
    page.goto(start_of(recent.connection))
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Continue in background"
    recent.chunks.filter(chunk_order=3).update(status="completed", finished_at=timezone.now())
    SyncJob.objects.filter(pk=recent.pk).update(completed_chunks=4, progress_percentage=50)
    expect(card(page).get_by_role("progressbar")).to_have_attribute("value", "50")
    assert page.evaluate("document.activeElement.textContent") == "Continue in background"
    page.keyboard.press("Escape")
    page.wait_for_url(f"**{reverse('connection', args=[recent.connection_id])}")
    expect(badge(page)).to_contain_text("50 %")


def test_without_a_script_all_of_it_can_be_read(
    browser: Browser, live_server: LiveServer, alice: User, recent: SyncJob
) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, alice)
    badge(page).click()
    page.wait_for_url(f"**{start_of(recent.connection)}")
    expect(page.get_by_text(TITLE)).to_be_visible()
    page.get_by_role("link", name="Refresh this page").click()
    page.get_by_role("link", name="Continue in background").click()
    page.wait_for_url(f"**{reverse('connection', args=[recent.connection_id])}")
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_all_of_it_is_accessible_and_fits(
    page: Page, alice: User, recent: SyncJob, history: SyncJob, size: str, theme: str
) -> None:
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    sign_in(page, alice)

    def look(name: str) -> None:
        assert (name, violations(page), overflow(page)) == (name, [], 0)
        keep(page, f"{name}-{size}-{theme}")

    badge(page).hover()
    look("badge")
    badge(page).click()
    expect(card(page).get_by_role("progressbar")).to_have_count(2)
    look("details")
    page.goto(start_of(recent.connection))
    look("start")
    SyncJob.objects.filter(pk=recent.pk).update(status="completed", closed_at=timezone.now())
    expect(card(page)).to_contain_text(READY)
    keep(page, f"ready-{size}-{theme}")
    page.get_by_role("button", name="Stay here").click()
    look("stayed")
    recent.chunks.filter(chunk_order=7).update(
        status="failed", finished_at=timezone.now(), error="It did not answer in time.", remedy="Try it again later."
    )
    recent.count_chunks()
    recent.status, recent.closed_at = "completed_with_failures", timezone.now()
    recent.save()
    page.goto(start_of(recent.connection))
    look("failed")
    SyncJob.objects.filter(pk=recent.pk).update(status="completed", closed_at=timezone.now() - timedelta(hours=1))
    page.goto(start_of(history.connection))
    look("history")


def keep(page: Page, name: str) -> None:
    """For whoever wants to see it."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")
