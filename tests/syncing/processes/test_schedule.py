"""The schedule from outside: Beats that are killed, that are two, and others who do the same beside them."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from connections.models import Connection
from syncing import scheduler
from syncing.models import ConnectionSync, SchedulerHeartbeat, SyncJob, SyncSchedule
from tests.fixtures.engine import MakeAccount, Processes, eventually, insist, together
from tests.fixtures.workers import Worker, Workers

pytestmark = pytest.mark.django_db(transaction=True)

FAST: dict[str, Any] = {"dispatch_seconds": 1, "smart_seconds": 2}
TOKEN = "a-token-for-the-cron-of-tests"
STREAMS = {"campaigns", "campaign_days", "account_days"}


def paced(account: Connection, frequency: str) -> Connection:
    ConnectionSync.set_frequency(account.pk, frequency)
    scheduler.reschedule([account.pk], timezone.now())
    return account


def all_closed() -> bool:
    return not insist(SyncJob.objects.active().exists)


def all_started_once(accounts: list[Connection], before: set[UUID]) -> bool:
    """Each of them, with all its streams, in one job beside those of before; a realtime one may have come again."""
    jobs = SyncJob.objects.exclude(pk__in=before).order_by("created_at")
    found = insist(lambda: list(jobs.values_list("connection", "scope", "connection__sync__sync_frequency")))
    first = {connection: scope["streams"] for connection, scope, _ in reversed(found)}
    assert all(set(streams) == STREAMS for streams in first.values()), "its streams were started one by one"
    often = Counter(connection for connection, _, frequency in found if frequency != "realtime")
    assert set(often.values()) <= {1}, "a connection was started twice"
    return len(first) == len(accounts) and all_closed()


def make_due(minutes: int = 10) -> set[UUID]:
    """As if nobody had looked for so long: all of it at once, in one statement. Returns the jobs of before."""
    before: set[UUID] = insist(lambda: set(SyncJob.objects.values_list("pk", flat=True)))
    long_ago = timezone.now() - timedelta(minutes=minutes)
    insist(lambda: SyncSchedule.objects.filter(next_due_at__isnull=False).update(next_due_at=long_ago))
    return before


def lean(start_worker: Workers) -> Worker:
    return start_worker(**FAST)


def full(start_worker: Workers) -> Worker:
    if not start_worker.started:
        start_worker(with_beat=False)
    return start_worker.beat(**FAST)


@pytest.mark.spec("A38", "A40", "D5")
@pytest.mark.parametrize("start", [lean, full])
def test_after_a_beat_that_was_killed_each_object_is_made_up_for_once(
    make_account: MakeAccount, start_worker: Workers, start: Callable[[Workers], Worker]
) -> None:
    """Ten minutes are twenty looks at a realtime connection: one is made up for, and then it goes on as before."""
    accounts = [paced(make_account(), frequency) for frequency in ("realtime", "30min", "hourly", "daily", "smart")]
    beat = start(start_worker)
    eventually(lambda: all_started_once(accounts, set()), "the first syncs")
    beat.kill()
    before = make_due()
    killed_at = timezone.now()
    start(start_worker)
    eventually(lambda: all_started_once(accounts, before), "all that was missed")
    assert not SyncSchedule.objects.filter(next_due_at__lte=killed_at).exists()
    go_on_for(5)
    more = SyncJob.objects.exclude(pk__in=before).values_list("connection", flat=True)
    extra = Counter(more) - Counter(account.pk for account in accounts)
    assert extra in (Counter(), Counter([accounts[0].pk])), "a look that was missed was made up for by itself"


def go_on_for(seconds: float) -> None:
    """In which at most one look at a realtime connection comes to be due."""
    looks = SchedulerHeartbeat.objects.filter(ran_at__gt=timezone.now() + timedelta(seconds=seconds))
    eventually(lambda: insist(looks.filter(name="dispatch-realtime").exists), "Beat to go on")


@pytest.mark.spec("C5", "C9")
def test_two_beats_two_crons_and_a_loop_start_each_due_object_once_ten_times_in_a_row(
    make_account: MakeAccount, start_worker: Workers, processes: Processes, settings: Any
) -> None:
    settings.CRON_TOKENS = [TOKEN]
    accounts = [paced(make_account(campaigns=1), "hourly") for _ in range(6)]
    SyncSchedule.objects.update(next_due_at=timezone.now() + timedelta(hours=1))
    start_worker(**FAST)
    start_worker(**FAST)
    processes.start("enqueue_due", "--loop", "--every", "1")
    looks = SchedulerHeartbeat.objects.filter(name="smart-sync")
    eventually(lambda: insist(looks.exists), "the first look")
    for turn in range(10):
        before = make_due()
        time.sleep(turn / 10)  # or the two that are asked at once would always be the first
        together(post, [f"10.0.{turn}.{cron}" for cron in range(2)])
        eventually(lambda: all_started_once(accounts, before), "all that is due")  # noqa: B023
    assert SyncJob.objects.count() == 10 * len(accounts)
    assert set(SyncJob.objects.values_list("status", flat=True)) == {"completed"}
    assert set(SyncJob.objects.values_list("trigger", flat=True)) == {"schedule", "cron"}


def post(address: str) -> None:
    """An outside cron. From another address each time: one may ask ten times a minute."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    client = Client(REMOTE_ADDR=address)
    answer = client.post("/api/admin/smart_sync", content_type="application/json", headers=headers)
    assert answer.status_code == 200, answer.content
