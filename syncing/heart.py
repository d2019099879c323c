"""The pulse of one process, a worker or Beat: it lives, and it hears what there is to do."""

import os
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, InterfaceError, connections
from django.utils import timezone

from syncing import memory, wakeups
from syncing.models import SyncChunk, WorkerHeartbeat

log = structlog.get_logger(__name__)

DEAF_AFTER = timedelta(minutes=2)
FORGOTTEN_AFTER = timedelta(days=1)


class Pulse:
    """One row of WorkerHeartbeat."""

    def __init__(self, name: str, *, queues: Sequence[str], slots: int) -> None:
        self.name, self.queues, self.slots = name, queues, slots
        self.started_at = self.could_hear_since = timezone.now()

    def beat(self, *, has_beat: bool) -> bool:
        """Note that we live. True where deaf: for two minutes chunks of our queues have waited and nobody began any.

        Where the broker is away nobody can hear; once it is back, the worker has as long to find it again. So it has
        when chunks may run again that were paused or blocked, however old they are.
        """
        now = timezone.now()
        try:
            self._note(now, has_beat=has_beat)
            if not wakeups.broker_answers() or not _nobody_hears(self.queues, now):
                self.could_hear_since = now
            return now - self.could_hear_since > DEAF_AFTER
        except (DatabaseError, InterfaceError):
            log.warning("the database does not answer", exc_info=True)
            self.could_hear_since = now
            return False
        finally:
            connections.close_all()

    def stop(self) -> None:
        """Gone in good order: whoever asks who lives need not wait until the row is old."""
        try:
            WorkerHeartbeat.objects.filter(pk=self.name).delete()
        except (DatabaseError, InterfaceError):
            log.warning("the database does not answer", exc_info=True)
        finally:
            connections.close_all()

    def _note(self, now: datetime, *, has_beat: bool) -> None:
        row = {"queues": self.queues, "slots": self.slots, "has_beat": has_beat, "started_at": self.started_at}
        row |= {"seen_at": now, "memory_bytes": memory.family(os.getpid())}
        WorkerHeartbeat.objects.update_or_create(pk=self.name, defaults=row)
        WorkerHeartbeat.objects.filter(seen_at__lt=now - FORGOTTEN_AFTER).delete()


def _nobody_hears(queues: Sequence[str], now: datetime) -> bool:
    ours = SyncChunk.objects.filter(queue__in=queues)
    waiting = SyncChunk.objects.ready(now).filter(queue__in=queues, ready_at__lt=now - DEAF_AFTER)
    at_work = ours.running(now) | ours.filter(started_at__gt=now - DEAF_AFTER)
    return waiting.exists() and not at_work.exists()
