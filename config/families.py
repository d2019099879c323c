"""The families of metrics, each from one or two queries."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from syncing import memory, wakeups
from syncing.models import SchedulerHeartbeat, SyncChunk, WorkerHeartbeat
from syncing.status import storage
from syncing.status.buckets import fullest
from syncing.status.figures import Streams, jobs, streams
from syncing.status.versions import versions
from syncing.status.workers import waiting

BUCKETS = 200
"""At most so many, the fullest: each is a time series of its own."""

Values = Mapping[Any, float]
"""By the values of the labels."""


class Families(Collector):
    def __init__(self, now: datetime, *, enabled: bool) -> None:
        self.now, self.enabled = now, enabled

    def collect(self) -> Iterator[Metric]:
        yield from self._work()
        yield from self._streams()
        yield from self._budgets()
        yield from self._schedule()
        yield from self._processes()
        yield from self._broker()
        yield _gauge("database_bytes", "Size of the database.", storage.size())
        running = {(*versions().values(), storage.engine()): 1}
        names = (*(name.lower() for name in versions()), "database")
        yield _gauge("build_info", "What runs here.", running, *names)

    def _work(self) -> Iterator[Metric]:
        queues = waiting(self.now)
        ready = {(each.queue,): each.chunks for each in queues}
        oldest = {(each.queue,): _age(each.since, self.now) for each in queues}
        yield _gauge("chunks_ready", "Chunks that could run now.", ready, "queue")
        yield _gauge("chunks_ready_oldest_seconds", "How long the oldest of them has waited.", oldest, "queue")
        leases = SyncChunk.objects.running(self.now).count()
        yield _gauge("leases_running", "Chunks that are being read.", leases)
        ended = {(status,): number for status, number in jobs(self.now).items()}
        yield _gauge("jobs", "Active jobs, and those that ended within the hour.", ended, "status")

    def _streams(self) -> Iterator[Metric]:
        found = streams(self.now)
        number = {(each.provider, each.state): each.number for each in found}
        yield _gauge("streams", "Object types of connections by how fresh they are.", number, "provider", "state")
        yield _gauge("schedules_due", "Due now.", _sums(found, "due"), "provider")
        yield _gauge("schedules_overdue", "Due for more than 15 minutes.", _sums(found, "overdue"), "provider")
        worst = _worst(found, self.now)
        yield _gauge("oldest_read_seconds", "Age of what is scheduled and was read longest ago.", worst, "provider")
        yield _gauge(
            "on_time_ratio", "Share of what is scheduled that is no older than it may be.", _ratio(found), "provider"
        )

    def _budgets(self) -> Iterator[Metric]:
        found = fullest(self.now, most=BUCKETS)
        used = {(each.key,): each.used for each in found if each.allowed is not None}
        allowed = {(each.key,): each.allowed for each in found if each.allowed is not None}
        blocked = {(each.key,): -_age(each.blocked_until, self.now) for each in found if each.blocked_until}
        yield _gauge("budget_calls_used", "Calls of the last hour.", used, "bucket")
        yield _gauge("budget_calls_allowed", "Calls that an hour may hold.", allowed, "bucket")
        yield _gauge("budget_blocked_seconds", "Until its block ends.", blocked, "bucket")

    def _schedule(self) -> Iterator[Metric]:
        found = list(SchedulerHeartbeat.objects.order_by("name"))
        since = {(each.name,): _age(each.ran_at, self.now) for each in found}
        yield _gauge("scheduler_heartbeat_seconds", "Since the periodic task last ran.", since, "task")
        took = {(each.name,): each.took_ms / 1000 for each in found}
        yield _gauge("scheduler_took_seconds", "How long its last run took.", took, "task")
        for name, said in (
            ("jobs", "Jobs that its last run started."),
            ("held_back", "Due streams that it held back."),
        ):
            yield _gauge(f"scheduler_{name}", said, {(each.name,): getattr(each, name) for each in found}, "task")
        failed = {(each.name,): float(bool(each.error)) for each in found}
        yield _gauge("scheduler_failed", "1 where its last run ended with an error.", failed, "task")
        yield _gauge("background_sync_enabled", "1 where the schedule is meant to run.", float(self.enabled))

    def _processes(self) -> Iterator[Metric]:
        alive = list(WorkerHeartbeat.alive(self.now).order_by("name"))
        yield _gauge("workers_alive", "Workers that live.", sum(each.slots > 0 for each in alive))
        yield _gauge("worker_slots", "Chunks that they can run at a time.", sum(each.slots for each in alive))
        yield _gauge(
            "beat_alive",
            "Processes that send the periodic tasks: one, or nothing starts by itself.",
            sum(each.has_beat for each in alive),
        )
        held = {("worker" if each.slots else "beat", each.name): each.memory_bytes for each in alive}
        held[("web", "")] = memory.web()
        known = {name: number for name, number in held.items() if number is not None}
        yield _gauge("process_memory_bytes", "Memory of each process, with its children.", known, "role", "process")
        if container := memory.container():
            yield _gauge("container_memory_bytes", "Memory in use by the container that answers.", container[0])
            yield _gauge("container_memory_limit_bytes", "Memory that it may use.", container[1])

    def _broker(self) -> Iterator[Metric]:
        state = wakeups.broker_state()
        yield _gauge("broker_up", "1 where the broker answers.", float(state is not None))
        if state:
            messages = {(queue,): number for queue, number in state.messages.items()}
            yield _gauge("broker_messages", "Wake-ups that no worker has taken yet.", messages, "queue")
            yield _gauge("broker_memory_bytes", "Memory of the broker.", state.memory_bytes)


def _gauge(name: str, said: str, values: Values | float, *labels: str) -> Metric:
    """values: a number where there are no labels."""
    family = GaugeMetricFamily(f"freshet_{name}", said, labels=labels)
    for key, value in (values if isinstance(values, Mapping) else {(): values}).items():
        family.add_metric(key, value)
    return family


def _age(moment: datetime | None, now: datetime) -> float:
    return (now - moment).total_seconds() if moment else 0.0


def _sums(found: Iterable[Streams], name: str) -> dict[tuple[str, ...], float]:
    """By provider. A paused connection's streams are due for nobody."""
    sums: dict[tuple[str, ...], float] = {}
    for each in found:
        counts = 0 if each.state == "paused" else getattr(each, name)
        sums[(each.provider,)] = sums.get((each.provider,), 0) + counts
    return sums


def _ratio(found: Sequence[Streams]) -> dict[tuple[str, ...], float]:
    scheduled, on_time = _sums(found, "scheduled"), _sums(found, "on_time")
    return {provider: on_time[provider] / number for provider, number in scheduled.items() if number}


def _worst(found: Iterable[Streams], now: datetime) -> dict[tuple[str, ...], float]:
    ages: dict[tuple[str, ...], float] = {}
    for each in found:
        if each.scheduled and each.state != "paused":
            ages[(each.provider,)] = max(ages.get((each.provider,), 0), _age(each.oldest, now))
    return ages
