"""Have a node of a tree read again at once: say how much that is, do it, and tell what came of it."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from connections.access import Role, actor_of, allowed_connection
from connections.models import Connection
from connections.screen import SignedInRequest, show
from projects.tree.lost import lost
from projects.tree.nodes import Node, find_node
from syncing import actions
from syncing.models import SyncJob
from syncing.scheduler import NotRunnable
from syncing.status import live
from syncing.status.jobs import job_row, jobs_of
from syncing.status.progress import progress_of
from syncing.views.actions import DEGRADED
from syncing.views.live import show_live, unchanged


@require_http_methods(["GET", "HEAD", "POST"])
def force(request: SignedInRequest, connection_id: UUID) -> HttpResponse:
    now, actor = timezone.now(), actor_of(request)
    connection = allowed_connection(actor, connection_id, Role.OPERATOR)
    node = _node(connection, request.POST if request.method == "POST" else request.GET)
    refusal = None
    if request.method == "POST":
        try:
            started = actions.force(connection, node, actor, now=now)
        except NotRunnable as found:
            refusal = found
        else:
            if started.degraded:
                messages.warning(request, DEGRADED)
            return HttpResponseRedirect(_progress_page(started.job, node, joined=started.deduplicated))
    running = SyncJob.objects.active().filter(connection=connection, lane=SyncJob.Lane.SYNC).first()
    context = {"connection": connection, "node": node, "refusal": refusal, "running": running}
    return show(request, "syncing/force.html", context, workspace=connection.workspace, now=now)


@require_safe
def forced(request: SignedInRequest, connection_id: UUID, job_id: UUID) -> HttpResponse:
    """The job that reads a node again, or that was joined for it."""
    now = timezone.now()
    mine = jobs_of(actor_of(request)).filter(connection=connection_id, pk=job_id)
    state = live.of_job(mine)
    if answer := unchanged(request, state):
        return answer
    job = get_object_or_404(mine)
    context = _told(job, _node(job.connection, request.GET), now) | {"is_joined": "joined" in request.GET}
    workspace = job.connection.workspace
    return show_live(request, "forced", context, workspace=workspace, now=now, live=state, running=[])


def _told(job: SyncJob, node: Node, now: datetime) -> dict[str, Any]:
    return {
        "connection": job.connection,
        "node": node,
        "row": job_row(job),
        "progress": progress_of([job], now)[0],
        "removed": lost(job.connection_id, job.created_at, job.closed_at or now),
    }


def _node(connection: Connection, asked: QueryDict) -> Node:
    found = find_node(connection, asked.get("kind", ""), asked.get("node", ""))
    if found is None:
        raise Http404
    return found


def _progress_page(job: SyncJob, node: Node, *, joined: bool = False) -> str:
    query = node.query + (f"&{urlencode({'joined': 1})}" if joined else "")
    return f"{reverse('forced', args=[job.connection_id, job.pk])}?{query}"
