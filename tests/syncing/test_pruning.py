"""What is old goes, bit by bit; what somebody needs stays, however old."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.db import connection as database
from django.db import models, transaction
from django.utils import timezone

from connections import audit
from connections.access import Actor
from connections.models import AuditEvent, Connection
from projects.models import Campaign, Change, Coverage, DailyMetric
from syncing import periodic, pruning, scheduler
from syncing.models import (
    Bucket,
    CallBudget,
    Decision,
    Mail,
    SchedulerHeartbeat,
    SyncChunk,
    SyncJob,
    WebhookMessage,
    WorkerHeartbeat,
)
from syncing.retention import everything_kept
from tests.fixtures.engine import (
    NOON,
    MakeAccount,
    Processes,
    Watch,
    bare_job,
    change,
    enqueue,
    eventually,
    finish_in_threads,
    sync,
)
from tests.fixtures.synced import make_chunk, make_job

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
GOES = {  # each kind with its age in days, just before and just behind the line
    "decisions": (0.9, 1.1),
    "minutes of calls": (1.9, 2.1),
    "workers that are gone": (0.9, 1.1),
    "failed sign-ins": (29, 31),
    "chunks": (6.9, 7.1),
    "jobs without changes": (13.9, 14.1),
    "other jobs": (179, 181),
    "mails": (29, 31),
    "webhook messages": (29, 31),
    "changes": (761, 763),
}


def prune(now: datetime = NOON, stop: threading.Event | None = None) -> dict[str, int]:
    deleted: dict[str, int] = {}
    pruning.prune(now, stop=stop or threading.Event(), deleted=deleted)
    return {name: rows for name, rows in deleted.items() if rows}


def ended(account: Connection, age: timedelta, **fields: Any) -> SyncJob:
    job = make_job(account, NOON - age, closed_at=NOON - age, **fields)
    make_chunk(job, 0, "campaigns", created_at=NOON - age)
    return job


def make_one(kind: str, account: Connection, age: timedelta) -> None:
    at = NOON - age
    makers: dict[str, Any] = {
        "decisions": lambda: Decision.objects.create(connection=account, stream="x", decided_at=at, verdict="started"),
        "minutes of calls": lambda: CallBudget.objects.create(
            bucket=Bucket.objects.get_or_create(key="act_1")[0], minute=int(at.timestamp()) // 60, calls=1
        ),
        "workers that are gone": lambda: WorkerHeartbeat.objects.create(
            name=str(age), slots=1, started_at=at, seen_at=at
        ),
        "failed sign-ins": lambda: _attempt(at),
        "chunks": lambda: ended(account, age),
        "jobs without changes": lambda: ended(account, age),
        "other jobs": lambda: ended(account, age, records_updated=1),
        "mails": lambda: Mail.objects.create(
            user=User.objects.get_or_create(username="reader")[0],
            connection=account,
            kind="failed",
            created_at=at,
            send_at=at,
        ),
        "webhook messages": lambda: WebhookMessage.objects.create(
            connection=account, event="sync.failed", body="{}", created_at=at, send_at=at
        ),
        "changes": lambda: Change.objects.create(connection=account, table="t", key="k", field="f", seen_at=at),
    }
    makers[kind]()


def _attempt(at: datetime) -> None:
    made = AccessAttempt.objects.create(username=f"x{at}", ip_address="10.0.0.1", failures_since_start=1)
    AccessAttempt.objects.filter(pk=made.pk).update(attempt_time=at)


@pytest.fixture
def account(make_account: MakeAccount) -> Connection:
    """With a job of today, so that none of the others is its newest."""
    made = make_account()
    ended(made, timedelta())
    return made


@pytest.mark.parametrize("kind", GOES)
def test_each_kind_goes_on_its_day_and_not_before(account: Connection, kind: str) -> None:
    kept = next(each for each in everything_kept() if each.name == kind)
    young, old = GOES[kind]
    make_one(kind, account, young * DAY)
    before = kept.model._base_manager.count()
    assert prune().get(kind, 0) == 0
    assert kept.model._base_manager.count() == before
    make_one(kind, account, old * DAY)
    assert pruning.prunable(NOON)[kind] == 1
    assert prune()[kind] == 1
    assert kept.model._base_manager.count() == before
    assert pruning.prunable(NOON) == {}


def test_every_kind_is_named_above() -> None:
    assert [each.name for each in everything_kept()] == list(GOES)


def test_the_settings_say_how_long(account: Connection, settings: Any) -> None:
    settings.KEEP_DAYS = settings.KEEP_DAYS | {"decisions": 30, "chunks": 20}
    make_one("decisions", account, 29 * DAY)
    ended(account, 15 * DAY)  # without changes; but its chunks are to stay, and so it stays too
    assert prune() == {}
    settings.KEEP_DAYS = settings.KEEP_DAYS | {"decisions": 28, "chunks": 3}
    assert prune() == {"decisions": 1, "chunks": 1, "jobs without changes": 1}


# What stays


def test_active_jobs_and_their_chunks_stay_however_old(account: Connection) -> None:
    old = make_job(account, NOON - 400 * DAY, SyncJob.Status.IN_PROGRESS, lane="backfill")
    for order, status in enumerate(SyncChunk.Status.values):
        make_chunk(old, order, "campaigns", status, created_at=NOON - 400 * DAY)
    ended(account, DAY, lane="backfill")  # a newer one: being the newest is not what keeps the other
    assert prune() == {}
    assert old.chunks.count() == 5


def test_the_newest_job_of_a_connection_stays_with_its_chunks(make_account: MakeAccount, watch: Watch) -> None:
    left = make_account(errors=[{"kind": "misconfigured", "stream": "campaigns"}])
    failed = sync(left, watch)
    assert failed.failed_chunks == 1
    assert prune(NOON + 500 * DAY) == {}
    watch.move(days=500)
    again = scheduler.retry_failed(SyncJob.objects.get(pk=failed.pk), now=watch.now, trigger="user")
    assert again.total_chunks == 1


def test_what_a_retry_needs_stays_for_a_week(account: Connection) -> None:
    failed = ended(account, 6 * DAY, status=SyncJob.Status.FAILED, failed_chunks=1)
    failed.chunks.update(status="failed")
    assert prune() == {}
    assert prune(NOON + 2 * DAY) == {"chunks": 1}
    failed.refresh_from_db()
    with pytest.raises(scheduler.NotRunnable, match="no longer kept"):
        scheduler.retry_failed(failed, now=NOON, trigger="user")


def test_what_an_active_job_goes_back_to_stays(account: Connection) -> None:
    first, second = ended(account, 300 * DAY), ended(account, 200 * DAY)
    SyncChunk.objects.all().delete()
    make_job(account, NOON, SyncJob.Status.IN_PROGRESS, follows=first)
    make_job(account, NOON, SyncJob.Status.IN_PROGRESS, lane="backfill", backfill_of=second)
    assert prune() == {}
    SyncJob.objects.active().update(closed_at=NOON)
    assert prune() == {"jobs without changes": 2}


def test_a_failed_job_without_changes_is_no_quiet_one(account: Connection) -> None:
    ended(account, 20 * DAY, status=SyncJob.Status.FAILED)
    assert prune() == {"chunks": 1}


def test_data_the_ledger_of_days_and_the_audit_are_kept_for_ever(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account()
    sync(account, watch)
    watch.move(hours=1)
    sync(change(account, salt="other"), watch)
    audit.record(Actor(), "did something", account, workspace=account.workspace, now=NOON)
    kept: tuple[type[models.Model], ...] = (DailyMetric, Campaign, Coverage, AuditEvent)
    before = [model._base_manager.count() for model in kept]
    assert min(before) > 0
    assert prune(NOON + 10_000 * DAY).keys() >= {"chunks", "other jobs", "changes"}
    assert [model._base_manager.count() for model in kept] == before


# How it goes


def many(account: Connection, number: int, age: timedelta) -> None:
    """Old decisions, minutes, changes, and jobs with a chunk each."""
    at = NOON - age
    bucket, _ = Bucket.objects.get_or_create(key=f"bucket of {account.pk}")
    Decision.objects.bulk_create(
        [Decision(connection=account, stream="x", decided_at=at, verdict="started") for _ in range(number)]
    )
    minute = int(at.timestamp()) // 60
    CallBudget.objects.bulk_create([CallBudget(bucket=bucket, minute=minute - each, calls=1) for each in range(number)])
    row = {"connection": account, "table": "t", "field": "f", "seen_at": at}
    Change.objects.bulk_create([Change(key=str(each), **row) for each in range(number)])
    jobs = [
        SyncJob(id=uuid4(), connection=account, status="completed", created_at=at, closed_at=at) for _ in range(number)
    ]
    SyncJob.objects.bulk_create(jobs)
    SyncChunk.objects.bulk_create(
        SyncChunk(sync_job=job, connection=account, chunk_order=0, stream="x", ready_at=at, created_at=at)
        for job in jobs
    )


def rows() -> int:
    return sum(model._base_manager.count() for model in (Decision, CallBudget, Change, SyncJob, SyncChunk))


@pytest.mark.parametrize("spread", [timedelta(), timedelta(minutes=1)], ids=["at_one_moment", "spread"])
def test_many_rows_go_and_no_transaction_deletes_more_than_a_batch(
    account: Connection, monkeypatch: pytest.MonkeyPatch, spread: timedelta
) -> None:
    """Half of them are young, and stay."""
    monkeypatch.setattr(pruning, "BATCH", 500)
    monkeypatch.setattr(pruning, "PAUSE", 0)
    kept = rows()
    many(account, 3000, 800 * DAY)
    SyncJob.objects.exclude(created_at=NOON).update(closed_at=NOON - 800 * DAY)
    if spread:
        for place, key in enumerate(SyncJob.objects.filter(closed_at__lt=NOON - DAY).values_list("pk", flat=True)):
            SyncJob.objects.filter(pk=key).update(closed_at=NOON - 800 * DAY + place * spread)
    many(account, 300, timedelta(hours=1))
    counts = [rows()]
    with each_delete(lambda: counts.append(rows())):
        prune()
    assert counts[-1] == kept + 5 * 300
    assert max(before - after for before, after in pairwise(counts)) <= 500


@contextmanager
def each_delete(look: Any) -> Iterator[None]:
    """Called after each transaction that deletes."""
    whole = pruning._delete

    def delete(rows: Any) -> int:
        number = whole(rows)
        look()
        return number

    pruning._delete = delete
    try:
        yield
    finally:
        pruning._delete = whole


def test_it_ends_between_two_batches_when_told_to(account: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "BATCH", 10)
    many(account, 50, 800 * DAY)
    stop = threading.Event()
    with each_delete(stop.set):
        assert prune(stop=stop) == {"decisions": 10}
    assert prune()["decisions"] == 40


def test_two_at_once_delete_each_row_once_and_wait_for_nobody(
    account: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(account, 100, 800 * DAY)
    found = [prune(), prune()]
    assert [each.get("changes", 0) for each in found] == [100, 0]


def into(found: list[dict[str, int]], now: datetime = NOON) -> Callable[[], None]:
    """In another thread, with a connection of its own."""

    def work() -> None:
        found.append(prune(now))
        database.close()

    return work


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_somebody_holds_is_left_for_next_time(account: Connection) -> None:
    make_one("changes", account, 800 * DAY)
    make_one("changes", account, 800 * DAY)
    found: list[dict[str, int]] = []
    with transaction.atomic():
        Change.objects.select_for_update().order_by("pk")[:1].get()
        thread = threading.Thread(target=into(found))
        thread.start()
        thread.join(10)
    assert found == [{"changes": 1}]
    assert prune() == {"changes": 1}


# Beside the work


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_midst_it_goes_on_from_there(account: Connection, processes: Processes) -> None:
    many(account, 20_000, 800 * DAY)
    process = processes.start("prune")
    eventually(lambda: Decision.objects.count() < 18_000, "the first batches", 60)
    process.kill()
    process.wait()
    left = Decision.objects.count()
    assert rows() > 40_000
    code, printed = processes.run("prune")
    assert code == 0, printed
    assert f"{left:,} decisions deleted" in printed
    assert rows() == 2  # today's job and its chunk
    heartbeat = SchedulerHeartbeat.objects.get(name="prune")
    assert heartbeat.deleted["decisions"] == left
    assert heartbeat.deleted["chunks"] == heartbeat.deleted["jobs without changes"] == 20_000


@pytest.mark.django_db(transaction=True)
def test_on_sigterm_it_ends_after_the_batch_in_hand(account: Connection, processes: Processes) -> None:
    many(account, 20_000, 800 * DAY)
    process = processes.start("prune")
    eventually(lambda: Decision.objects.count() < 18_000, "the first batches", 60)
    asked = time.monotonic()
    process.terminate()
    printed, _ = process.communicate(timeout=10)
    assert (process.returncode, "the rest goes next time" in printed) == (130, True)
    assert time.monotonic() - asked < 5
    assert Decision.objects.count() % pruning.BATCH == 0
    assert SchedulerHeartbeat.objects.get(name="prune").error == ""


@pytest.mark.django_db(transaction=True)
def test_a_sync_goes_on_meanwhile_and_loses_nothing(make_account: MakeAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "BATCH", 200)
    accounts = [make_account(page_size=5, campaigns=20) for _ in range(2)]
    for each in accounts:
        many(each, 2000, 800 * DAY)
    jobs = [enqueue(each, timezone.now()).pk for each in accounts]
    pruned: list[dict[str, int]] = []
    thread = threading.Thread(target=into(pruned, timezone.now()))
    thread.start()
    finish_in_threads(jobs, threads=2)
    thread.join(60)
    assert {job.status for job in SyncJob.objects.filter(pk__in=jobs)} == {"completed"}
    assert pruned[0]["changes"] == 4000
    assert SyncChunk.objects.filter(sync_job__in=jobs).count() >= 6
    assert set(SyncJob.objects.values_list("pk", flat=True)) >= set(jobs)


# What it leaves behind


def test_the_heartbeat_says_what_went(account: Connection) -> None:
    at = timezone.now() - 800 * DAY
    Decision.objects.create(connection=account, stream="x", decided_at=at, verdict="started")
    assert periodic.prune(threading.Event())["decisions"] == 1
    row = SchedulerHeartbeat.objects.get(name="prune")
    assert row.deleted["decisions"] == 1
    assert timezone.now() - row.ran_at < timedelta(minutes=1)


def test_the_day_of_a_row_is_no_age(account: Connection) -> None:
    """A number of three years ago that was restated yesterday is a change of yesterday."""
    Change.objects.create(connection=account, table="t", key="k", field="f", date=date(2020, 1, 1), seen_at=NOON - DAY)
    assert prune() == {}


def test_a_long_backfill_is_no_end_of_the_walk(account: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """More chunks that stay than a batch holds, before those that go."""
    monkeypatch.setattr(pruning, "BATCH", 5)
    job = bare_job(account, chunks=12, lane="backfill")
    job.chunks.update(created_at=NOON - 30 * DAY)
    ended(account, 20 * DAY)
    assert prune()["chunks"] == 1
    assert job.chunks.count() == 12
