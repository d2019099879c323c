"""Sync now in a real browser, with a real worker: what a person sees from the press to the last word."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from connections.accounts import connect
from connections.models import Connection, Workspace
from connections.providers.meta.sandbox.accounts import DEMO_ACCOUNT, DEMO_TOKEN
from connections.sandbox.server import SandboxServer
from syncing.models import ConnectionSync, SyncJob
from tests.browser.test_first_screens import sign_in
from tests.fixtures.sandbox import BENCHES
from tests.fixtures.synced import make_chunk, make_connection, make_job
from tests.fixtures.workers import Workers

pytestmark = pytest.mark.browser

NEWS = "✓ Sync complete! New data synced ✨"
NO_NEWS = "✓ Sync complete! No changes detected"
A_SYNC = 60_000
"""Milliseconds that a whole sync may take on a busy machine."""


@pytest.fixture
def demo(sandbox: SandboxServer, workspace: Workspace) -> Connection:
    """The demo account, which holds the same all through the test."""
    sandbox.clock.freeze(timezone.now())
    secrets = {"access_token": DEMO_TOKEN}
    return connect(workspace, "meta", f"act_{DEMO_ACCOUNT}", secrets, now=timezone.now(), start_sync=False).connection


@pytest.fixture
def waiting(workspace: Workspace) -> SyncJob:
    """A sync that waits, because no worker lives."""
    sync = {"sync_status": ConnectionSync.Status.QUEUED, "total_syncs_attempted": 9}
    job = make_job(make_connection(workspace, sync=sync), timezone.now(), SyncJob.Status.PENDING, total_chunks=1)
    make_chunk(job, 0, "campaigns", "pending")
    return job


def close(job: SyncJob, *, changed: bool) -> None:
    """As a worker ends a job."""
    SyncJob.objects.filter(pk=job.pk).update(status="in_progress", started_at=timezone.now() - timedelta(seconds=17))
    ConnectionSync.job_started(job.connection_id, timezone.now())
    job.refresh_from_db()
    job.chunks.update(status="completed", finished_at=timezone.now())
    job.records_updated = int(changed)
    job.close(timezone.now(), error="", remedy="", changed=changed, metrics_changed=changed)


def button(page: Page) -> Any:
    return page.locator("#live .btn-sync").first


def polls(page: Page) -> list[tuple[float, int, int]]:
    """Fills up with when each poll was answered, its status and the size of its body."""
    seen: list[tuple[float, int, int]] = []

    def note(response: Any) -> None:
        if "v=" in response.url:
            size = len(response.body()) if response.status not in (204,) else 0
            seen.append((time.monotonic(), response.status, size))

    page.on("response", note)
    return seen


@pytest.mark.spec("A52", "A66", "A71", "A72", "A73")
def test_both_endings_are_told_without_a_reload(
    page: Page,
    alice: User,
    demo: Connection,
    start_worker: Workers,
    record_property: Callable[[str, object], None],
) -> None:
    start_worker()
    sign_in(page, alice)
    page.goto("/settings")
    page.evaluate("window.mark = 'the same page'")
    button(page).click()
    expect(button(page)).to_have_text(re.compile(r"Syncing\.\.\. \d+s"), timeout=2_000)
    expect(page.get_by_text(NEWS)).to_be_visible(timeout=A_SYNC)
    expect(page.locator(".outcome")).to_contain_text(
        re.compile(r"Completed in \d+s • Total attempts: 1 • Changes detected: 1")
    )
    expect(page.locator(".account-facts")).to_contain_text("1 attempt | 1 change (100.0%)")
    began = time.monotonic()
    button(page).click()
    expect(page.get_by_text(NO_NEWS)).to_be_visible(timeout=A_SYNC)
    took = time.monotonic() - began
    print(f"an empty delta sync, from the click to its message: {took:.2f} s")
    record_property("seconds from click to message", round(took, 2))
    expect(page.locator(".outcome")).to_contain_text(
        re.compile(r"Completed in \d+s • Total attempts: 2 • Changes detected: 1")
    )
    expect(button(page)).to_have_text(re.compile("Sync now"))
    assert page.evaluate("window.mark") == "the same page"
    assert took < 20


@pytest.mark.spec("A109")
def test_a109_the_ten_steps_as_a_person_takes_them(
    page: Page, alice: User, demo: Connection, start_worker: Workers
) -> None:
    """Realtime, Save, Sync now, a second press that does nothing, both messages: on one page that is never reloaded."""
    start_worker(with_beat=False)  # or realtime would start one more in between
    sign_in(page, alice)
    page.goto("/settings")
    page.evaluate("window.mark = 'the same page'")
    choice = page.get_by_label(re.compile("Sync frequency of"))
    choice.select_option("Realtime")
    page.get_by_role("button", name="Save the frequency").click()
    expect(page.locator(".account-facts")).to_contain_text("Realtime (every 30s)")
    expect(choice).to_have_value("realtime")
    for at, news in ((1, NEWS), (2, NO_NEWS)):
        button(page).dblclick()
        expect(button(page)).to_have_text(re.compile(r"Syncing\.\.\. \d+s"), timeout=2_000)
        expect(button(page)).to_have_attribute("aria-disabled", "true")
        button(page).click(force=True)
        expect(page.get_by_text(news)).to_be_visible(timeout=A_SYNC)
        expect(page.locator(".outcome")).to_contain_text(
            re.compile(rf"Completed in \d+s • Total attempts: {at} • Changes detected: 1")
        )
        expect(button(page)).to_have_text(re.compile("Sync now"))
        assert SyncJob.objects.count() == at, "a second press starts nothing"
    assert page.evaluate("window.mark") == "the same page"
    assert ConnectionSync.objects.get(pk=demo.pk).sync_frequency == "realtime"


@pytest.mark.spec("A75")
def test_a_sync_that_fails_tells_its_error_and_what_to_do(
    page: Page, alice: User, demo: Connection, sandbox: SandboxServer, start_worker: Workers
) -> None:
    sandbox.meta.faults.add(BENCHES["meta"].expired)
    start_worker()
    sign_in(page, alice)
    page.goto("/settings")
    button(page).click()
    expect(page.get_by_role("status").get_by_text("The sync did not end well")).to_be_visible(timeout=A_SYNC)
    expect(page.locator(".outcome")).to_contain_text("What to do:")
    expect(page.locator(".account-state")).to_contain_text("Needs reconnecting")
    page.get_by_role("link", name="Reconnect").click()
    page.wait_for_url("**/reconnect/")


def test_without_background_sync_the_button_works_as_well(
    page: Page, alice: User, demo: Connection, no_workers: None
) -> None:
    sign_in(page, alice)
    page.goto("/settings")
    expect(page.get_by_text("Background sync is off: nothing runs by itself.")).to_be_visible()
    button(page).click()
    expect(page.get_by_text(NEWS)).to_be_visible(timeout=A_SYNC)


@pytest.mark.spec("A58")
def test_one_press_syncs_all_accounts_of_a_provider(page: Page, alice: User, workspace: Workspace) -> None:
    for name in ("Alpine", "Baltic"):
        make_connection(workspace, name)
    sign_in(page, alice)
    page.goto("/settings")
    every = page.locator(".provider-buttons button")
    every.click()
    expect(every).to_have_text(re.compile(r"Syncing\.\.\. \d+s"))
    expect(page.locator(".account-state", has_text="Queued")).to_have_count(2)
    expect(page.get_by_text("2 syncs started.")).to_be_visible()
    for job in SyncJob.objects.all():
        close(job, changed=True)
    expect(page.get_by_text(NEWS)).to_have_count(2)
    expect(every).to_have_text(re.compile("Sync Meta Ads"))


@pytest.mark.spec("A70", "A74")
def test_directly_after_the_press_it_waits_and_cannot_be_pressed_again(
    page: Page, alice: User, workspace: Workspace
) -> None:
    """No worker lives, so that the moment after the press lasts."""
    connection = make_connection(workspace)
    sign_in(page, alice)
    page.goto("/settings")
    button(page).dblclick()
    expect(page.locator(".account-state")).to_contain_text("Queued")
    expect(page.locator(".account-state")).not_to_contain_text("Idle")
    expect(button(page)).to_have_attribute("aria-disabled", "true")
    expect(button(page).locator(".spinner")).to_be_visible()
    button(page).click(force=True)
    button(page).press("Enter")
    page.wait_for_timeout(300)
    assert SyncJob.objects.filter(connection=connection).count() == 1
    expect(page.get_by_text("No worker can be reached right now. It starts by itself.")).to_be_visible()
    page.reload()
    expect(button(page)).to_have_text(re.compile(r"Syncing\.\.\. \d+s"))


def test_the_seconds_count_on_after_a_reload(page: Page, alice: User, waiting: SyncJob) -> None:
    SyncJob.objects.filter(pk=waiting.pk).update(created_at=timezone.now() - timedelta(seconds=100))
    sign_in(page, alice)
    page.goto("/settings")
    expect(button(page)).to_have_text(re.compile(r"1m \d+s"))
    page.reload()
    expect(button(page)).to_have_text(re.compile(r"1m \d+s"))
    shown = button(page).inner_text()
    expect(button(page)).not_to_contain_text(shown.split("\n")[0], timeout=5_000)
    assert seconds(button(page).inner_text()) > seconds(shown) >= 40


def seconds(label: str) -> int:
    """Beyond the full minute."""
    return int(re.findall(r"1m (\d+)s", label)[0])


@pytest.mark.spec("A67", "C27")
def test_it_asks_every_two_seconds_while_something_runs_and_the_page_is_seen(
    page: Page, alice: User, waiting: SyncJob
) -> None:
    sign_in(page, alice)
    seen = polls(page)
    page.goto("/settings")
    page.wait_for_timeout(6_500)
    assert 2 <= len(seen) <= 3
    assert {(status, size) for _, status, size in seen} == {(204, 0)}
    gaps = [later[0] - earlier[0] for earlier, later in pairwise(seen)]
    assert all(1.5 < gap < 3.5 for gap in gaps), gaps

    page.evaluate("Object.defineProperty(document, 'hidden', {configurable: true, get: () => true})")
    page.wait_for_timeout(300)
    before = len(seen)
    page.wait_for_timeout(4_500)
    assert len(seen) == before
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(1_200)
    assert before < len(seen) <= before + 2

    close(waiting, changed=False)
    expect(page.get_by_text(NO_NEWS)).to_be_visible()
    page.wait_for_timeout(500)  # what the browser says of an answer may come after what it draws
    assert seen[-1][1] == 286
    after = len(seen)
    page.wait_for_timeout(4_500)
    assert len(seen) == after


def test_a_page_on_which_nothing_runs_does_not_ask(page: Page, alice: User, connection: Connection) -> None:
    sign_in(page, alice)
    seen = polls(page)
    for address in ("/", "/settings", reverse("connection", args=[connection.pk])):
        page.goto(address)
        page.wait_for_timeout(2_600)
    assert seen == []


def test_the_message_stays_while_another_sync_runs_on(page: Page, alice: User, waiting: SyncJob) -> None:
    other = make_connection(waiting.connection.workspace, "Zebra", sync={"sync_status": "queued"})
    second = make_job(other, timezone.now(), SyncJob.Status.PENDING, total_chunks=3)
    sign_in(page, alice)
    page.goto("/settings")
    close(waiting, changed=True)
    expect(page.get_by_text(NEWS)).to_be_visible()
    SyncJob.objects.filter(pk=second.pk).update(completed_chunks=1)
    page.wait_for_timeout(3_000)
    expect(page.get_by_text(NEWS)).to_be_visible()


def test_the_list_and_the_pages_of_connection_and_job_move_as_well(page: Page, alice: User, waiting: SyncJob) -> None:
    sign_in(page, alice)
    addresses = {
        "/": "Idle",
        reverse("connection", args=[waiting.connection_id]): "Idle",
        reverse("job", args=[waiting.pk]): "Completed",
    }
    pages = {page.context.new_page(): (address, word) for address, word in addresses.items()}
    for each, (address, _) in pages.items():
        each.goto(address)
        expect(each.locator("#live .pill", has_text="Queued").first).to_be_visible()
        each.evaluate("window.mark = 1")
    close(waiting, changed=False)
    for each, (_, word) in pages.items():
        expect(each.locator("#live .pill", has_text=word).first).to_be_visible()
        assert each.evaluate("window.mark") == 1


@pytest.mark.spec("A56")
def test_a_choice_is_not_lost_while_the_page_moves_and_saved_by_its_button(
    page: Page, alice: User, waiting: SyncJob
) -> None:
    sign_in(page, alice)
    page.goto("/settings")
    choice = page.get_by_label(re.compile("Sync frequency of"))
    choice.select_option("Realtime")
    expect(page.locator(".frequency p")).to_contain_text("High-spend accounts ($10k+/day)")
    page.locator("h1").click()
    SyncJob.objects.filter(pk=waiting.pk).update(completed_chunks=1, status="in_progress", started_at=timezone.now())
    ConnectionSync.job_started(waiting.connection_id, timezone.now())
    expect(page.locator(".account-state")).to_contain_text("Syncing")
    expect(choice).to_have_value("realtime")
    page.get_by_role("button", name="Save the frequency").click()
    expect(page.get_by_text("The sync that runs goes on undisturbed.")).to_be_visible()
    expect(page.locator(".account-facts")).to_contain_text("Realtime (every 30s)")
    page.reload()
    expect(choice).to_have_value("realtime")


def test_the_keyboard_alone_saves_and_syncs_and_keeps_its_place(page: Page, alice: User, workspace: Workspace) -> None:
    connection = make_connection(workspace)
    sign_in(page, alice)
    page.goto("/settings")
    tab_to(page, f"choice-{connection.pk}")
    page.keyboard.type("Hourly")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".account-facts")).to_contain_text("Hourly")
    tab_to(page, f"sync-{connection.pk}")
    page.keyboard.press("Enter")
    expect(page.locator(".account-state")).to_contain_text("Queued")
    assert page.evaluate("document.activeElement.id") == f"sync-{connection.pk}"
    close(SyncJob.objects.get(), changed=False)
    expect(page.get_by_text(NO_NEWS)).to_be_visible()
    assert page.evaluate("document.activeElement.id") == f"sync-{connection.pk}"
    assert page.locator(f"#outcome-{connection.pk}").get_attribute("role") == "status"


def tab_to(page: Page, element: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == element:
            return
    pytest.fail(f"the Tab key does not reach {element}")


def test_what_somebody_opened_stays_open_and_the_chart_stays_drawn(page: Page, alice: User, synced: Connection) -> None:
    job = make_job(synced, timezone.now(), SyncJob.Status.IN_PROGRESS, total_chunks=3)
    sign_in(page, alice)
    page.goto(reverse("connection", args=[synced.pk]))
    page.locator("#daily-chart canvas").wait_for()
    page.get_by_text("The same as a table").click()
    SyncJob.objects.filter(pk=job.pk).update(completed_chunks=2)
    expect(page.locator(".outcome")).to_contain_text("2 of 3 chunks done")
    assert page.locator("#daily-chart canvas").count() == 1
    assert page.locator("details[open]").count() == 1


def test_nothing_turns_for_who_wants_no_motion(page: Page, alice: User, waiting: SyncJob) -> None:
    turning = "getComputedStyle(document.querySelector('.spinner')).animationName"
    sign_in(page, alice)
    page.goto("/settings")
    assert page.evaluate(turning) == "turn"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(turning) == "none"


def test_who_was_signed_out_meanwhile_is_asked_to_sign_in(page: Page, alice: User, waiting: SyncJob) -> None:
    sign_in(page, alice)
    page.goto("/settings")
    page.context.clear_cookies()
    page.wait_for_url("**/sign-in/?next=/settings", timeout=8_000)


def test_a_server_that_does_not_answer_is_said_in_words(page: Page, alice: User, connection: Connection) -> None:
    sign_in(page, alice)
    page.goto("/settings")
    page.route("**/sync/", lambda route: route.abort())
    button(page).click()
    expect(page.get_by_text("That did not work")).to_be_visible()
    expect(button(page)).to_have_text(re.compile("Sync now"))
    assert button(page).get_attribute("aria-disabled") is None


def test_without_a_script_one_presses_reads_and_refreshes(
    browser: Any, live_server: Any, alice: User, workspace: Workspace
) -> None:
    make_connection(workspace)
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, alice)
    page.goto("/settings")
    button(page).click()
    expect(button(page)).to_have_text(re.compile(r"Syncing\.\.\. \d+s"))
    close(SyncJob.objects.get(), changed=False)
    page.get_by_role("link", name="Refresh this page").click()
    expect(page.get_by_text(NO_NEWS)).to_be_visible()
    expect(page.get_by_text(re.compile(r"Completed in 17s • Total attempts: 1 • Changes detected: 0"))).to_be_visible()
    context.close()


def test_each_message_is_said_once(page: Page, alice: User, demo: Connection) -> None:
    """They come beside the part that moves, and join those that stand already."""
    Connection.objects.update(paused=True)
    sign_in(page, alice)
    page.goto(f"/connections/{demo.pk}/")
    notes = page.locator("#toasts .note")
    for number in (1, 2, 3):
        page.get_by_role("button", name=re.compile("Sync now")).click()
        expect(notes).to_have_count(number)
    expect(notes.last).to_contain_text("This connection is paused. Resume it first.")
