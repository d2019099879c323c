"""Is all well, and if not, what is wrong first? Everything that runs and waits, for whoever looks after it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from syncing import memory, wakeups
from syncing.models import SyncChunk, WorkerHeartbeat
from syncing.status.freshness import spoken
from syncing.status.notices import NO_BROKER, NO_WORKER, OFF, Notice, silence
from syncing.status.rounds import DAY, PRUNE, Round, rounds, silent
from syncing.status.workers import Waiting, unserved, waiting
from syncing.wakeups import BrokerState

LONG_WAIT = timedelta(minutes=5)
"""Work whose time has come is begun within seconds, unless there is more of it than slots."""

SHOWN, GONE_SHOWN = 50, 5
FULL = 0.9
"""Of the memory that a container may use; at the limit the system kills the largest process."""


@dataclass(frozen=True)
class QueueRow:
    """messages: wake-ups that wait in the broker; None where it does not answer."""

    name: str
    chunks: int
    since: datetime | None
    messages: int | None
    is_unserved: bool


@dataclass(frozen=True)
class Operations:
    """workers: that live. gone: that ended without a word within a day. leases: the first of them; lease_count: all.
    container: bytes used and allowed, where there is a limit."""

    workers: Sequence[WorkerHeartbeat]
    gone: Sequence[WorkerHeartbeat]
    rounds: Sequence[Round]
    queues: Sequence[Waiting]
    unserved: Sequence[str]
    leases: Sequence[SyncChunk]
    lease_count: int
    broker: BrokerState | None
    web_memory: int | None
    container: tuple[int, int] | None
    problems: Sequence[Notice]

    @property
    def has_beat(self) -> bool:
        return any(worker.has_beat for worker in self.workers)

    @property
    def messages(self) -> int | None:
        return sum(self.broker.messages.values()) if self.broker else None

    @property
    def ready_count(self) -> int:
        return sum(queue.chunks for queue in self.queues)

    @property
    def slots(self) -> int:
        return sum(worker.slots for worker in self.workers)

    @property
    def queue_rows(self) -> list[QueueRow]:
        messages = self.broker.messages if self.broker else {}
        return [
            QueueRow(each.queue, each.chunks, each.since, messages.get(each.queue), each.queue in self.unserved)
            for each in self.queues
        ]


def operations(now: datetime) -> Operations:
    leased = SyncChunk.objects.running(now)
    leases = leased.select_related("connection", "sync_job").order_by("started_at", "pk")[:SHOWN]
    workers = list(WorkerHeartbeat.alive(now).order_by("started_at", "pk"))
    gone = WorkerHeartbeat.objects.exclude(pk__in=[worker.pk for worker in workers]).order_by("-seen_at")
    found, queues, lonely = rounds(now), waiting(now), unserved(now)
    broker, container = wakeups.broker_state(), memory.container()
    problems = _problems(now, workers, found, queues, lonely, broker=broker, container=container)
    return Operations(
        workers,
        list(gone[:GONE_SHOWN]),
        found,
        queues,
        lonely,
        list(leases),
        leased.count(),
        broker,
        memory.web(),
        container,
        list(problems),
    )


def _problems(
    now: datetime,
    workers: Sequence[WorkerHeartbeat],
    found: Sequence[Round],
    queues: Sequence[Waiting],
    lonely: Sequence[str],
    *,
    broker: BrokerState | None,
    container: tuple[int, int] | None,
) -> Iterator[Notice]:
    """The worst first."""
    if settings.BACKGROUND_SYNC_ENABLED:
        yield from _of_processes(workers, lonely, broker)
        yield from _of_rounds(found, now)
    else:
        yield OFF
    for queue in queues:
        if queue.since and now - queue.since > LONG_WAIT:
            yield _waits_long(queue, now)
    if container and container[0] > FULL * container[1]:
        yield Notice(
            f"{100 * container[0] // container[1]} % of the container's memory is in use.",
            "At its limit the system kills the largest process. What it had in hand is read again.",
            "Give the container more memory, or lower WORKER_SLOTS.",
        )


def _of_processes(
    workers: Sequence[WorkerHeartbeat], lonely: Sequence[str], broker: BrokerState | None
) -> Iterator[Notice]:
    if broker is None:
        yield NO_BROKER
    if not any(worker.slots for worker in workers):
        yield NO_WORKER
    elif lonely:
        said = f"Work waits in {', '.join(lonely)}, and no worker that lives listens there."
        yield Notice("A queue has no worker.", said, "Start a worker with: --queues " + ",".join(lonely))


def _of_rounds(found: Sequence[Round], now: datetime) -> Iterator[Notice]:
    """Where nothing starts by itself, the other tasks are late for the same reason."""
    late = {each.name: each for each in found if each.missing_since(now)}
    starter = silent(late)
    if starter:
        yield silence(starter, now)
    for each in found:
        since = each.missing_since(now)
        if since and each.task.enabled and not (starter and each.every < DAY):
            yield _overdue(each, now - since)
        elif each.last and each.last.error and not since:
            title = f"The periodic task {each.name} failed when it last ran."
            yield Notice(title, f"It ended with {each.last.error}.", "Its traceback is in the worker's log.")


def _overdue(each: Round, time: timedelta) -> Notice:
    said = f"It should run {each.pace}, and has not for {spoken(time.total_seconds())}."
    remedy = "Run it by hand: manage.py prune" if each.name == PRUNE else "Look at the worker's log."
    return Notice(f"The periodic task {each.name} is overdue.", said, remedy)


def _waits_long(queue: Waiting, now: datetime) -> Notice:
    since = queue.since or now
    said = f"{queue.chunks} chunk{'' if queue.chunks == 1 else 's'} could run, the oldest for "
    return Notice(
        f"Work piles up in the queue {queue.queue}.",
        f"{said}{spoken((now - since).total_seconds())}. It is done in turn, with nothing lost.",
        "If that lasts, raise WORKER_SLOTS or start a second worker.",
    )
