"""What a monitor gets: who may scrape, every family with what it says, and a cost that does not grow."""

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import DjangoAssertNumQueries

from config.metrics import scrape
from connections.models import Connection, Workspace
from syncing.models import (
    Bucket,
    CallBudget,
    ConnectionSync,
    ObjectSyncConfig,
    SchedulerHeartbeat,
    SyncJob,
    SyncSchedule,
    WorkerHeartbeat,
)
from syncing.status.freshness import freshness
from tests.fixtures.api import with_token
from tests.fixtures.synced import make_chunk, make_connection, make_job
from tests.fixtures.workers import Broker

pytestmark = pytest.mark.django_db
TOKEN = "correct-horse-battery-staple-1"
OTHER = "correct-horse-battery-staple-2"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def values(now: datetime) -> Callable[..., dict[tuple[str, ...], float]]:
    """The samples of one family by their labels' values, as a real parser reads them."""

    def read(name: str) -> dict[tuple[str, ...], float]:
        families = text_string_to_metric_families(scrape(now).decode())
        found = [family for family in families if family.name == f"freshet_{name}"]
        return {tuple(sample.labels.values()): sample.value for family in found for sample in family.samples}

    return read


# Who may


def scraped(**headers: str) -> Any:
    return Client().get("/metrics", headers=headers)


@pytest.mark.parametrize("token", [TOKEN, OTHER])
def test_a_monitor_with_a_token_needs_no_session(settings: Any, token: str) -> None:
    settings.CRON_TOKENS = [TOKEN, OTHER]
    answer = scraped(Authorization=f"Bearer {token}")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    assert b"freshet_build_info" in answer.content
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Basic {TOKEN}",
        TOKEN,
        "Bearer short",
        "Bearer ü",
    ],
)
def test_others_get_nothing(settings: Any, header: str) -> None:
    settings.CRON_TOKENS = [TOKEN, "short", ""]
    answer = scraped(Authorization=header)
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_token_in_the_address_opens_nothing(settings: Any) -> None:
    settings.CRON_TOKENS = [TOKEN]
    assert Client().get("/metrics", {"token": TOKEN, "Authorization": f"Bearer {TOKEN}"}).status_code == 401


def test_without_any_token_set_nobody_gets_in_by_one(settings: Any) -> None:
    settings.CRON_TOKENS = []
    assert scraped(Authorization="Bearer ").status_code == 401


def test_staff_may_and_owners_and_their_programs_may_not(
    staff: User, alice: User, workspace: Workspace, signed_in: Callable[[User], Client]
) -> None:
    assert signed_in(staff).get("/metrics").status_code == 200
    assert signed_in(alice).get("/metrics").status_code == 401
    assert with_token(workspace, "admin").get("/metrics").status_code == 401


def test_nothing_is_changed_by_asking(settings: Any) -> None:
    settings.CRON_TOKENS = [TOKEN]
    assert Client().post("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 405


# What it says


def test_work_that_waits_and_work_in_hand(connection: Connection, values: Any, now: datetime) -> None:
    job = make_job(connection, now, SyncJob.Status.IN_PROGRESS)
    make_chunk(job, 0, "ads", "pending", ready_at=now - timedelta(seconds=90))
    make_chunk(job, 1, "ads", "running", lease_token="0" * 32, ready_at=now + timedelta(seconds=50))
    make_chunk(job, 2, "ads", "pending", queue="backfill", ready_at=now + timedelta(hours=1))
    assert values("chunks_ready") == {("realtime",): 0, ("sync",): 1, ("parser",): 0, ("backfill",): 0}
    assert values("chunks_ready_oldest_seconds")[("sync",)] == 90
    assert values("leases_running") == {(): 1}


def test_jobs_that_are_active_or_ended_within_the_hour(connection: Connection, values: Any, now: datetime) -> None:
    make_job(connection, now - timedelta(minutes=30))
    make_job(connection, now - timedelta(minutes=20), SyncJob.Status.FAILED)
    make_job(connection, now - timedelta(hours=2))
    make_job(connection, now - timedelta(hours=5), SyncJob.Status.IN_PROGRESS)
    found = values("jobs")
    assert {status: found[(status,)] for status in ("completed", "failed", "in_progress", "pending")} == {
        "completed": 1,
        "failed": 1,
        "in_progress": 1,
        "pending": 0,
    }


MOMENT = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("paused", "fields", "expected"),
    [
        (True, {}, "paused"),
        (False, {"off": True, "consecutive_failures": 2}, "not_scheduled"),
        (False, {"consecutive_failures": 2}, "failing"),
        (False, {}, "never"),
        (False, {"read": 5}, "not_scheduled"),
        (False, {"read": 600, "due": -10, "stale": -5}, "stale"),
        (False, {"read": 90, "due": -10, "stale": 30}, "due"),
        (False, {"read": 5, "due": 50, "stale": 110}, "fresh"),
    ],
)
def test_a_stream_counts_in_the_state_that_pages_show(
    connection: Connection, values: Any, now: datetime, paused: bool, fields: dict[str, Any], expected: str
) -> None:
    """Minutes: read ago, due and stale from now."""
    mine = SyncSchedule.objects.filter(connection=connection, stream="ads")
    SyncSchedule.objects.exclude(pk__in=mine.values("pk")).delete()
    Connection.objects.filter(pk=connection.pk).update(paused=paused)
    row: dict[str, Any] = {"consecutive_failures": fields.get("consecutive_failures", 0)}
    row["last_completed_at"] = now - fields["read"] * MOMENT if "read" in fields else None
    row["next_due_at"] = now + fields["due"] * MOMENT if "due" in fields else None
    row["stale_at"] = now + fields["stale"] * MOMENT if "stale" in fields else None
    mine.update(**row)
    if fields.get("off"):
        ObjectSyncConfig.objects.filter(object_type="ads").update(is_sync_enabled=False)
    assert values("streams") == {(connection.provider, expected): 1}
    config = ObjectSyncConfig.objects.get(provider=connection.provider, object_type="ads")
    assert freshness(mine.get(), config, paused=paused, now=now).state.code == expected


def test_how_fresh_and_how_late_a_provider_is(connection: Connection, values: Any, now: datetime) -> None:
    first, second, third, *others = SyncSchedule.objects.filter(connection=connection)
    SyncSchedule.objects.filter(pk__in=[each.pk for each in others]).update(next_due_at=None)
    for schedule, read, due, stale in ((first, 5, 50, 110), (second, 60, -2, 60), (third, 600, -30, -400)):
        SyncSchedule.objects.filter(pk=schedule.pk).update(
            last_completed_at=now - read * MOMENT, next_due_at=now + due * MOMENT, stale_at=now + stale * MOMENT
        )
    provider = (connection.provider,)
    assert values("schedules_due") == {provider: 2}
    assert values("schedules_overdue") == {provider: 1}
    assert values("oldest_read_seconds") == {provider: 36_000}
    assert math.isclose(values("on_time_ratio")[provider], 2 / 3)
    Connection.objects.update(paused=True)
    assert values("schedules_due") == {provider: 0}
    assert values("on_time_ratio") == {}
    Connection.objects.update(removed_at=now)
    assert values("streams") == {}


def test_budgets_and_blocks(values: Any, now: datetime) -> None:
    bucket = Bucket.objects.create(key='act_7"/x', per_hour=180, earned_at=now + MOMENT)
    for ago, calls in ((0, 20), (30, 21), (70, 500)):
        CallBudget.objects.create(bucket=bucket, minute=int(now.timestamp()) // 60 - ago, calls=calls)
    Bucket.objects.create(key="app_7", blocked_until=now + 9 * MOMENT, reason="Quiet.")
    assert values("budget_calls_used") == {('act_7"/x',): 41}
    assert values("budget_calls_allowed") == {('act_7"/x',): 180}
    assert values("budget_blocked_seconds") == {("app_7",): 540}


@pytest.mark.spec("L13")
def test_what_the_schedule_did_and_how_long_it_took(values: Any, now: datetime) -> None:
    row = {"took_ms": 1500, "jobs": 7, "held_back": 3}
    SchedulerHeartbeat.objects.create(name="smart-sync", ran_at=now - 4 * MOMENT, **row)
    SchedulerHeartbeat.objects.create(name="prune", ran_at=now - 10 * MOMENT, error="OperationalError")
    assert values("scheduler_heartbeat_seconds") == {("smart-sync",): 240, ("prune",): 600}
    assert values("scheduler_took_seconds")[("smart-sync",)] == 1.5
    assert values("scheduler_jobs")[("smart-sync",)] == 7
    assert values("scheduler_held_back")[("smart-sync",)] == 3
    assert values("scheduler_failed") == {("smart-sync",): 0, ("prune",): 1}


@pytest.mark.spec("L42", "L43")
def test_processes_their_memory_and_the_broker(values: Any, now: datetime, broker: Broker) -> None:
    row = {"started_at": now, "seen_at": now}
    WorkerHeartbeat.objects.create(name="box:1", queues=["sync"], slots=4, memory_bytes=150_000_000, **row)
    WorkerHeartbeat.objects.create(name="box:2", slots=0, has_beat=True, memory_bytes=60_000_000, **row)
    WorkerHeartbeat.objects.create(name="box:3", slots=4, started_at=now, seen_at=now - MOMENT)
    assert values("workers_alive") == {(): 1}
    assert values("worker_slots") == {(): 4}
    assert values("beat_alive") == {(): 1}
    held = values("process_memory_bytes")
    assert held[("box:1", "worker")] == 150_000_000
    assert held[("box:2", "beat")] == 60_000_000
    assert held[("", "web")] > 10_000_000
    assert values("broker_up") == {(): 1}
    assert values("broker_memory_bytes")[()] > 100_000
    with broker.client() as client:
        client.lpush("freshet:sync", b"x", b"y")
    assert values("broker_messages")[("sync",)] == 2
    broker.stop()
    assert values("broker_up") == {(): 0}


def test_the_size_and_what_runs(values: Any, settings: Any) -> None:
    assert values("database_bytes")[()] > 100_000
    (labels,) = values("build_info")
    assert any(label.startswith(("PostgreSQL", "SQLite")) for label in labels)
    assert values("background_sync_enabled") == {(): 1}
    settings.BACKGROUND_SYNC_ENABLED = False
    assert values("background_sync_enabled") == {(): 0}


def test_its_cost_does_not_grow_with_what_there_is(
    workspace: Workspace, now: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        made = make_connection(workspace, f"Account {number}")
        make_job(made, now)
        Bucket.objects.create(key=f"act_{number}", per_hour=180, earned_at=now)
    ConnectionSync.objects.update(sync_frequency="hourly")
    with django_assert_max_num_queries(16):
        scrape(now)
