"""The buttons of the control room: each does one thing, says so and leads back to its page."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from connections import accounts, registry
from connections.access import Actor, Role, actor_of, allowed_connection, require
from connections.frequencies import choice
from connections.models import Connection
from connections.screen import SignedInRequest
from syncing import actions
from syncing.models import SyncJob
from syncing.scheduler import NotRunnable
from syncing.status.connections import connections_of, standing
from syncing.status.controls import awaited
from syncing.status.jobs import jobs_of
from syncing.status.outcomes import Watch
from syncing.status.streams import object_types, sync_of
from syncing.status.upcoming import announced
from syncing.views.live import back, with_query

DEGRADED = "Queued; no worker can be reached right now. It starts by itself."
MOST_STARTED = 200
"""Accounts that one press starts: each takes some milliseconds, and a person waits."""

NAMED = 5
"""Refusals that are said in words; more are only counted."""


@require_POST
def sync_now(request: SignedInRequest, connection_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    connection = allowed_connection(actor, connection_id, Role.OPERATOR)
    refused: list[str] = []
    began = _start(connection, actor, refused)
    if began is None:
        messages.error(request, refused[0])
        return back(request, anchor=_place(connection))
    started, watch = began
    if started.degraded:
        messages.warning(request, DEGRADED)
    return back(request, [watch], anchor=_place(connection))


@require_POST
def sync_provider(request: SignedInRequest) -> HttpResponse:
    """Every account of one provider that this person may sync, and of which nobody waits for a sync already."""
    actor, provider = actor_of(request), request.POST.get("provider", "")
    mine = actor.connections(Role.OPERATOR).filter(provider__in=registry.SOURCES.keys() & {provider})
    running = awaited(SyncJob.objects.active().filter(connection__in=mine, lane=SyncJob.Lane.SYNC))
    joined, idle = running.count(), mine.exclude(pk__in=running.values("connection"))
    left = max(0, idle.count() - MOST_STARTED)
    refused: list[str] = []
    some = idle.select_related("workspace", "credential", "sync").order_by("name", "id")[:MOST_STARTED]
    started = [each for connection in some if (each := _start(connection, actor, refused))]
    _tell(request, len(started), joined, refused)
    if left:
        messages.warning(
            request, f"{left} more account{'' if left == 1 else 's'} could not be started at once: press again."
        )
    if any(each.degraded for each, _ in started):
        messages.warning(request, DEGRADED)
    return back(request, [watch for _, watch in started])


def _start(connection: Connection, actor: Actor, refused: list[str]) -> tuple[actions.Started, Watch] | None:
    changes_before = sync_of(connection).total_syncs_with_changes
    try:
        started = actions.sync_now(connection, actor, now=timezone.now())
    except NotRunnable as refusal:
        refused.append(f"{connection.name}: {refusal.sentence} {refusal.remedy}")
        return None
    return started, Watch(started.job.pk, changes_before)


def _tell(request: SignedInRequest, new: int, joined: int, refused: list[str]) -> None:
    parts = [f"{new} sync{'' if new == 1 else 's'} started"] if new else []
    parts += [f"{joined} already running"] if joined else []
    if parts or not refused:
        messages.info(request, f"{', '.join(parts) or 'There is no account to sync'}.")
    for sentence in refused[:NAMED]:
        messages.error(request, sentence)
    if more := len(refused[NAMED:]):
        messages.error(request, f"{more} more could not be started.")


@require_POST
def set_frequency(request: SignedInRequest, connection_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    connection = allowed_connection(actor, connection_id, Role.OPERATOR)
    try:
        chosen = choice(request.POST.get("sync_frequency", ""))
    except LookupError as mistake:
        messages.error(request, f"Nothing was saved. {mistake}")
        return back(request, anchor=_place(connection))
    now = timezone.now()
    actions.set_frequency(connection, actor, chosen.value, now=now)
    running = SyncJob.objects.active().filter(connection=connection, lane=SyncJob.Lane.SYNC).exists()
    goes_on = " The sync that runs goes on undisturbed." if running else ""
    stands = standing(connections_of(actor).get(pk=connection.pk), object_types(), now)
    messages.success(request, f"Saved. {connection.name}: {chosen.label}. {announced(stands, now)}{goes_on}")
    return back(request, anchor=_place(connection))


@require_POST
def pause(request: SignedInRequest, connection_id: UUID) -> HttpResponse:
    return _set_paused(request, connection_id, paused=True, said="Paused. Nothing runs until somebody resumes it.")


@require_POST
def resume(request: SignedInRequest, connection_id: UUID) -> HttpResponse:
    return _set_paused(request, connection_id, paused=False, said="Resumed.")


def _set_paused(request: SignedInRequest, connection_id: UUID, *, paused: bool, said: str) -> HttpResponse:
    actor = actor_of(request)
    connection = allowed_connection(actor, connection_id, Role.OPERATOR)
    accounts.change(connection, actor, now=timezone.now(), paused=paused)
    messages.success(request, f"{connection.name}: {said}")
    return back(request)


@require_POST
def retry_failed(request: SignedInRequest, job_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    job = get_object_or_404(jobs_of(actor), pk=job_id)
    require(actor, Role.OPERATOR, job.connection.workspace)
    changes_before = sync_of(job.connection).total_syncs_with_changes
    try:
        started = actions.retry_failed(job, actor, now=timezone.now())
    except NotRunnable as refusal:
        messages.error(request, f"{refusal.sentence} {refusal.remedy}")
        return back(request)
    if started.degraded:
        messages.warning(request, DEGRADED)
    if request.POST.get("from") == "start":
        return HttpResponseRedirect(reverse("start", args=[job.connection_id]))
    address = with_query(reverse("job", args=[started.job.pk]), {"watch": [str(Watch(started.job.pk, changes_before))]})
    return HttpResponseClientRedirect(address) if request.headers.get("HX-Request") else HttpResponseRedirect(address)


def _place(connection: Connection) -> str:
    return f"account-{connection.pk}"
