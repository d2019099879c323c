"""Which queue a chunk waits in: whoever watches the clock is served first, history last."""

from contextlib import nullcontext
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from connections.access import Actor
from connections.models import Connection
from syncing import actions, scheduler
from syncing.models import ObjectSyncConfig
from syncing.scope import Scope
from tests.fixtures.engine import NOON, MakeAccount, Watch, add_chunks, bare_job, drain, sync
from tests.fixtures.plain import KIND, AccountDays

pytestmark = pytest.mark.django_db


def queues_of(connection: Connection, watch: Watch, trigger: str) -> set[str]:
    """Of a whole job: those of its metrics are made later than those of its structure."""
    job = scheduler.enqueue_now(connection, now=watch.now, trigger=trigger).job
    drain(watch, jobs=[job.pk])
    assert job.chunks.count() == 5
    return set(job.chunks.values_list("queue", flat=True))


@pytest.mark.parametrize(
    ("trigger", "frequency", "queue"),
    [
        ("schedule", "hourly", "sync"),
        ("cron", "smart", "sync"),
        ("command", "manual", "sync"),
        ("schedule", "realtime", "realtime"),
        ("user", "daily", "realtime"),
        ("api", "daily", "realtime"),
    ],
)
def test_by_who_asks_and_how_often(
    make_account: MakeAccount, watch: Watch, trigger: str, frequency: str, queue: str
) -> None:
    account = make_account(sync={"sync_frequency": frequency})
    sync(account, watch)
    watch.move(minutes=30)
    assert queues_of(account, watch, trigger) == {queue}


def test_a_first_sync_is_no_hurry(account: Connection, watch: Watch) -> None:
    """It reads far more than a press of the button does, and would keep others from theirs."""
    assert queues_of(account, watch, "user") == {"sync"}


def test_all_of_what_somebody_hurries_is_in_the_fast_queue(account: Connection, watch: Watch) -> None:
    """The chunks that it comes to later too."""
    scope = Scope(("campaigns", "account_days"), scheduled=True)
    scheduler.enqueue_now(account, now=watch.now, trigger="schedule", scope=scope)
    asked = scheduler.enqueue_now(account, now=watch.now, trigger="user", scope=scope)
    assert asked.deduplicated
    drain(watch, jobs=[asked.job.pk])
    assert set(asked.job.chunks.values_list("queue", flat=True)) == {"realtime"}


@pytest.mark.parametrize(("queue", "right"), [("parser", True), ("scheduler", False), ("fast", False), ("", False)])
def test_an_object_type_takes_a_queue_that_somebody_listens_to(queue: str, right: bool) -> None:
    config = ObjectSyncConfig.of(KIND, AccountDays())
    config.queue = queue
    with nullcontext() if right else pytest.raises(ValidationError, match="queue"):
        config.clean_fields()


@pytest.mark.spec("L12")
def test_a_stream_may_have_a_queue_of_its_own(
    account: Connection, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AccountDays, "queue", "parser")
    job = sync(account, watch)
    assert dict(job.chunks.values_list("stream", "queue")) == {
        "campaigns": "sync",
        "campaign_days": "sync",
        "account_days": "parser",
    }


@pytest.mark.parametrize("frequency", ["manual", "realtime"])
def test_history_waits_in_its_own(make_account: MakeAccount, frequency: str) -> None:
    job = bare_job(make_account(sync={"sync_frequency": frequency}), lane="backfill", trigger="user")
    add_chunks(job, 2)
    assert set(job.chunks.values_list("queue", flat=True)) == {"backfill"}


def test_a_persons_retry_keeps_the_queues(account: Connection, watch: Watch, alice: User, settings: Any) -> None:
    settings.BACKGROUND_SYNC_ENABLED = True
    job = sync(account, watch)
    job.chunks.filter(stream="account_days").update(status="failed")
    again = actions.retry_failed(job, Actor(alice), now=NOON).job
    assert set(again.chunks.values_list("queue", flat=True)) == {"sync"}
