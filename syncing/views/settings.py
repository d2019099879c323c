"""The settings of each account: how often it is synced, and what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from connections.access import Role, actor_of
from connections.frequencies import CHOICES
from connections.models import Connection
from connections.screen import SignedInRequest
from syncing.pacing import known_from, offers, paces
from syncing.status import live
from syncing.status.connections import connections_of, newest_jobs_of, standings_of
from syncing.status.controls import controls, provider_buttons
from syncing.status.jobs import JobRow, job_row
from syncing.status.listing import Listing
from syncing.status.phases import Progress, phases
from syncing.status.streams import object_types
from syncing.status.upcoming import upcoming
from syncing.views.live import show_live, unchanged, watched

SHOWN = 3
"""Of the last jobs of an account; the page of the history has all."""


@dataclass(frozen=True)
class Past:
    phases: list[Progress]
    jobs: list[JobRow]


@require_safe
def settings(request: SignedInRequest) -> HttpResponse:
    now, actor = timezone.now(), actor_of(request)
    listing = Listing.asked(connections_of(actor), request.GET.dict(), now)
    state = live.of_connections(listing.shown())
    if answer := unchanged(request, state):
        return answer
    page, configs = listing.page(), object_types()
    rows = controls(actor, standings_of(page, now, with_ticks=False, configs=configs), watched(request), now)
    pace, past = paces(page, configs, now), _past(page)
    context = {
        "rows": [
            (
                row,
                pace[row.standing.connection.pk],
                upcoming(row.standing, now),
                offers(known_from(row.standing.connection, configs)),
                past[row.standing.connection.pk],
            )
            for row in rows
        ],
        "page": page,
        "listing": listing,
        "choices": CHOICES,
        "providers": provider_buttons(actor, now),
        "may_stop": actor.workspaces(Role.ADMIN).exists(),
    }
    running = [row.watch for row in rows if row.watch]
    return show_live(request, "settings", context, workspace=actor.home(), now=now, live=state, running=running)


def _past(page: Iterable[Connection]) -> dict[UUID, Past]:
    """Of each account: how far its phases are, and its last jobs."""
    found = list(page)
    progress, jobs = phases(found), newest_jobs_of([each.pk for each in found], SHOWN)
    return {each.pk: Past(progress.get(each.pk, []), list(map(job_row, jobs[each.pk][:SHOWN]))) for each in found}
