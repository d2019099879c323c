"""The smart sync of creators' projects: one call reads all of them, and says project by project what came of it."""

import json
import logging
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from connections.models import Connection, Membership
from connections.sandbox.server import SandboxServer
from projects.models import AccountSnapshot, CreatorAccount, CreatorProject
from syncing import scheduler, smart, tasks
from syncing.models import ConnectionSync, SyncJob, SyncSchedule
from tests.fixtures.creators import ask_platform
from tests.fixtures.engine import drain
from tests.fixtures.people import make_person
from tests.fixtures.sandbox import SharedClock
from tests.syncing.smart.conftest import MakeSheet

pytestmark = pytest.mark.django_db
ANNA = ["https://www.youtube.com/@anna", "YouTube", 1000, 50_000]
BEN = ["https://www.instagram.com/ben/", "Instagram", 2000, 90_000]
CLEO = ["https://www.tiktok.com/@cleo", "TikTok", 3000, 70_000]
TOKEN = "a-cron-token-of-the-tests"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def sheet(make_sheet: MakeSheet) -> Connection:
    return make_sheet(Spring=[ANNA, BEN], Summer=[CLEO])


def run(clock: SharedClock, project_id: str | None = None) -> dict[str, Any]:
    begun = smart.start(project_id, now=clock.now, trigger="cron")
    drain(clock)
    return smart.report(begun)


def project(name: str) -> CreatorProject:
    return CreatorProject.objects.get(project_name=name)


@pytest.mark.spec("V5", "V17", "V18", "V39", "C40")
def test_each_project_says_what_came_of_it(sheet: Connection, clock: SharedClock, sandbox: SandboxServer) -> None:
    said = run(clock)
    counts = {name: said[name] for name in said if name not in ("results", "timestamp")}
    assert counts == {
        "success": True,
        "total_projects": 2,
        "success_count": 2,
        "error_count": 0,
        "running_count": 0,
    }
    first, other = said["results"]
    assert (first["project_id"], first["project_name"]) == (str(project("Spring").uuid), "Spring")
    numbers = ("success", "status", "total_accounts", "updated_count", "snapshot_count", "conflicts", "error")
    assert [first[name] for name in numbers] == [True, "completed", 2, 2, 2, 0, ""]
    assert [other[name] for name in numbers] == [True, "completed", 1, 1, 1, 0, ""]
    assert first["last_sync"].endswith("Z")
    clock.move(minutes=30)
    sandbox.google_sheets.edit("Spring", {"C2": 1100}, book="book-of-the-tests-creators-0123456789")
    first, other = run(clock)["results"]
    assert [first[name] for name in numbers] == [True, "completed", 2, 1, 0, 0, ""]
    assert [other[name] for name in numbers] == [True, "completed", 1, 0, 0, 0, ""]
    assert CreatorAccount.objects.get(profile="https://youtube.com/@anna").followers == 1100


@pytest.mark.spec("V33", "V5")
def test_a_sheet_that_is_away_leaves_what_was_known(
    sheet: Connection, clock: SharedClock, sandbox: SandboxServer
) -> None:
    run(clock)
    sandbox.google_sheets.faults.add({"kind": "error", "error": "forbidden"})
    said = run(clock)
    assert (said["success_count"], said["error_count"]) == (0, 2)
    assert {each["status"] for each in said["results"]} == {"failed"}
    assert all(each["error"] for each in said["results"])
    anna = CreatorAccount.objects.get(profile="https://youtube.com/@anna")
    ask_platform(anna, clock.move(minutes=5), followers=1050)
    anna.refresh_from_db()
    assert (anna.followers, anna.views) == (1050, 50_000)


@pytest.mark.spec("V48", "V10")
def test_a_project_that_is_switched_off_is_left_out_unless_it_is_asked_for(
    sheet: Connection, clock: SharedClock
) -> None:
    run(clock)
    CreatorProject.objects.filter(project_name="Spring").update(is_active=False)
    assert [each["project_name"] for each in run(clock)["results"]] == ["Summer"]
    asked = run(clock, str(project("Spring").uuid))
    assert [each["project_name"] for each in asked["results"]] == ["Spring"]
    CreatorProject.objects.update(is_active=False)
    nothing = smart.start(now=clock.now, trigger="cron")
    assert (nothing.jobs, smart.report(nothing)["total_projects"]) == ({}, 0)


@pytest.mark.parametrize("project_id", ["539eaae0-6c17-4b38-8fee-6cc565836863", "x", ""])
def test_an_unknown_project_is_refused(sheet: Connection, clock: SharedClock, project_id: str) -> None:
    with pytest.raises(smart.NoProject):
        smart.start(project_id, now=clock.now, trigger="cron")
    assert not SyncJob.objects.exists()


@pytest.mark.spec("V12", "V13")
def test_the_tasks_of_celery_read_what_is_due_and_one_project_at_once(sheet: Connection, clock: SharedClock) -> None:
    run(clock)
    ConnectionSync.set_frequency(sheet.pk, ConnectionSync.Frequency.HOURLY)
    scheduler.reschedule([sheet.pk], timezone.now())
    SyncSchedule.objects.update(next_due_at=timezone.now() + timedelta(hours=1))
    tasks.smart_sync_all_projects()
    assert not SyncJob.objects.active().exists()
    SyncSchedule.objects.filter(stream="sheet_accounts").update(next_due_at=clock.now)
    tasks.smart_sync_all_projects()
    assert SyncJob.objects.active().get().trigger == "schedule"
    drain(clock)
    tasks.smart_sync_single_project(str(project("Summer").uuid))
    assert SyncJob.objects.active().get().connection == sheet


LINES = """🔄 [SmartSync] Starting sync for project {uuid}
📊 [SmartSync] Project: Spring
👥 [SmartSync] Found 2 accounts to sync
📥 [SmartSync] Read 2 accounts from Sheets
🔍 [SmartSync] Loaded 1 accounts from {store} (parsed data)
🔀 [SmartSync] Merged 2 accounts using MAX() strategy
💾 [SmartSync] Updated 1 accounts in {store}
📸 [SmartSync] Created 2 snapshots
✅ [SmartSync] Completed for Spring: 1 accounts updated""".splitlines()


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    events = [str(record.msg["event"] if isinstance(record.msg, dict) else record.msg) for record in caplog.records]
    return [event for event in events if "[SmartSync]" in event]


@pytest.mark.spec("V24", "V25", "V26", "V27", "V28")
def test_the_log_tells_its_start(
    make_sheet: MakeSheet, clock: SharedClock, sandbox: SandboxServer, caplog: pytest.LogCaptureFixture
) -> None:
    assert lines_of_the_second_sync(make_sheet, clock, sandbox, caplog)[:5] == expected()[:5]


@pytest.mark.spec("V29", "V30", "V31", "V32", "V46")
def test_the_log_tells_its_end(
    make_sheet: MakeSheet, clock: SharedClock, sandbox: SandboxServer, caplog: pytest.LogCaptureFixture
) -> None:
    assert lines_of_the_second_sync(make_sheet, clock, sandbox, caplog)[5:] == expected()[5:]
    sandbox.google_sheets.faults.add({"kind": "error", "error": "forbidden"})
    caplog.clear()
    run(clock)
    (line,) = (line for line in told(caplog) if "ERROR" in line)
    assert line.startswith("❌ ERROR [SmartSync] Spring: ")
    assert {record.levelno for record in caplog.records if "ERROR" in str(record.msg)} == {logging.ERROR}


def lines_of_the_second_sync(
    make_sheet: MakeSheet, clock: SharedClock, sandbox: SandboxServer, caplog: pytest.LogCaptureFixture
) -> list[str]:
    """On the day after the first, with one number changed and one platform asked."""
    make_sheet(Spring=[ANNA, BEN])
    run(clock)
    ask_platform(CreatorAccount.objects.get(profile="https://youtube.com/@anna"), clock.now, followers=900)
    clock.move(days=1)
    sandbox.google_sheets.edit("Spring", {"C2": 1100}, book="book-of-the-tests-creators-0123456789")
    caplog.clear()
    caplog.set_level(logging.INFO, logger="syncing")
    run(clock)
    return told(caplog)


def expected() -> list[str]:
    from django.db import connection as database

    names = {"uuid": project("Spring").uuid, "store": database.display_name}
    return [line.format(**names) for line in LINES]


@pytest.mark.spec("V9", "V11", "V19", "C34", "V50")
def test_the_addresses_of_the_seed_answer_with_its_keys(
    sheet: Connection, clock: SharedClock, client: Client, settings: Any
) -> None:
    settings.CRON_TOKENS = [TOKEN]
    run(clock)
    assert client.post("/api/admin/smart_sync", content_type="application/json").status_code == 401
    answer = client.post("/api/admin/smart_sync?wait=0", content_type="application/json", headers=HEADERS)
    said = answer.json()
    assert (answer.status_code, said["running_count"], said["success_count"]) == (202, 2, 0)
    assert {(each["status"], each["success"]) for each in said["results"]} == {("running", None)}
    seed = {"success", "total_projects", "success_count", "error_count", "results", "timestamp"}
    assert seed <= said.keys()
    status = client.get("/api/admin/sync_status", headers=HEADERS).json()
    assert [status[name] for name in ("success", "total_projects", "active_projects")] == [True, 2, 2]
    assert status["cache_enabled"] is bool(settings.REDIS_URL)
    assert parse_datetime(status["timestamp"])
    assert (
        client.post("/api/admin/smart_sync?wait=soon", content_type="application/json", headers=HEADERS).status_code
        == 400
    )


@pytest.mark.spec("V1", "V37", "V41")
def test_pages_ask_no_provider_and_each_sync_has_its_own_row(
    sheet: Connection, clock: SharedClock, sandbox: SandboxServer, client: Client
) -> None:
    run(clock)
    client.force_login(make_person("olga", sheet.workspace, Membership.Role.VIEWER))
    sandbox.google_sheets.faults.add({"kind": "error", "error": "server"})
    page = client.get("/creators/")
    assert (page.status_code, "50\u202f000" in page.content.decode()) == (200, True)
    intervals = {stream.interval_minutes for stream in sheet.source_class.streams}
    assert intervals == {30}
    job = SyncJob.objects.get()
    assert (job.status, job.records_created, client.get(f"/jobs/{job.pk}/").status_code) == ("completed", 5, 200)


@pytest.mark.once
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_workers")
@pytest.mark.spec("V3", "V9", "V10", "V16", "V47")
def test_without_celery_and_redis_the_call_itself_waits_for_the_end(
    sheet: Connection, sandbox: SandboxServer, client: Client, settings: Any
) -> None:
    sandbox.clock.unfreeze()
    settings.CRON_TOKENS, settings.REDIS_URL, settings.SWEEP_SECONDS = [TOKEN], "", 1
    said = client.post("/api/admin/smart_sync", content_type="application/json", headers=HEADERS).json()
    assert (said["total_projects"], said["success_count"], said["running_count"]) == (2, 2, 0)
    address = f"/api/admin/smart_sync?project_id={said['results'][0]['project_id']}"
    one = client.post(address, content_type="application/json", headers=HEADERS).json()
    assert [each["project_name"] for each in one["results"]] == ["Spring"]
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("smart_sync", stdout=out)
    assert (ended.value.code, json.loads(out.getvalue())["success_count"]) == (0, 2)
    with pytest.raises(CommandError, match="UUID"):
        call_command("smart_sync", "--project", "spring")
    assert AccountSnapshot.objects.count() == 3
