"""One connection: its state, its numbers, what is held of it and its jobs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from connections.access import actor_of
from connections.models import Connection
from connections.screen import SignedInRequest
from projects.numbers.daily import chart
from projects.numbers.metrics import METRICS
from syncing.pacing import paces
from syncing.status import live
from syncing.status.connections import connections_of, standing
from syncing.status.controls import controls
from syncing.status.held import held
from syncing.status.jobs import NEWEST, newest_jobs, newest_quarantined, original_error, quarantined_count
from syncing.status.moments import moment
from syncing.status.numbers import account_numbers
from syncing.status.phases import may_start_history
from syncing.status.streams import object_types
from syncing.status.upcoming import upcoming
from syncing.views.live import show_live, unchanged, watched

RANGES = {"28": "28 days", "90": "90 days", "365": "One year"}
USUAL_RANGE, SHORTEST_RANGE = "90", "28"


@require_safe
def connection(request: SignedInRequest, connection_id: UUID) -> HttpResponse:
    now, actor = timezone.now(), actor_of(request)
    mine = connections_of(actor).filter(pk=connection_id)
    state = live.of_connections(mine)
    if answer := unchanged(request, state):
        return answer
    found = get_object_or_404(mine)
    configs = object_types()
    stands = standing(found, configs, now)
    (row,) = controls(actor, [stands], watched(request), now)
    context = {"row": row, "standing": stands, "held": held(found, configs, now)}
    context |= {"pace": paces([found], configs, now)[found.pk], "upcoming": upcoming(stands, now)}
    aside = quarantined_count(found)
    context |= {"quarantined": aside, "aside": newest_quarantined(found) if aside else []}
    context |= _numbers(found, request.GET.get("days", ""), now) | _jobs(found, request.GET.get("before", ""))
    context["may_start_history"] = may_start_history(found)
    if stands.sync.last_sync_error:
        context["original"] = original_error(found)
    running = [row.watch] if row.watch else []
    return show_live(request, "connection", context, workspace=found.workspace, now=now, live=state, running=running)


def _numbers(connection: Connection, asked: str, now: datetime) -> dict[str, Any]:
    days = asked if asked in RANGES else USUAL_RANGE
    numbers = account_numbers(connection, now, days=int(days))
    if not asked and len(numbers.days) <= int(SHORTEST_RANGE) + 1:
        days = SHORTEST_RANGE
        numbers = account_numbers(connection, now, days=int(days))
    drawn = chart(numbers.days, numbers.currency, METRICS["spend"], METRICS["conversions"])
    return {"numbers": numbers, "ranges": RANGES, "range": days, "chart": drawn}


def _jobs(connection: Connection, before: str) -> dict[str, Any]:
    since = moment(before)
    rows = newest_jobs(connection, since)
    older = rows[NEWEST - 1].job.created_at.isoformat() if len(rows) > NEWEST else ""
    return {"jobs": rows[:NEWEST], "older_than": older, "newest": not since}
