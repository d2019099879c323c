"""The schedule and a person want the same connection at the same moment: one job, which does what both asked for."""

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone

from connections.models import Connection
from syncing import runner, scheduler
from syncing.models import SyncChunk, SyncJob, SyncSchedule
from tests.fixtures.engine import MakeAccount, finish_in_threads, insist, together

pytestmark = pytest.mark.django_db(transaction=True)


def make_due(account: Connection) -> None:
    due = timezone.now() - timedelta(minutes=1)
    SyncSchedule.objects.filter(connection=account).update(next_due_at=due, interval_seconds=3600)


@pytest.mark.spec("L44")
def test_whoever_is_first_there_is_one_job_and_both_get_what_they_asked_for(
    make_account: MakeAccount, record_property: Any
) -> None:
    accounts = [make_account(sync={"sync_frequency": "hourly"}) for _ in range(6)]
    won: Counter[str] = Counter()
    for account in accounts:
        make_due(account)
        tick = lambda: scheduler.enqueue_due(timezone.now())  # noqa: E731
        force = lambda: scheduler.enqueue_now(account, now=timezone.now(), trigger="user")  # noqa: B023, E731
        together(lambda work: insist(work), [tick, force, tick, force])
        (job,) = SyncJob.objects.active().filter(connection=account)
        won[job.trigger] += 1
        assert job.urgent, "a person waits for it, whoever was first"
    record_property("first", dict(won))
    seen = Watcher(accounts)
    seen.start()
    finish_in_threads(list(SyncJob.objects.active().values_list("pk", flat=True)), threads=4)
    seen.stop()
    assert seen.most == 1
    for account in accounts:
        assert not SyncJob.objects.active().filter(connection=account, lane="sync").exclude(follows__isnull=False)
        assert not SyncChunk.objects.filter(connection=account, status="failed").exists()


class Watcher(threading.Thread):
    """The most jobs of one connection that had a chunk at work at the same time."""

    def __init__(self, accounts: list[Connection]) -> None:
        super().__init__(daemon=True)
        self.most, self.over = 0, threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.005):
            leased = SyncChunk.objects.filter(lease_token__isnull=False)
            pairs = set(leased.values_list("connection_id", "sync_job_id"))
            self.most = max([self.most, *Counter(connection for connection, _ in pairs).values()])
        database.close()

    def stop(self) -> None:
        self.over.set()
        self.join()


def test_a_force_while_a_scheduled_job_runs_joins_it(make_account: MakeAccount) -> None:
    account = make_account(sync={"sync_frequency": "hourly"}, delay_ms=30)
    make_due(account)
    assert scheduler.enqueue_due(timezone.now()).jobs == 1
    (job,) = SyncJob.objects.active()
    thread = threading.Thread(
        target=lambda: runner.run_ready(jobs=[job.pk], until=timezone.now() + timedelta(seconds=20))
    )
    thread.start()
    forced = scheduler.enqueue_now(account, now=timezone.now(), trigger="user")
    assert forced.deduplicated
    assert forced.job.pk == job.pk
    thread.join()
    assert SyncJob.objects.get(pk=job.pk).status == "completed"
