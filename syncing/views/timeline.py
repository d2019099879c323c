"""What happened to a connection, and who did it."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from connections.access import actor_of
from connections.screen import SignedInRequest, show
from syncing.status.connections import connections_of, standing
from syncing.status.moments import moment
from syncing.status.streams import object_types
from syncing.status.timeline import FILTERS, timeline


@require_safe
def events(request: SignedInRequest, connection_id: UUID) -> HttpResponse:
    now, configs = timezone.now(), object_types()
    found = get_object_or_404(connections_of(actor_of(request)).filter(pk=connection_id))
    asked = request.GET.get("only", "")
    only = asked if asked in FILTERS else ""
    before = moment(request.GET.get("before", ""))
    context = {
        "standing": standing(found, configs, now),
        "timeline": timeline(found, only, before, configs),
        "filters": FILTERS.items(),
        "only": only,
        "newest": before is None,
    }
    return show(request, "syncing/timeline.html", context, workspace=found.workspace, now=now)
