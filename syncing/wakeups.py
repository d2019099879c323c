"""Tell the workers that a queue has work. A message only wakes: lost, doubled or late, it changes nothing."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from kombu import pools
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from syncing.models.config import QUEUES as QUEUES

log = structlog.get_logger(__name__)

SCHEDULER = "scheduler"
"""The queue of the periodic tasks."""

TASK = "syncing.run_ready"
PUBLISH = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.2}
PATIENCE = {"socket_connect_timeout": 1, "socket_timeout": 1}
"""Seconds. A worker may wait longer for its broker, but here people wait for their page."""
QUIET_SECONDS = 2
_quiet_until = 0.0


def faster_than(queue: str) -> tuple[str, ...]:
    """Each of them, where nobody knows the queue."""
    return QUEUES[: QUEUES.index(queue)] if queue in QUEUES else QUEUES


def send(queue: str, ready: int) -> None:
    """Wake as many slots as there are ready chunks, less those for which a message waits already.

    Without a broker nothing happens: the next sweep that reaches it sends what is missing.
    """
    global _quiet_until
    if not settings.BACKGROUND_SYNC_ENABLED or is_broker_away():
        return
    try:
        _publish(queue, min(ready, settings.WORKER_SLOTS))
    except (OperationalError, RedisError) as error:
        _quiet_until = time.monotonic() + QUIET_SECONDS  # or every request would wait for it again
        log.warning("the broker does not answer; the sweeper wakes the workers when it is back", error=str(error))


def is_broker_away() -> bool:
    """As far as this process knows: there is none, or the last message did not reach it."""
    return not settings.REDIS_URL or time.monotonic() < _quiet_until


def broker_answers() -> bool:
    """Asks it, and waits a second at most."""
    try:
        with _producer() as producer:
            return bool(producer.connection.default_channel.client.ping())
    except (OperationalError, RedisError):
        return False


@dataclass(frozen=True)
class BrokerState:
    """messages: that wait in each queue, the schedule's own among them."""

    messages: dict[str, int]
    memory_bytes: int
    version: str


def broker_state() -> BrokerState | None:
    """None where it does not answer within a second, or where there is none."""
    if not settings.REDIS_URL:
        return None
    try:
        with _producer() as producer:
            client = producer.connection.default_channel.client
            messages = {queue: int(client.llen(queue)) for queue in (*QUEUES, SCHEDULER)}
            told = client.info()
    except (OperationalError, RedisError):
        return None
    version = f"Valkey {told['valkey_version']}" if "valkey_version" in told else f"Redis {told.get('redis_version')}"
    return BrokerState(messages, int(told.get("used_memory", 0)), version)


def _publish(queue: str, wanted: int) -> None:
    with _producer() as producer:
        waiting = producer.connection.default_channel.client.llen(queue)
        for _ in range(wanted - waiting):
            current_app.send_task(
                TASK,
                kwargs={"queue": queue},
                queue=queue,
                expires=settings.SWEEP_SECONDS,
                producer=producer,
                retry=True,
                retry_policy=PUBLISH,
                ignore_result=True,
            )


@contextmanager
def _producer() -> Iterator[Any]:
    """From a pool of our own: a connection of Celery's would try for seconds, where it was never connected before."""
    connection = current_app.connection_for_write(transport_options=PUBLISH | PATIENCE)
    with pools.producers[connection].acquire(block=True) as producer:
        yield producer
