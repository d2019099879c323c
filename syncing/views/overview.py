"""The list of connections: how fresh is everything, and how does each of them stand?"""

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from connections.access import Role, actor_of
from connections.screen import SignedInRequest
from syncing import periodic
from syncing.pacing import paces
from syncing.status import live
from syncing.status.connections import connections_of, standings_of
from syncing.status.controls import controls
from syncing.status.listing import Listing
from syncing.status.overall import overall
from syncing.status.pulse import pulse
from syncing.status.streams import object_types
from syncing.status.upcoming import upcoming
from syncing.views.live import show_live, unchanged, watched

NEEDING_YOU = 5
"""Those that are told of above the list; the others are one click away."""


@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    now, actor = timezone.now(), actor_of(request)
    mine = connections_of(actor)
    listing = Listing.asked(mine, request.GET.dict(), now)
    state = live.of_connections(listing.shown())
    if answer := unchanged(request, state):
        return answer
    chips, page, configs = listing.chips(), listing.page(), object_types()
    total, needing = (next(chip.count for chip in chips if chip.code == code) for code in ("", "needs-you"))
    rows = controls(actor, standings_of(page, now, configs=configs), watched(request), now)
    pace = paces(page, configs, now)
    context = {
        "rows": [(row, pace[row.standing.connection.pk], upcoming(row.standing, now)) for row in rows],
        "page": page,
        "listing": listing,
        "chips": chips,
        "total": total,
        "needing": needing,
        "needing_you": standings_of(listing.needing_you()[:NEEDING_YOU], now, with_ticks=False) if needing else [],
        "needing_more": max(0, needing - NEEDING_YOU),
        "may_connect": actor.workspaces(Role.ADMIN).exists(),
        "overall": overall(mine, now) if total else None,
        "pulse": pulse(periodic.looks(), now),
    }
    running = [row.watch for row in rows if row.watch]
    return show_live(request, "overview", context, workspace=actor.home(), now=now, live=state, running=running)
