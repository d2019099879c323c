"""The first minutes of an account: how far its first sync is, what is planned, and the way on when it is ready."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from connections.access import Actor, Role, actor_of
from connections.screen import SignedInRequest
from syncing.status import live
from syncing.status.connections import connections_of
from syncing.status.starting import Start, phases_of, start_of
from syncing.views.live import show_live, unchanged


@require_safe
def start(request: SignedInRequest, connection_id: UUID) -> HttpResponse:
    now, actor = timezone.now(), actor_of(request)
    jobs = phases_of(actor, connection_id)
    state = live.of_phases(jobs)
    if answer := unchanged(request, state):
        return answer
    begun = start_of(list(jobs), now)
    if begun is None:
        found = get_object_or_404(connections_of(actor), pk=connection_id)
        return HttpResponseRedirect(reverse("connection", args=[found.pk]))
    workspace = begun.connection.workspace
    context = _shown(begun, actor, now, is_awaited="HX-Request" in request.headers)
    return show_live(request, "start", context, workspace=workspace, now=now, live=state, running=[])


def _shown(begun: Start, actor: Actor, now: datetime, *, is_awaited: bool) -> dict[str, Any]:
    """leads_on: the person has waited for the end, and is led to the account."""
    return {
        "start": begun,
        "connection": begun.connection,
        "leads_on": begun.recent.state == "done" and (is_awaited or begun.is_just_done(now)),
        "may_operate": actor.may(Role.OPERATOR, begun.connection.workspace),
        "dashboard": reverse("connection", args=[begun.connection.pk]),
    }
