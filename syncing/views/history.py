"""All jobs of all connections that a person sees, and how well they went."""

from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from connections.access import actor_of
from connections.screen import SignedInRequest, show
from syncing.status.history import PHASES, STATES, Asked, page
from syncing.status.jobs import jobs_of
from syncing.status.streams import object_types
from syncing.status.success import figures


@require_safe
def history(request: SignedInRequest) -> HttpResponse:
    now, actor = timezone.now(), actor_of(request)
    asked, home = Asked.of(request.GET.dict()), actor.home()
    mine = actor.connections()
    chosen = mine.filter(pk=asked.connection) if asked.connection else mine
    context = {
        "asked": asked,
        "connections": mine.order_by("name", "pk").only("pk", "name"),
        "states": [(code, name) for code, (name, _) in STATES.items()],
        "phases": PHASES.items(),
        "page": page(asked.jobs(jobs_of(actor), home.zone if home else ZoneInfo("UTC"))),
        "figures": figures(chosen, object_types(), now),
    }
    return show(request, "syncing/history.html", context, workspace=home, now=now)
