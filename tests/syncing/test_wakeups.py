"""Messages to the workers: enough of them, never more than there are slots, and nothing in them."""

import base64
import json
import os
import signal
import time
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from connections.models import Connection
from syncing import wakeups
from tests.fixtures.engine import enqueue
from tests.fixtures.workers import Broker, forget_connections

pytestmark = pytest.mark.django_db(transaction=True)


def messages(broker: Broker, queue: str) -> list[dict[str, Any]]:
    with broker.client() as client:
        return [json.loads(message) for message in client.lrange(f"freshet:{queue}", 0, -1)]


def seconds_of_a_message() -> float:
    began = time.monotonic()
    wakeups.send("sync", 4)
    return time.monotonic() - began


@pytest.mark.parametrize(("ready", "sent"), [(0, 0), (1, 1), (3, 3), (4, 4), (600, 4)])
def test_as_many_as_there_are_chunks_and_never_more_than_slots(
    broker: Broker, settings: Any, ready: int, sent: int
) -> None:
    settings.WORKER_SLOTS = 4
    for _ in range(3):
        wakeups.send("sync", ready)
    assert broker.waiting("sync") == sent


def test_what_waits_already_counts(broker: Broker, settings: Any) -> None:
    settings.WORKER_SLOTS = 4
    wakeups.send("sync", 1)
    wakeups.send("sync", 3)
    wakeups.send("realtime", 2)
    assert (broker.waiting("sync"), broker.waiting("realtime")) == (3, 2)


@pytest.mark.spec("A4")
def test_a_message_names_a_queue_and_expires_with_the_sweep(broker: Broker, settings: Any) -> None:
    settings.SWEEP_SECONDS = 7
    wakeups.send("realtime", 1)
    (message,) = messages(broker, "realtime")
    args, kwargs, _ = json.loads(base64.b64decode(message["body"]))
    assert (args, kwargs) == ([], {"queue": "realtime"})
    assert message["headers"]["task"] == "syncing.run_ready"
    assert message["headers"]["eta"] is None
    expires = datetime.fromisoformat(message["headers"]["expires"])
    assert 5 < (expires - timezone.now()).total_seconds() <= 7


def test_an_enqueued_job_wakes_once_it_is_written(broker: Broker, account: Connection) -> None:
    with transaction.atomic():
        enqueue(account)
        assert broker.waiting("sync") == 0
    assert broker.waiting("sync") == 1


def test_nothing_is_sent_for_what_was_rolled_back(broker: Broker, account: Connection) -> None:
    with suppress(ZeroDivisionError), transaction.atomic():
        enqueue(account)
        raise ZeroDivisionError
    assert broker.waiting("sync") == 0


def test_nothing_is_sent_where_no_worker_is_meant_to_live(broker: Broker, settings: Any) -> None:
    settings.BACKGROUND_SYNC_ENABLED = False
    wakeups.send("sync", 4)
    assert broker.waiting("sync") == 0


# Trouble


@pytest.mark.parametrize("known", [False, True], ids=["never_seen", "seen_before"])
def test_an_absent_broker_is_noticed_at_once(broker: Broker, known: bool) -> None:
    if known:
        wakeups.send("sync", 1)
    broker.stop()
    assert not wakeups.is_broker_away()
    assert seconds_of_a_message() < 0.1 + BUSY
    assert wakeups.is_broker_away()
    assert seconds_of_a_message() < 0.01 + BUSY
    assert not wakeups.broker_answers()


BUSY = 0.2
"""What a busy machine may add, in seconds."""


def test_a_broker_that_hangs_takes_seconds_once_and_not_for_each_request(broker: Broker) -> None:
    wakeups.send("sync", 1)
    assert broker.process
    os.kill(broker.process.pid, signal.SIGSTOP)
    try:
        assert seconds_of_a_message() < 2.5 + BUSY
        assert seconds_of_a_message() < 0.01 + BUSY
    finally:
        os.kill(broker.process.pid, signal.SIGCONT)


def test_an_enqueue_succeeds_without_a_broker(broker: Broker, account: Connection) -> None:
    broker.stop()
    began = time.monotonic()
    job = enqueue(account)
    assert time.monotonic() - began < 0.1 + BUSY
    assert job.chunks.count() == 1
    assert wakeups.is_broker_away()


def test_it_is_asked_again_after_a_while(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wakeups, "QUIET_SECONDS", 0.2)
    broker.stop()
    wakeups.send("sync", 1)
    broker.start()
    assert wakeups.is_broker_away()
    time.sleep(0.25)
    assert not wakeups.is_broker_away()
    wakeups.send("sync", 1)
    assert broker.waiting("sync") == 1


@pytest.mark.parametrize("noticed", [False, True], ids=["unnoticed", "after_a_pause"])
def test_a_restart_costs_no_message(broker: Broker, noticed: bool) -> None:
    """The connection in the pool is one to the broker of before."""
    wakeups.send("sync", 2)
    broker.stop()
    if noticed:
        time.sleep(0.5)
    broker.start()
    wakeups.send("sync", 2)
    assert broker.waiting("sync") == 2
    assert not wakeups.is_broker_away()


def test_there_is_no_broker_without_an_address(settings: Any) -> None:
    settings.REDIS_URL = ""
    forget_connections()
    assert wakeups.is_broker_away()
    wakeups.send("sync", 1)
    assert seconds_of_a_message() < BUSY


@pytest.mark.parametrize(
    ("queue", "faster"),
    [
        ("realtime", ()),
        ("sync", ("realtime",)),
        ("parser", ("realtime", "sync")),
        ("backfill", ("realtime", "sync", "parser")),
        ("of my own", ("realtime", "sync", "parser", "backfill")),
    ],
)
def test_which_queues_are_faster(queue: str, faster: tuple[str, ...]) -> None:
    assert wakeups.faster_than(queue) == faster
