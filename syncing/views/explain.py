"""Why did this sync or not? All streams of a connection, or one of them with all that was looked at."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from connections.access import actor_of
from connections.screen import SignedInRequest
from syncing import explaining
from syncing.status import live
from syncing.status.connections import connections_of
from syncing.views.live import show_live, unchanged


@require_safe
def explain(request: SignedInRequest, connection_id: UUID) -> HttpResponse:
    now, actor = timezone.now(), actor_of(request)
    mine = connections_of(actor).filter(pk=connection_id)
    state = live.of_connections(mine)
    if answer := unchanged(request, state):
        return answer
    found = get_object_or_404(mine)
    context = {"connection": found, "answers": explaining.explain_all(found, now).answers}
    return show_live(request, "explain", context, workspace=found.workspace, now=now, live=state, running=[])


@require_safe
def explain_stream(request: SignedInRequest, connection_id: UUID, stream: str) -> HttpResponse:
    now, actor = timezone.now(), actor_of(request)
    mine = connections_of(actor).filter(pk=connection_id)
    state = live.of_connections(mine)
    if answer := unchanged(request, state):
        return answer
    found = get_object_or_404(mine)
    try:
        explained = explaining.explain(found, stream, now)
    except LookupError as unknown:
        raise Http404 from unknown
    context = {"connection": found, "explained": explained, "answer": explained.answer}
    return show_live(request, "explain_stream", context, workspace=found.workspace, now=now, live=state, running=[])
