"""The pages that explain, in a real browser: both themes, both widths, hostile names, and while a sync runs."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from connections.models import Connection, Workspace
from syncing import periodic, scheduler
from syncing.models import (
    ConnectionSync,
    Decision,
    SchedulerHeartbeat,
    SyncChunk,
    SyncJob,
    SyncSchedule,
    WorkerHeartbeat,
)
from tests.browser.test_first_screens import HOSTILE, SIZES, overflow, sign_in, violations
from tests.fixtures.synced import make_chunk, make_connection, make_job

pytestmark = pytest.mark.browser


@pytest.fixture
def at_work(now: datetime) -> None:
    for name in periodic.every_seconds():
        SchedulerHeartbeat.objects.create(name=name, ran_at=now)
    queues = ["realtime", "sync", "parser", "backfill"]
    WorkerHeartbeat.objects.create(name="one:1", queues=queues, slots=4, started_at=now, seen_at=now)


@pytest.fixture
def explained(synced: Connection, now: datetime, at_work: None) -> Connection:
    """An hourly connection whose object types are each in another state."""
    scheduler.reschedule([synced.pk], now)
    of = SyncSchedule.objects.filter(connection=synced)
    of.filter(stream="campaigns").update(last_completed_at=now - timedelta(hours=5), stale_at=now - timedelta(hours=3))
    of.filter(stream="ads").update(consecutive_failures=6, verdict="breaker", next_due_at=now + timedelta(hours=3))
    for number in range(22):
        Decision.objects.create(
            connection=synced,
            stream="campaigns",
            decided_at=now - timedelta(minutes=61 * number),
            verdict=["started", "budget", "blocked", "parent", "breaker", "broken"][number % 6],
            reason="178 of 180 calls of this hour are used, and it needs at least 7.",
            age_seconds=3725,
            interval_seconds=3600,
            is_stale=number % 2 == 0,
            calls_used=178,
            calls_allowed=180,
            next_look_at=now + timedelta(minutes=3),
        )
    return synced


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_pages_are_accessible_and_fit(
    page: Page, alice: User, workspace: Workspace, explained: Connection, size: str, theme: str
) -> None:
    hostile = make_connection(workspace, HOSTILE, paused=True)
    sign_in(page, alice)
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    for address in (
        reverse("explain", args=[explained.pk]),
        reverse("explain_stream", args=[explained.pk, "campaigns"]),
        reverse("explain_stream", args=[explained.pk, "ads"]),
        reverse("explain", args=[hostile.pk]),
        reverse("explain_stream", args=[hostile.pk, "ads"]),
    ):
        page.goto(address)
        assert page.locator("h1").count() == 1
        assert (address, violations(page), overflow(page)) == (address, [], 0)
        assert page.title() != "broken"


def test_from_a_line_to_all_that_was_looked_at(page: Page, alice: User, explained: Connection) -> None:
    sign_in(page, alice)
    page.goto(reverse("explain", args=[explained.pk]))
    page.locator("#live").get_by_role("link", name="Ads", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ads")
    expect(page.locator(".error-card")).to_contain_text("It failed, and waits for its next try")
    expect(page.locator("tr.decides")).to_contain_text("Failures")
    page.get_by_label("Where you are").get_by_role("link", name="Why").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Why did it sync, or not?")


def test_it_moves_by_itself_while_a_sync_runs(page: Page, alice: User, explained: Connection) -> None:
    job = make_job(explained, timezone.now(), SyncJob.Status.IN_PROGRESS, total_chunks=2)
    ready_at = timezone.now() + timedelta(hours=1)
    make_chunk(job, 0, "campaigns", "running", lease_token=uuid4(), ready_at=ready_at)
    make_chunk(job, 1, "campaigns", "pending", ready_at=ready_at)
    sign_in(page, alice)
    page.goto(reverse("explain_stream", args=[explained.pk, "campaigns"]))
    expect(page.locator(".error-card")).to_contain_text("0 of 2 chunks of it done, 1 at work")
    page.evaluate("window.mark = 1")
    SyncChunk.objects.filter(sync_job=job, chunk_order=0).update(
        status="completed", finished_at=timezone.now(), lease_token=None
    )
    SyncJob.objects.filter(pk=job.pk).update(completed_chunks=1)
    expect(page.locator(".error-card")).to_contain_text("1 of 2 chunks of it done")
    SyncChunk.objects.filter(sync_job=job).update(status="completed", finished_at=timezone.now())
    SyncJob.objects.filter(pk=job.pk).update(status="completed", closed_at=timezone.now())
    ConnectionSync.objects.filter(pk=explained.pk).update(sync_status="idle")
    expect(page.locator(".error-card")).not_to_contain_text("chunks of it done")
    assert page.evaluate("window.mark") == 1


def test_without_a_script_all_of_it_can_be_read(
    browser: object, live_server: object, alice: User, explained: Connection
) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)  # type: ignore[attr-defined]
    page = context.new_page()
    sign_in(page, alice)
    page.goto(reverse("explain_stream", args=[explained.pk, "campaigns"]))
    expect(page.get_by_role("heading", name="What was looked at")).to_be_visible()
    expect(page.get_by_role("heading", name="Due in the next 24 hours")).to_be_visible()
    context.close()
