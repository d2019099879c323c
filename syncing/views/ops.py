"""How does the installation do? For staff: its processes, queues, budgets, database and what it forgets."""

from datetime import datetime
from hashlib import blake2s
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from connections.access import actor_of, require_staff
from connections.screen import SignedInRequest
from syncing.models import SchedulerHeartbeat, SyncChunk, WorkerHeartbeat
from syncing.status import storage
from syncing.status.buckets import fullest
from syncing.status.kept import kept_rows
from syncing.status.live import Live
from syncing.status.operations import Operations, operations
from syncing.status.rounds import PRUNE, state
from syncing.status.versions import versions
from syncing.views.live import show_live, unchanged

BUCKETS = 20
EVERY = "10s"
"""As often as a worker shows that it lives."""


@require_safe
def ops(request: SignedInRequest) -> HttpResponse:
    require_staff(request.user)
    now, actor = timezone.now(), actor_of(request)
    drawn = _live(now)
    if answer := unchanged(request, drawn):
        return answer
    found = operations(now)
    context = {"ops": found, "every": EVERY} | _details(found, now)
    return show_live(request, "ops", context, workspace=actor.home(), now=now, live=drawn, running=[])


def _live(now: datetime) -> Live:
    """It always moves: as long as anything lives, its heartbeat does."""
    beats = list(WorkerHeartbeat.alive(now).order_by("pk").values_list("pk", "seen_at"))
    beats += SchedulerHeartbeat.objects.order_by("pk").values_list("pk", "ran_at")
    leases = list(SyncChunk.objects.running(now).order_by("pk").values_list("pk", flat=True))
    return Live(blake2s(repr((beats, leases)).encode(), digest_size=8).hexdigest(), is_running=True)


def _details(found: Operations, now: datetime) -> dict[str, Any]:
    pruned = next((each.last for each in found.rounds if each.name == PRUNE), None)
    return {
        "enabled": settings.BACKGROUND_SYNC_ENABLED,
        "round_rows": [(each, state(each, now)) for each in found.rounds],
        "buckets": fullest(now, most=BUCKETS),
        "size": storage.size(),
        "tables": storage.largest(),
        "pruned": pruned,
        "pruned_took": pruned.took_ms / 1000 if pruned else None,
        "deleted": sum(pruned.deleted.values()) if pruned else 0,
        "kept": kept_rows(pruned.deleted if pruned else {}, now),
        "versions": versions() | {"Database": storage.engine()} | _broker_version(found),
    }


def _broker_version(found: Operations) -> dict[str, str]:
    return {"Broker": found.broker.version} if found.broker else {}
