"""An outside cron starts what is due, and a monitor asks how the installation does."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from connections.models import Connection
from syncing import scheduler
from syncing.models import ConnectionSync, SchedulerHeartbeat, SyncJob, SyncSchedule
from tests.fixtures.engine import MakeAccount, eventually

pytestmark = pytest.mark.django_db
TOKEN = "a-cron-token-of-the-tests"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(autouse=True)
def known(settings: Any) -> None:
    settings.CRON_TOKENS = [TOKEN]


def post(client: Client, path: str, token: str = TOKEN) -> Any:
    return client.post(path, content_type="application/json", headers={"Authorization": f"Bearer {token}"})


def hourly(account: Connection) -> Connection:
    ConnectionSync.set_frequency(account.pk, "hourly")
    scheduler.reschedule([account.pk], timezone.now())
    return account


def test_what_is_due_is_started_once_however_often_cron_calls(make_account: MakeAccount, client: Client) -> None:
    due = [hourly(make_account()) for _ in range(2)]
    make_account()
    first = post(client, "/api/admin/smart_sync")
    assert first.status_code == 200
    said = first.json()
    assert (said["success"], said["jobs"], said["streams"], said["held_back"]) == (True, 2, 6, 0)
    assert said["timestamp"].endswith("Z")
    assert post(client, "/api/admin/smart_sync/").json()["jobs"] == 0
    jobs = SyncJob.objects.all()
    assert {(job.connection_id, job.trigger) for job in jobs} == {(each.pk, "cron") for each in due}


def test_without_a_broker_it_says_that_the_start_may_take_a_while(
    account: Connection, client: Client, settings: Any
) -> None:
    settings.REDIS_URL = ""
    assert post(client, "/api/admin/smart_sync").json()["queue"] == "degraded"


def test_a_project_that_nobody_knows_is_not_found(client: Client) -> None:
    answer = post(client, "/api/admin/smart_sync?project_id=539eaae0")
    assert (answer.status_code, answer.json()) == (404, {"detail": "There is no such project."})


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_workers")
def test_without_background_sync_the_web_process_runs_it(account: Connection, client: Client, settings: Any) -> None:
    """The way of an installation that has a web server and an outside cron, and nothing else."""
    settings.SWEEP_SECONDS = 1
    hourly(account)
    assert "queue" not in post(client, "/api/admin/smart_sync").json()
    eventually(lambda: SyncJob.objects.filter(status="completed").exists(), "the sync")


@pytest.mark.spec("C39")
def test_the_status_counts_what_is_scheduled_due_stale_and_running(make_account: MakeAccount, client: Client) -> None:
    hourly(make_account())
    make_account(paused=True)
    post(client, "/api/admin/smart_sync")
    waiting = hourly(make_account())
    SyncSchedule.objects.filter(connection=waiting, stream="campaigns").update(
        stale_at=timezone.now() + timedelta(hours=1)
    )
    said = client.get("/api/admin/sync_status", headers=HEADERS).json()
    names = "total_connections active_connections scheduled due stale running workers background_sync".split()
    assert [said[name] for name in names] == [3, 2, 6, 3, 5, 1, 0, True]
    queues = {each["queue"]: each["ready"] for each in said["queues"]}
    assert queues == {"realtime": 0, "sync": 1, "parser": 0, "backfill": 0}
    (tick,) = said["scheduler"]
    assert (tick["name"], tick["jobs"], tick["error"]) == ("smart-sync", 1, "")
    assert SchedulerHeartbeat.objects.get().name == "smart-sync"


@pytest.mark.spec("C34")
def test_staff_may_ask_from_the_browser_and_nobody_else(alice: User, bob: User, client: Client) -> None:
    client.force_login(bob)
    for refused in (client.get("/api/admin/sync_status"), post(client, "/api/admin/smart_sync", token="guessed")):
        assert (refused.status_code, refused.json().keys()) == (403, {"detail"})
    assert not SchedulerHeartbeat.objects.exists()
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    client.force_login(alice)
    assert client.get("/api/admin/sync_status").status_code == 200
    unknown = Client().get("/api/admin/sync_status")
    assert (unknown.status_code, unknown.json().keys()) == (401, {"detail"})
