"""The operations page in a real browser: both themes, both widths, and it moves by itself."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from connections.models import Connection
from syncing.models import Bucket, CallBudget, SchedulerHeartbeat, SyncChunk, SyncJob, WorkerHeartbeat
from tests.browser.test_first_screens import HOSTILE, SIZES, overflow, sign_in, violations
from tests.fixtures.synced import make_chunk, make_job
from tests.fixtures.workers import Broker

pytestmark = pytest.mark.browser


@pytest.fixture
def lively(synced: Connection, now: datetime, broker: Broker) -> Connection:
    """Two processes, a run of each task, work that waits and work in hand, one bucket in use and one blocked."""
    moment = now - timedelta(hours=3)
    row = {
        "queues": ["realtime", "sync"],
        "slots": 4,
        "started_at": moment,
        "seen_at": now + timedelta(minutes=5),
    }  # the test takes a while
    WorkerHeartbeat.objects.create(name="box:41", memory_bytes=143_000_000, has_beat=False, **row)
    row |= {"queues": [], "slots": 0}
    WorkerHeartbeat.objects.create(name="box:42", memory_bytes=61_000_000, has_beat=True, **row)
    for name in ("smart-sync", "dispatch-realtime", "sweep"):
        SchedulerHeartbeat.objects.create(name=name, ran_at=now, took_ms=41, jobs=3, held_back=2)
    gone = {"chunks": 48_211, "minutes of calls": 120}
    SchedulerHeartbeat.objects.create(name="prune", ran_at=now - timedelta(hours=9), took_ms=8400, deleted=gone)
    Connection.objects.filter(pk=synced.pk).update(name=HOSTILE)
    job = make_job(synced, now, SyncJob.Status.IN_PROGRESS, total_chunks=3)
    lease = {"lease_token": "0" * 32, "ready_at": now + timedelta(minutes=5)}
    make_chunk(job, 0, "ad_metrics", SyncChunk.Status.RUNNING, start_date=now.date(), end_date=now.date(), **lease)
    make_chunk(job, 1, "ads", SyncChunk.Status.PENDING, ready_at=now - timedelta(seconds=9))
    made = Bucket.objects.create(key="act_1001/scheduled", per_hour=180, earned_at=now + timedelta(minutes=4))
    CallBudget.objects.create(bucket=made, minute=int(now.timestamp()) // 60, calls=151)
    blocked = {"blocked_until": now + timedelta(minutes=12), "reason": "The provider asked for quiet: 93 % are used."}
    Bucket.objects.create(key="app_77", **blocked)
    return synced


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("trouble", [False, True], ids=["all well", "in trouble"])
def test_it_is_accessible_and_fits(
    page: Page, staff: User, lively: Connection, now: datetime, size: str, theme: str, trouble: bool
) -> None:
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    if trouble:
        SchedulerHeartbeat.objects.update(ran_at=now - timedelta(days=4), error="OperationalError")
        WorkerHeartbeat.objects.update(seen_at=now - timedelta(hours=1))
    sign_in(page, staff)
    page.goto("/ops/")
    expect(page.locator("h1")).to_have_text("Operations")
    assert (violations(page), overflow(page)) == ([], 0)
    assert page.title() != "broken"


def test_it_moves_by_itself(page: Page, staff: User, lively: Connection) -> None:
    sign_in(page, staff)
    page.goto("/ops/")
    page.evaluate("window.mark = 'the same page'")
    expect(page.get_by_text("box:43")).to_have_count(0)
    now = timezone.now()
    WorkerHeartbeat.objects.create(name="box:43", queues=["sync"], slots=2, started_at=now, seen_at=now)
    expect(page.get_by_text("box:43")).to_be_visible(timeout=20_000)
    assert page.evaluate("window.mark") == "the same page"


def test_the_menu_leads_there_for_staff_only(page: Page, staff: User, alice: User, lively: Connection) -> None:
    sign_in(page, staff)
    page.get_by_role("link", name="Operations").click()
    expect(page.locator("h1")).to_have_text("Operations")
    page.get_by_role("button", name="Your account and theme").click()
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, alice)
    expect(page.get_by_role("link", name="Operations")).to_have_count(0)
