"""Any number of schedulers, people and workers at once: one job for each connection, and nobody waits in a circle."""

import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database

from connections.access import Actor
from connections.models import Connection
from syncing import actions, ending, scheduler
from syncing.models import ConnectionSync, Decision, SyncChunk, SyncJob, SyncSchedule
from syncing.scheduler import enqueue_due
from tests.fixtures.engine import NOON, MakeAccount, Watch, drain, enqueue, insist, together
from tests.fixtures.paced import due, many, paced, set_type

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 2.5
LONGEST = 60.0
"""Where a busy machine has not done enough by then."""


def tick(now: datetime = NOON) -> int:
    jobs: int = insist(lambda: enqueue_due(now).jobs)
    return jobs


@pytest.mark.spec("C5")
def test_four_schedulers_at_once_ten_times_start_each_connection_once(make_account: MakeAccount) -> None:
    """Two Beats, a loop and an outside cron, say."""
    account = make_account()
    accounts = many(account, 60, "hourly", NOON)
    for turn in range(10):
        SyncJob.objects.all().delete()
        SyncSchedule.objects.filter(connection__in=accounts).update(next_due_at=NOON)
        started = together(lambda _: tick(), range(4))
        sleepers = tick()  # what one left to another that had it in hand for a moment
        jobs = Counter(SyncJob.objects.values_list("connection", flat=True))
        assert (sum(started) + sleepers, len(jobs), max(jobs.values())) == (60, 60, 1), turn
        chunks = Counter(SyncChunk.objects.values_list("connection", "stream"))
        assert len(chunks) == 60
        assert set(chunks.values()) == {1}
        assert not SyncSchedule.objects.filter(connection__in=accounts, next_due_at__lte=NOON).exists()
    assert Decision.objects.count() == 3 * 60


def test_manual_beside_schedulers_is_manual_in_the_end(account: Connection, watch: Watch, alice: User) -> None:
    """Whoever comes first: what had begun runs on, and nothing begins after it."""
    for _ in range(10):
        SyncJob.objects.all().delete()
        paced(account, "hourly", watch)
        SyncSchedule.objects.update(next_due_at=NOON)

        def silence() -> None:
            insist(lambda: actions.set_frequency(account, Actor(alice), "manual", now=NOON))

        together(lambda work: work(), [silence, tick, tick, tick])
        assert set(due(account).values()) == {None}
        assert SyncJob.objects.count() <= 1
        SyncJob.objects.all().delete()
        assert tick(NOON + timedelta(days=30)) == 0


def until_the_time_is_up(work: Callable[[], Any], enough: Callable[[], bool]) -> int:
    started, turns = time.monotonic(), 0
    while (passed := time.monotonic() - started) < SECONDS or (passed < LONGEST and not enough()):
        insist(work) if database.vendor == "sqlite" else work()
        turns += 1
        time.sleep(random.uniform(0, 0.01))
    return turns


def at_once(*works: Callable[[], Any], enough: Callable[[], bool] = lambda: True) -> None:
    turns = together(lambda work: until_the_time_is_up(work, enough), works)
    assert all(turns), turns


def run_and_finish() -> None:
    if chunk := SyncChunk.claim_next(NOON):
        chunk.sync_job.mark_started(NOON)
        ending.finish(chunk, NOON)


def test_a_change_of_pace_against_the_end_of_a_job_against_the_schedule(
    make_account: MakeAccount, watch: Watch, alice: User
) -> None:
    """A frequency: connection, its state, its schedules. The end: job, its state, its schedules. The schedule: all."""
    accounts = [paced(make_account(), "hourly", watch) for _ in range(3)]
    pace = count()

    def set_frequency() -> None:
        frequency = ("realtime", "hourly", "daily")[next(pace) % 3]
        actions.set_frequency(accounts[next(pace) % 3], Actor(alice), frequency, now=NOON)

    def look() -> None:
        SyncSchedule.objects.filter(pk__in=some()).update(next_due_at=NOON)
        enqueue_due(NOON)

    def some() -> list[int]:
        return list(SyncSchedule.objects.order_by("?").values_list("pk", flat=True)[:1])

    def met_often() -> bool:
        return SyncJob.objects.count() > 5

    at_once(set_frequency, look, look, run_and_finish, run_and_finish, enough=met_often)
    drain(watch)
    assert not SyncJob.objects.active().exists()
    assert met_often()
    assert not SyncSchedule.objects.filter(interval_seconds=None).exists()


def test_an_object_type_and_healing_against_the_end_of_a_job(make_account: MakeAccount, watch: Watch) -> None:
    accounts = [paced(make_account(), "smart", watch) for _ in range(3)]
    minutes, turns = count(60), count()
    set_type("account_days")

    def heal() -> None:
        SyncSchedule.objects.filter(connection=accounts[next(turns) % 3], stream="campaigns").update(next_due_at=None)
        scheduler.heal(NOON)

    at_once(
        lambda: set_type("account_days", sync_interval_minutes=60 + next(minutes) % 7, staleness_threshold_minutes=99),
        heal,
        lambda: enqueue(accounts[next(turns) % 3], NOON, "account_days"),
        lambda: enqueue_due(NOON),
        run_and_finish,
    )
    drain(watch)
    scheduler.heal(NOON)
    assert not SyncJob.objects.active().exists()
    assert len(set(SyncSchedule.objects.filter(stream="account_days").values_list("interval_seconds", flat=True))) == 1


def test_a_person_and_the_schedule_begin_one_job(account: Connection, watch: Watch) -> None:
    for _ in range(10):
        SyncJob.objects.all().delete()
        paced(account, "manual", watch)
        paced(account, "hourly", watch)
        SyncSchedule.objects.update(next_due_at=NOON)
        together(lambda work: work(), [tick, tick, lambda: insist(lambda: enqueue(account, NOON)), tick])
        job = SyncJob.objects.active().get()
        assert job.urgent, "somebody waits, whoever was first"
        drain(watch)
        assert {job.status for job in SyncJob.objects.all()} == {"completed"}
        assert ConnectionSync.objects.get(connection=account).sync_status == "idle"
