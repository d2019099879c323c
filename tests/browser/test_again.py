"""Syncs after the first one in a real browser, with a real worker: only what is new, what failed, days of choice."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from connections.accounts import connect
from connections.models import Connection, Workspace
from connections.sandbox.server import SandboxServer
from projects.models import Coverage
from syncing.models import SyncChunk, SyncJob, SyncSchedule
from tests.browser.test_first_screens import SIZES, overflow, sign_in, violations
from tests.browser.test_sync_now import A_SYNC, button, demo
from tests.browser.test_two_phases import A_PHASE, badge, keep
from tests.fixtures.synced import make_connection
from tests.fixtures.workers import Workers, wait_until

__all__ = ["demo"]
pytestmark = pytest.mark.browser

NUMBERS = "campaign_metrics"


def press(page: Page) -> SyncJob:
    """Sync now, to its end."""
    before = set(SyncJob.objects.values_list("pk", flat=True))
    button(page).click()
    wait_until(lambda: SyncJob.objects.exclude(pk__in=before).exists(), "a job", 10)
    job = SyncJob.objects.exclude(pk__in=before).get()
    return ended(job)


def ended(job: SyncJob) -> SyncJob:
    def is_over() -> bool:
        job.refresh_from_db()
        return not job.is_active

    wait_until(is_over, f"the end of {job.pk}", A_SYNC / 1000)
    return job


@pytest.mark.spec("T24", "T92")
def test_t92_incremental_respects_last_synced_at(
    page: Page, alice: User, demo: Connection, start_worker: Workers
) -> None:
    """Lists: what was edited since the last run. Numbers: what may still change, and every day since the last run."""
    start_worker()
    sign_in(page, alice)
    page.goto(reverse("connection", args=[demo.pk]))
    first = press(page)
    expect(button(page)).to_have_text(re.compile("Sync now"))
    second = press(page)
    read_at = first.chunks.get(stream="campaigns").started_at
    since = second.chunks.get(stream="campaigns").updated_since
    assert read_at
    assert since
    assert timedelta() <= read_at - since < timedelta(hours=1)
    assert (second.records_created, second.records_updated) == (0, 0)
    page.goto(reverse("job", args=[second.pk]))
    expect(page.get_by_role("row", name=re.compile("Campaigns")).first).to_contain_text("edited since")

    today = timezone.now().astimezone(demo.zone).date()
    stream = demo.source_class.stream(NUMBERS)
    usual = today - timedelta(days=stream.lookback_days)
    assert min(chunk.start_date for chunk in second.chunks.filter(stream=NUMBERS) if chunk.start_date) == usual
    # As if nothing had been synced for seventy days.
    last_run = today - timedelta(days=70)
    schedule = SyncSchedule.objects.get(connection=demo, stream=NUMBERS)
    schedule.state |= {"settled_until": str(last_run)}
    schedule.save()
    Coverage.objects.filter(connection=demo, stream=NUMBERS, date__gt=last_run).delete()
    page.goto(reverse("connection", args=[demo.pk]))
    third = press(page)
    days = third.chunks.filter(stream=NUMBERS)
    assert min(chunk.start_date for chunk in days if chunk.start_date) == last_run + timedelta(days=1)
    read = set(Coverage.objects.filter(connection=demo, stream=NUMBERS).values_list("date", flat=True))
    assert {last_run + timedelta(days=at) for at in range(1, 71)} <= read


@pytest.mark.spec("T64", "T65", "T66", "T93")
def test_t93_failed_chunks_retry_correctly(
    page: Page, alice: User, demo: Connection, sandbox: SandboxServer, start_worker: Workers
) -> None:
    """The siblings are stored, the hole shows on the calendar, and only what failed is read again."""
    sandbox.meta.faults.add({"kind": "error", "error": "2", "path": "/insights", "level": "campaign"})
    start_worker()
    sign_in(page, alice)
    page.goto(reverse("connection", args=[demo.pk]))
    job = press(page)
    assert job.status == SyncJob.Status.COMPLETED_WITH_FAILURES
    failed = job.chunks.filter(status=SyncChunk.Status.FAILED)
    assert set(failed.values_list("stream", "retry_count")) == {(NUMBERS, 3)}
    assert failed.count() < job.chunks.filter(status=SyncChunk.Status.COMPLETED).count()
    calendar = f"{reverse('coverage', args=[demo.pk])}?stream={NUMBERS}"
    page.goto(calendar)
    expect(page.locator("#answer")).to_contain_text(re.compile(r"\d+ days are missing"))
    expect(page.locator("#answer")).to_contain_text("failed:")
    assert page.locator('use[href="#day-failed"]').count() > 3
    sandbox.meta.faults.clear()
    page.get_by_role("link", name="Open that sync").first.click()
    page.get_by_role("button", name=re.compile("Retry failed chunks")).click()
    page.wait_for_url(lambda url: str(job.pk) not in url)
    again = ended(SyncJob.objects.get(follows=job))
    assert again.status == SyncJob.Status.COMPLETED

    def pieces(chunks: object) -> list[tuple[object, ...]]:
        return sorted(chunks.values_list("stream", "start_date", "end_date"))  # type: ignore[attr-defined]

    assert pieces(again.chunks) == pieces(failed)
    page.goto(calendar)
    expect(page.locator("#answer")).to_contain_text("No gaps")
    assert page.locator('use[href="#day-failed"]').count() == 0


@pytest.mark.spec("T76", "C32")
def test_t76_a_sync_is_cancelled_and_resumed_by_hand(
    page: Page, alice: User, demo: Connection, sandbox: SandboxServer, start_worker: Workers
) -> None:
    """Nothing that was stored is read again, and the worker notices within five seconds."""
    sandbox.meta.faults.add({"kind": "hold", "path": "/insights"})
    start_worker()
    sign_in(page, alice)
    page.goto(reverse("connection", args=[demo.pk]))
    button(page).click()
    at_work = SyncChunk.objects.filter(stream__endswith="_metrics", lease_token__isnull=False, finished_at=None)
    wait_until(at_work.exists, "numbers to be read", 30)
    job = SyncJob.objects.get()
    stored = set(job.chunks.filter(status=SyncChunk.Status.COMPLETED).values_list("stream", flat=True))
    assert stored == {"campaigns", "ad_sets", "ads"}
    page.goto(reverse("job", args=[job.pk]))
    page.evaluate("window.mark = 'the same page'")
    keep(page, "job-running")
    page.get_by_role("button", name=re.compile("Cancel")).click()
    expect(page.get_by_text("Cancelled. What was read is stored; Resume goes on with the rest.")).to_be_visible()
    expect(page.locator("#live .pill", has_text="Cancelled").first).to_be_visible()
    sandbox.meta.faults.clear()
    wait_until(lambda: not at_work.exists(), "the worker to let go", 5)
    keep(page, "job-cancelled")
    page.get_by_role("button", name=re.compile("Resume")).click()
    page.wait_for_url(lambda url: str(job.pk) not in url)
    again = ended(SyncJob.objects.get(follows=job))
    assert again.status == SyncJob.Status.COMPLETED
    assert not again.chunks.filter(stream__in=stored).exists()
    assert Coverage.objects.filter(connection=demo, stream=NUMBERS).count() > 20
    page.goto(reverse("timeline", args=[demo.pk]))
    expect(page.locator("main")).to_contain_text(re.compile("cancelled", re.IGNORECASE))


@pytest.mark.spec("T77")
def test_t77_accounts_are_read_side_by_side(
    page: Page, alice: User, sandbox: SandboxServer, workspace: Workspace, start_worker: Workers
) -> None:
    """Three at once, by one worker: each is at work before any has ended, and the badge speaks of all."""
    sandbox.clock.freeze(timezone.now())
    sandbox.meta.faults.add({"kind": "hold", "path": "/insights"})
    opened = (timezone.now() - timedelta(days=60)).date().isoformat()
    for number in ("71", "72", "73"):
        token = f"token-of-{number}"
        sandbox.meta.add_account(
            number, name=f"Shop {number}", campaigns=1, ad_sets=1, ads=1, tokens=[token], start_date=opened
        )
        connect(workspace, "meta", f"act_{number}", {"access_token": token}, now=timezone.now())
    start_worker(concurrency=12)  # or two that may have four each could take all there are, and are held
    sign_in(page, alice)
    page.goto("/settings")
    reading = SyncChunk.objects.filter(stream__endswith="_metrics", lease_token__isnull=False, finished_at=None)
    wait_until(lambda: reading.values("connection").distinct().count() == 3, "all three at work", A_PHASE / 1000)
    assert reading.count() <= 3 * 4, "no account has more in flight than it may"
    page.reload()
    expect(badge(page)).to_contain_text("3 accounts")
    assert not SyncJob.objects.filter(closed_at__isnull=False).exists()
    sandbox.meta.faults.clear()
    wait_until(lambda: SyncJob.objects.active().count() == 0, "their end", A_PHASE / 1000)
    assert set(SyncJob.objects.values_list("status", flat=True)) == {SyncJob.Status.COMPLETED}


@pytest.mark.spec("T78")
def test_t78_days_of_choice_are_read_again_from_the_calendar_by_keyboard(
    page: Page, alice: User, demo: Connection, sandbox: SandboxServer, start_worker: Workers
) -> None:
    start_worker()
    sign_in(page, alice)
    page.goto(reverse("coverage", args=[demo.pk]))
    page.get_by_role("link", name="Read days again").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/range/**")
    today = timezone.now().astimezone(demo.zone).date()
    since, until = today - timedelta(days=50), today - timedelta(days=40)
    page.get_by_label("From").fill(str(since))
    page.get_by_label("To", exact=True).fill(str(until))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2)).to_contain_text("11 days")
    said = page.locator("form", has=page.get_by_role("heading", level=2))
    expect(said).to_contain_text("0 of 11 days held already")
    parts = re.search(r"In all\s*(\d+) parts?", said.inner_text())
    assert parts
    go = page.get_by_role("button", name="Read these days again")
    go.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs/**")
    job = ended(SyncJob.objects.get())
    assert (job.sync_type, job.total_chunks) == (SyncJob.Type.RANGE, int(parts[1]))
    dates = Coverage.objects.filter(connection=demo).values_list("stream", "date")
    assert {date for _, date in dates} == {since + timedelta(days=at) for at in range(11)}
    assert len({stream for stream, _ in dates}) == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_page_of_days_is_accessible_and_fits(
    page: Page, alice: User, workspace: Workspace, size: str, theme: str
) -> None:
    made = make_connection(workspace)
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    sign_in(page, alice)
    day = str(timezone.now().date() - timedelta(days=2))
    asked = f"?since={day}&until={day}"
    for name, query in (("empty", ""), ("plan", f"{asked}&streams={NUMBERS}"), ("wrong", asked)):
        page.goto(f"{reverse('range', args=[made.pk])}{query}")
        assert (name, violations(page), overflow(page)) == (name, [], 0)
        keep(page, f"range-{name}-{size}-{theme}")
