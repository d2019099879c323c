"""The operations page: who may see it, what it says first, and every figure on it."""

import os
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from connections.models import Connection
from connections.sources import CallLimit
from syncing import memory, periodic
from syncing.budget import reserve
from syncing.models import Bucket, CallBudget, SchedulerHeartbeat, SyncChunk, SyncJob, WorkerHeartbeat
from syncing.status import storage
from tests.fixtures.engine import eventually
from tests.fixtures.synced import make_chunk, make_job
from tests.fixtures.workers import Broker, Workers

pytestmark = pytest.mark.django_db
Page = Callable[[], str]


@pytest.fixture
def browser(staff: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(staff)


@pytest.fixture
def page(browser: Client) -> Page:
    def read() -> str:
        answer = browser.get("/ops/")
        assert answer.status_code == 200
        return " ".join(answer.content.decode().replace("\u202f", "_").split())

    return read


@pytest.fixture
def all_well(broker: Broker, now: datetime) -> None:
    row = {"queues": ["realtime", "sync", "parser", "backfill", "scheduler"], "slots": 4, "has_beat": True}
    row |= {"started_at": now - timedelta(days=1), "seen_at": now}
    WorkerHeartbeat.objects.create(name="box:41", memory_bytes=150_000_000, **row)
    for name in (*periodic.every_seconds(), periodic.PRUNE):
        SchedulerHeartbeat.objects.create(name=name, ran_at=now, took_ms=41)


def test_those_who_look_after_no_installation_are_told_so(alice: User, signed_in: Callable[[User], Client]) -> None:
    answer = signed_in(alice).get("/ops/")
    assert answer.status_code == 403
    assert "box:" not in answer.content.decode()
    assert Client().get("/ops/").status_code == 302


def test_one_glance_tells_that_all_is_well(all_well: None, page: Page) -> None:
    shown = page()
    assert "All is well" in shown
    assert "error-card" not in shown.partition("</template>")[2]
    assert "box:41" in shown
    assert "143.1 MB" in shown


@pytest.mark.spec("L43")
def test_the_first_problem_is_the_headline(all_well: None, page: Page, broker: Broker, now: datetime) -> None:
    SchedulerHeartbeat.objects.filter(name="sweep").update(error="OperationalError")
    broker.stop()
    shown = page()
    assert "2 things to look at" in shown
    assert shown.index("The workers cannot be told") < shown.index("The periodic task sweep failed")
    assert "Does not answer" in shown
    assert "Look whether Redis or Valkey runs" in shown


@pytest.mark.parametrize(
    ("trouble", "title"),
    [
        ("silent", "The schedule is silent: nothing starts by itself."),
        ("gone", "No worker can be reached right now."),
        ("sweep", "The periodic task sweep is overdue."),
        ("prune", "The periodic task prune is overdue."),
        ("piles", "Work piles up in the queue sync."),
        ("queue", "A queue has no worker."),
    ],
)
def test_each_problem_is_told_in_words(
    trouble: str, title: str, all_well: None, page: Page, connection: Connection, now: datetime
) -> None:
    def late(name: str, **time: int) -> None:
        SchedulerHeartbeat.objects.filter(name=name).update(ran_at=now - timedelta(**time))

    def wait(minutes: int) -> SyncChunk:
        job = make_job(connection, now, SyncJob.Status.PENDING)
        return make_chunk(job, 0, "ads", "pending", ready_at=now - timedelta(minutes=minutes))

    make: dict[str, Callable[[], Any]] = {
        "silent": lambda: late("smart-sync", hours=1),
        "gone": lambda: WorkerHeartbeat.objects.all().delete(),
        "sweep": lambda: late("sweep", minutes=3),
        "prune": lambda: late("prune", days=4),
        "piles": lambda: wait(6),
        "queue": lambda: [wait(1), WorkerHeartbeat.objects.update(queues=["realtime"])],
    }
    make[trouble]()
    shown = page()
    assert title in shown
    assert "1 thing to look at" in shown


def test_without_background_sync_it_says_that_this_is_meant(page: Page, settings: Any) -> None:
    settings.BACKGROUND_SYNC_ENABLED = False
    shown = page()
    assert "Switched off" in shown
    assert "Background sync is off" in shown
    assert "No worker can be reached" not in shown
    assert "Not needed" in shown


def test_what_waits_and_what_is_read_is_listed(
    all_well: None, page: Page, connection: Connection, broker: Broker, now: datetime
) -> None:
    job = make_job(connection, now, SyncJob.Status.IN_PROGRESS)
    make_chunk(job, 0, "ads", "running", lease_token="0" * 32, ready_at=now + timedelta(seconds=50))
    make_chunk(job, 1, "ads", "pending", ready_at=now - timedelta(seconds=50))
    with broker.client() as client:
        client.lpush("freshet:sync", b"x", b"y", b"z")
    shown = page()
    assert connection.name in shown
    assert f"/admin/syncing/syncchunk/{SyncChunk.objects.get(status='running').pk}/change/" in shown
    assert 'data-label="Messages">3<' in shown
    assert "1 chunk at work" in shown


def test_budgets_show_use_pace_and_blocks(all_well: None, page: Page, now: datetime) -> None:
    bucket = Bucket.objects.create(key="act_7/scheduled", per_hour=180, earned_at=now + timedelta(minutes=4))
    CallBudget.objects.create(bucket=bucket, minute=int(now.timestamp()) // 60, calls=90)
    Bucket.objects.create(key="app_7", blocked_until=now + timedelta(minutes=9), reason="It asked for quiet.")
    Bucket.objects.create(key="act_8", per_hour=180, earned_at=now - timedelta(hours=2))
    shown = page()
    assert 'value="50"' in shown
    assert "a call in 25 s" in shown
    assert "caught up" not in shown, "fast runs have four minutes of credit"
    Bucket.objects.filter(pk=bucket.pk).update(earned_at=now + timedelta(minutes=9))
    assert "caught up" in page()
    assert "It asked for quiet." in shown
    assert shown.index("app_7") < shown.index("act_7/scheduled")
    assert "act_8" not in shown, "nobody has called it for an hour"


def test_a_call_leaves_its_limit_with_the_bucket(all_well: None, page: Page, now: datetime) -> None:
    reserve([CallLimit("act_9", 200), CallLimit("app_9")], now, wanted=50)
    assert Bucket.objects.get(key="act_9").per_hour == 200
    assert 'value="25"' in page()


def test_what_is_kept_and_what_prune_did(all_well: None, page: Page, now: datetime) -> None:
    gone = {"chunks": 12_345}
    SchedulerHeartbeat.objects.filter(name="prune").update(deleted=gone, took_ms=8400)
    shown = page()
    assert "in 8.4 s: 12_345 rows deleted" in shown
    assert 'data-label="Deleted last time">12_345<' in shown
    assert "25 months" in shown


def test_the_periodic_tasks_lead_to_the_admin(all_well: None, page: Page, browser: Client) -> None:
    shown = page()
    link = shown.partition("/admin/django_celery_beat/periodictask/")[2].partition('"')[0]
    assert browser.get(f"/admin/django_celery_beat/periodictask/{link}").status_code == 200
    assert "daily at 03:30 UTC" in shown
    assert "every 5 min" in shown


def test_a_poll_is_answered_only_when_something_moved(all_well: None, browser: Client, now: datetime) -> None:
    version = browser.get("/ops/").context["live"].version
    poll = {"HX-Request": "true"}
    assert browser.get(f"/ops/?v={version}", headers=poll).status_code == 204
    WorkerHeartbeat.objects.update(seen_at=now + timedelta(seconds=10))
    answer = browser.get(f"/ops/?v={version}", headers=poll)
    assert answer.status_code == 200
    assert "<!doctype" not in answer.content.decode()


def test_it_costs_the_same_however_much_there_is(
    all_well: None,
    browser: Client,
    connection: Connection,
    now: datetime,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    job = make_job(connection, now, SyncJob.Status.IN_PROGRESS)
    lease = {"lease_token": "0" * 32, "ready_at": now + timedelta(seconds=50)}
    for order in range(70):
        make_chunk(job, order, "ads", "running", **lease)
        Bucket.objects.create(key=f"act_{order}", per_hour=180, earned_at=now)
    with django_assert_max_num_queries(36):
        shown = browser.get("/ops/").content.decode()
    assert "The first 50 of 70." in shown


# Memory


@pytest.mark.spec("L42")
@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_each_process_is_shown_with_its_memory(browser: Client, start_worker: Workers) -> None:
    worker = start_worker(pool="prefork", concurrency=2)
    row = eventually(lambda: WorkerHeartbeat.objects.filter(memory_bytes__gt=0).first(), "the first beat")
    assert row.name.endswith(f":{worker.pid}")
    assert 30_000_000 < row.memory_bytes < 1_000_000_000
    shown = browser.get("/ops/").content.decode()
    assert row.name in shown
    assert "Web server" in shown
    memory_cells = re.findall(r'data-label="Memory">(.*?)</td>', shown)
    assert [bool(re.fullmatch(r"[\d.]+\xa0[KMG]B", cell)) for cell in memory_cells] == [True] * 3, memory_cells


@pytest.mark.once
def test_a_process_counts_with_its_children() -> None:
    alone = memory.family(os.getpid())
    assert alone
    assert memory.web() == pytest.approx(alone, rel=0.2)
    assert memory.family(2**22 + 1) is None


@pytest.mark.once
def test_a_containers_limit_is_read_where_there_is_one(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    assert memory.container() is None
    files = {"memory.max": "536870912", "memory.current": "400000000", "memory.stat": "anon 5\ninactive_file 100000000"}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert memory.container() == (300_000_000, 536_870_912)
    (tmp_path / "memory.max").write_text("max")
    assert memory.container() is None


def test_a_container_that_is_nearly_full_is_a_problem(
    all_well: None, page: Page, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    for name, text in {"memory.max": "500000000", "memory.current": "470000000", "memory.stat": ""}.items():
        (tmp_path / name).write_text(text)
    shown = page()
    assert "94 % of the container" in shown
    assert "448.2 MB of 476.8 MB in use in this container" in shown


# The database


def test_the_database_tells_its_size_and_its_tables(synced: Connection) -> None:
    assert storage.size() > 100_000
    assert storage.engine().startswith(("PostgreSQL ", "SQLite "))
    tables = storage.largest()
    assert 0 < len(tables) <= 8
    if database.vendor == "sqlite":
        assert "projects_dailymetric" in {table.name for table in tables}
    else:
        assert all(table.size for table in tables)


def test_a_process_that_ended_without_a_word_is_told_from_those_that_live(all_well: None, page: Page) -> None:
    WorkerHeartbeat.objects.update(seen_at=timezone.now() - timedelta(seconds=29))
    assert "Not seen any more" not in page()
    WorkerHeartbeat.objects.update(seen_at=timezone.now() - timedelta(seconds=40))
    shown = page()
    assert "Not seen any more" in shown
    assert "No worker can be reached" in shown
