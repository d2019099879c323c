"""Start a sync of a connection, set its pace, ask how it stands."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from connections.access import Role, allowed_connection
from connections.api.bodies import read
from connections.api.endpoint import Endpoint
from connections.api.problems import Conflict
from connections.api.schema import READING, WRITING, describe
from connections.models import Connection
from syncing import actions, scheduler
from syncing.actions import Started
from syncing.api import examples
from syncing.api.reporting import reported
from syncing.api.shapes import (
    QUEUED,
    ConnectionSyncReport,
    ConnectionSyncStatus,
    MetricsRequest,
    Nothing,
    SyncFrequencyUpdate,
    SyncJobResponse,
    SyncRequest,
)
from syncing.scope import Scope
from syncing.status.ranges import oldest

STARTED: Any = {
    200: ("It was running already; this is its job.", SyncJobResponse),
    202: ("A new job.", SyncJobResponse),
}


class SyncNow(Endpoint):
    @describe(
        "connections_sync_now",
        "Sync now, or join the sync that runs",
        STARTED,
        body=SyncRequest,
        problems=(*WRITING, 404, 409),
        examples=examples.SYNC,
    )
    def post(self, request: Request, connection_id: UUID) -> Response:
        connection = allowed_connection(self.actor, connection_id, Role.OPERATOR)
        asked = read(request, SyncRequest)
        streams = _known(connection, asked.get("streams", []))
        return sync(self, connection, Scope(streams, *_days(connection, asked)))


class SyncEntities(Endpoint):
    @describe(
        "connections_sync_entities",
        "Sync now, but only the lists of objects",
        STARTED,
        body=Nothing,
        problems=(*WRITING, 404, 409),
        examples=examples.SYNC,
    )
    def post(self, request: Request, connection_id: UUID) -> Response:
        connection = allowed_connection(self.actor, connection_id, Role.OPERATOR)
        read(request, Nothing)
        return sync(self, connection, Scope(_enabled(connection, dated=False)))


class SyncMetrics(Endpoint):
    @describe(
        "connections_sync_metrics",
        "Sync now, but only the daily numbers",
        STARTED,
        body=MetricsRequest,
        problems=(*WRITING, 404, 409),
        examples=examples.SYNC,
    )
    def post(self, request: Request, connection_id: UUID) -> Response:
        connection = allowed_connection(self.actor, connection_id, Role.OPERATOR)
        days = _days(connection, read(request, MetricsRequest))
        return sync(self, connection, Scope(_enabled(connection, dated=True), *days))


class Backfill(Endpoint):
    @describe(
        "connections_backfill",
        "Read what was before the recent days, or join the job that does",
        STARTED,
        body=Nothing,
        problems=(*WRITING, 404, 409),
        examples=examples.SYNC,
    )
    def post(self, request: Request, connection_id: UUID) -> Response:
        connection = allowed_connection(self.actor, connection_id, Role.OPERATOR)
        read(request, Nothing)
        try:
            return started(actions.start_history(connection, self.actor, now=timezone.now()))
        except scheduler.NotRunnable as refusal:
            raise Conflict(refusal.sentence, refusal.remedy) from refusal


class SyncFrequency(Endpoint):
    @describe(
        "connections_sync_frequency",
        "Choose how often it is read; what runs goes on",
        {200: ("As it stands now.", ConnectionSyncStatus)},
        body=SyncFrequencyUpdate,
        problems=(*WRITING, 404),
        examples=examples.FREQUENCY,
    )
    def patch(self, request: Request, connection_id: UUID) -> Response:
        connection = allowed_connection(self.actor, connection_id, Role.OPERATOR)
        frequency = read(request, SyncFrequencyUpdate)["sync_frequency"]
        actions.set_frequency(connection, self.actor, frequency, now=timezone.now())
        connection.sync.refresh_from_db()
        return Response(ConnectionSyncStatus(connection).data)


@method_decorator(conditional_page, name="dispatch")
class SyncStatus(Endpoint):
    @describe(
        "connections_sync_status",
        "How does it stand?",
        {200: ("Now.", ConnectionSyncReport), 304: ("As the ETag in If-None-Match.", None)},
        problems=(*READING, 404),
        examples=[examples.SYNC_STATUS],
    )
    def get(self, request: Request, connection_id: UUID) -> Response:
        connection = allowed_connection(self.actor, connection_id, Role.VIEWER)
        return Response(ConnectionSyncReport(reported(connection, timezone.now())).data)


def sync(endpoint: Endpoint, connection: Connection, scope: Scope) -> Response:
    """Raises Conflict."""
    try:
        begun = actions.sync_now(connection, endpoint.actor, now=timezone.now(), scope=scope)
    except scheduler.NotRunnable as refusal:
        raise Conflict(refusal.sentence, refusal.remedy) from refusal
    return started(begun)


def started(begun: Started) -> Response:
    said: dict[str, Any] = {"job_id": str(begun.job.pk), "status": QUEUED}
    if begun.deduplicated:
        said["deduplicated"] = True
    if begun.degraded:
        said["queue"] = "degraded"
    return Response(said, status=200 if begun.deduplicated else 202)


def _known(connection: Connection, names: Sequence[str]) -> tuple[str, ...]:
    known = [stream.name for stream in connection.source_class.streams]
    if set(names) - set(known):
        raise ValidationError({"streams": [f"Choose from: {', '.join(known)}."]})
    return tuple(name for name in known if name in names)


def _enabled(connection: Connection, *, dated: bool) -> tuple[str, ...]:
    streams = [stream for stream in scheduler.enabled_streams(connection) if bool(stream.cursor_field) is dated]
    if not streams:
        raise Conflict("Nothing of this kind is switched on for this provider.", "Use sync-now.")
    return tuple(stream.name for stream in streams)


def _days(connection: Connection, asked: dict[str, Any]) -> tuple[date | None, date | None]:
    """The first and the last day. Raises ValidationError."""
    today = timezone.now().astimezone(connection.zone).date()
    since, until = asked.get("since"), asked.get("until")
    if since is None:
        if until is not None:
            raise ValidationError({"until": ["It needs since."]})
        return None, None
    until, first = until or today, oldest(connection, today)
    if since < first:
        raise ValidationError(
            {"since": [f"The provider keeps numbers of this account since {first}: give that day or later."]}
        )
    if until > today:
        raise ValidationError(
            {"until": [f"It is {today} in the account's time zone: give that day or an earlier one."]}
        )
    if since > until:
        raise ValidationError({"since": [f"{since} is after {until}: give the earlier day first."]})
    return since, until
