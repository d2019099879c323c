"""Which workers live, and what waits for them?"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min

from syncing.models import SyncChunk, WorkerHeartbeat
from syncing.wakeups import QUEUES


@dataclass(frozen=True)
class Waiting:
    """Chunks of one queue whose time has come. since: the oldest of them; None where none waits."""

    queue: str
    chunks: int
    since: datetime | None


def waiting(now: datetime) -> list[Waiting]:
    """Each queue, fastest first."""
    ready = SyncChunk.objects.ready(now).values_list("queue").annotate(Count("id"), Min("ready_at"))
    found = {queue: (chunks, since) for queue, chunks, since in ready.order_by("queue")}
    return [Waiting(queue, *found.get(queue, (0, None))) for queue in QUEUES]


def living(now: datetime) -> list[WorkerHeartbeat]:
    """Workers; Beat on its own takes no work."""
    return list(WorkerHeartbeat.alive(now).filter(slots__gt=0).order_by("started_at"))


def unserved(now: datetime) -> list[str]:
    """Queues in which work waits that no living worker listens to."""
    ready = SyncChunk.objects.ready(now).values_list("queue", flat=True).order_by("queue").distinct()
    waiting_in = list(ready)
    served = {queue for worker in living(now) for queue in worker.queues} if waiting_in else set()
    return [queue for queue in waiting_in if queue not in served]
