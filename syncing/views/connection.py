"""One connection: its state, its numbers, what is held of it and its jobs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from connections.models import Connection
from syncing.status.connections import connections_of, standing
from syncing.status.held import held
from syncing.status.jobs import NEWEST, newest_jobs, original_error, quarantined_count
from syncing.status.numbers import Numbers, account_numbers
from syncing.status.streams import object_types
from syncing.views.screen import SignedInRequest, show

RANGES = {"28": "28 days", "90": "90 days", "365": "One year"}
USUAL_RANGE, SHORTEST_RANGE = "90", "28"


def connection(request: SignedInRequest, connection_id: UUID) -> HttpResponse:
    now = timezone.now()
    found = get_object_or_404(connections_of(request.user), pk=connection_id)
    configs = object_types()
    stands = standing(found, configs, now)
    context = {"standing": stands, "held": held(found, configs, now), "quarantined": quarantined_count(found)}
    context |= _numbers(found, request.GET.get("days", ""), now) | _jobs(found, request.GET.get("before", ""))
    if stands.sync.last_sync_error:
        context["original"] = original_error(found)
    return show(request, "syncing/connection.html", context, workspace=found.workspace, now=now)


def _numbers(connection: Connection, asked: str, now: datetime) -> dict[str, Any]:
    days = asked if asked in RANGES else USUAL_RANGE
    numbers = account_numbers(connection, now, days=int(days))
    if not asked and len(numbers.days) <= int(SHORTEST_RANGE) + 1:
        days = SHORTEST_RANGE
        numbers = account_numbers(connection, now, days=int(days))
    return {"numbers": numbers, "ranges": RANGES, "range": days, "chart": _chart(connection, numbers)}


def _chart(connection: Connection, numbers: Numbers) -> dict[str, Any]:
    return {
        "currency": connection.currency,
        "dates": [day.date.isoformat() for day in numbers.days],
        "spend": [day.spend_micros / 1e6 for day in numbers.days],
        "conversions": [float(day.conversions) for day in numbers.days],
    }


def _jobs(connection: Connection, before: str) -> dict[str, Any]:
    try:
        moment = parse_datetime(before)
    except ValueError:
        moment = None
    rows = newest_jobs(connection, moment if moment and timezone.is_aware(moment) else None)
    older = rows[NEWEST - 1].job.created_at.isoformat() if len(rows) > NEWEST else ""
    return {"jobs": rows[:NEWEST], "older_than": older, "newest": not moment}
