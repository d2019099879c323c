"""The broker is emptied, restarted or away while jobs run: everything ends as it should, only later."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from connections.models import Connection, Membership
from syncing import wakeups
from syncing.models import SyncJob
from tests.fixtures.engine import MakeAccount, assert_complete, enqueue, eventually
from tests.fixtures.people import make_person
from tests.fixtures.workers import READY_SECONDS, Broker, Workers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

AWAY_SECONDS = 60
DATABASE_SECONDS = 0.4
"""What the database may take of an enqueue on a busy machine."""


def busy_accounts(make_account: MakeAccount, number: int = 3) -> list[Connection]:
    return [make_account(campaigns=6, page_size=7, delay_ms=60) for _ in range(number)]


def assert_all_complete(accounts: Sequence[Connection]) -> None:
    eventually(lambda: not SyncJob.objects.active().exists(), "every job to be closed", 40)
    assert set(SyncJob.objects.values_list("status", flat=True)) == {"completed"}
    for account in accounts:
        today = timezone.now().astimezone(account.zone).date()
        assert_complete(account, today - timedelta(days=13), today)


def restart(broker: Broker) -> None:
    broker.stop()
    broker.start()


@pytest.mark.parametrize("trouble", [Broker.flush, restart], ids=["emptied", "restarted"])
@pytest.mark.parametrize("pool", ["threads", "prefork"])
def test_every_job_completes_although_the_broker_lost_everything(
    make_account: MakeAccount,
    broker: Broker,
    start_worker: Workers,
    pool: str,
    trouble: Callable[[Broker], None],
) -> None:
    accounts = busy_accounts(make_account)
    worker = start_worker(pool=pool)
    for account in accounts:
        enqueue(account, timezone.now())
    for _ in range(3):
        time.sleep(0.3)
        trouble(broker)
    assert SyncJob.objects.active().exists(), "all was over before the trouble was"
    assert_all_complete(accounts)
    assert worker.is_alive()


def timed_enqueue(account: Connection) -> float:
    began = time.monotonic()
    enqueue(account, timezone.now())
    return time.monotonic() - began


def press(account: Connection) -> None:
    """Somebody looks at the account, and presses Sync now."""
    client = Client()
    client.force_login(make_person("olga", account.workspace, Membership.Role.OPERATOR))
    assert client.get(f"/connections/{account.pk}/").status_code == 200
    answer = client.post(f"/api/connections/{account.pk}/sync-now", content_type="application/json")
    assert (answer.status_code, answer.json()["status"], answer.json()["queue"]) == (202, "queued", "degraded")


def test_an_absent_broker_only_delays(make_account: MakeAccount, broker: Broker, start_worker: Workers) -> None:
    """What was begun goes on; what is asked for meanwhile is written down at once, and done when it is back."""
    begun, pressed, *asked_for = busy_accounts(make_account, 5)
    worker = start_worker()
    enqueue(begun, timezone.now())
    eventually(lambda: SyncJob.objects.filter(status="in_progress").exists(), "the first job to begin")
    broker.stop()
    went_away = time.monotonic()
    eventually(lambda: not SyncJob.objects.active().exists(), "the first job to end")

    time.sleep(0.5)  # its loops have left by then
    assert max(timed_enqueue(account) for account in asked_for) < 0.1 + DATABASE_SECONDS
    assert wakeups.is_broker_away()
    press(pressed)
    time.sleep(max(0, AWAY_SECONDS - (time.monotonic() - went_away)))
    assert SyncJob.objects.filter(status="pending").count() == 1 + len(asked_for)

    broker.start()
    assert_all_complete([begun, pressed, *asked_for])
    assert worker.is_alive()


def test_jobs_that_were_enqueued_before_there_was_a_broker_are_run_once_there_is(
    make_account: MakeAccount, broker: Broker, start_worker: Workers
) -> None:
    broker.stop()
    account = make_account()
    enqueue(account, timezone.now())
    worker = start_worker(wait=False)
    eventually(lambda: worker.log().count("Cannot connect to") > 1, "its second attempt", READY_SECONDS)
    assert worker.is_alive()
    broker.start()
    assert_all_complete([account])
