"""Are the workers up, and what waits for them?"""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from syncing.status.workers import Waiting, living, unserved, waiting

NOBODY = 1


class Command(BaseCommand):
    help = "List the workers that live and the queues with what waits in them. Exits with 1 when work waits in vain."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        workers, queues = living(now), waiting(now)
        for worker in workers:
            beat = ", sends the periodic tasks" if worker.has_beat else ""
            self.stdout.write(f"{worker.name}: {worker.slots} slots on {', '.join(worker.queues)}{beat}")
        if not workers:
            self.stdout.write(_why_none())
        for queue in queues:
            self.stdout.write(f"{queue.queue}: {_described(queue)}")
        if lonely := unserved(now):
            self.stdout.write(f"No living worker listens to: {', '.join(lonely)}.")
            sys.exit(NOBODY)


def _why_none() -> str:
    if settings.BACKGROUND_SYNC_ENABLED:
        return "No worker lives. ./bin/run starts one; so does: celery -A config worker"
    return "Background sync is off (BACKGROUND_SYNC_ENABLED=false), so no worker is meant to live."


def _described(queue: Waiting) -> str:
    if not queue.chunks:
        return "nothing waits"
    return f"{queue.chunks} chunk{'s' if queue.chunks > 1 else ''} ready, the oldest since {queue.since:%H:%M:%SZ}"
