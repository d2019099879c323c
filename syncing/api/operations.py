"""For an outside cron and for monitors: start what is due, and ask how the installation does."""

from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from connections.api.bodies import read
from connections.api.cron import ForOperations
from connections.api.schema import READING, WRITING, describe
from connections.models import Connection
from syncing import inline, periodic, wakeups
from syncing.api.shapes import Nothing, moment
from syncing.models import SchedulerHeartbeat, SyncJob, SyncSchedule
from syncing.status.workers import living, waiting


class SmartSyncResult(serializers.Serializer[Any]):
    """jobs, streams: started by this call. held_back: due, and waiting for calls or for what they depend on.

    queue: degraded while no worker can be told; the jobs start when one can.
    """

    success = serializers.BooleanField()
    jobs = serializers.IntegerField()
    streams = serializers.IntegerField()
    held_back = serializers.IntegerField()
    queue = serializers.ChoiceField(["degraded"], required=False)
    timestamp = moment()


class QueueOut(serializers.Serializer[Any]):
    """ready: chunks whose time has come. since: of the one that waits longest."""

    queue = serializers.CharField()
    ready = serializers.IntegerField(source="chunks")
    since = moment(allow_null=True)


class TickOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    ran_at = moment()
    took_ms = serializers.IntegerField()
    jobs = serializers.IntegerField()
    held_back = serializers.IntegerField()
    error = serializers.CharField(allow_blank=True)


class InstallationStatus(serializers.Serializer[Any]):
    """active_connections: those that may run. due, stale: scheduled objects; running: jobs."""

    success = serializers.BooleanField()
    background_sync = serializers.BooleanField()
    total_connections = serializers.IntegerField()
    active_connections = serializers.IntegerField()
    scheduled = serializers.IntegerField()
    due = serializers.IntegerField()
    stale = serializers.IntegerField()
    running = serializers.IntegerField()
    workers = serializers.IntegerField()
    queues = QueueOut(many=True)
    scheduler = TickOut(many=True)
    timestamp = moment()


class SmartSync(ForOperations):
    """What Beat does every five minutes, for whoever has no Beat."""

    @describe(
        "admin_smart_sync",
        "Start everything that is due or stale",
        {200: ("What was started.", SmartSyncResult)},
        body=Nothing,
        problems=(*WRITING, 404, 429),
    )
    def post(self, request: Request) -> Response:
        read(request, Nothing)
        if "project_id" in request.query_params:
            raise NotFound("There is no such project.")
        done = periodic.smart_sync(trigger=SyncJob.Trigger.CRON)
        inline.run()
        counts = {"jobs": done.jobs, "streams": done.streams, "held_back": done.held_back}
        said: dict[str, Any] = {"success": True} | counts
        if settings.BACKGROUND_SYNC_ENABLED and wakeups.is_broker_away():
            said["queue"] = "degraded"
        return Response(SmartSyncResult(said | {"timestamp": timezone.now()}).data)


class SyncStatusOfAll(ForOperations):
    @describe(
        "admin_sync_status",
        "How does the installation do?",
        {200: ("Now.", InstallationStatus)},
        problems=(*READING, 403, 429),
    )
    def get(self, request: Request) -> Response:
        now = timezone.now()
        kept = Connection.objects.kept()
        scheduled = Count("id", filter=Q(next_due_at__isnull=False))
        due = Count("id", filter=Q(next_due_at__lte=now))
        stale = Count("id", filter=Q(next_due_at__isnull=False) & (Q(stale_at__lte=now) | Q(stale_at__isnull=True)))
        counts = SyncSchedule.objects.filter(connection__in=kept).aggregate(scheduled=scheduled, due=due, stale=stale)
        said = {
            "success": True,
            "background_sync": settings.BACKGROUND_SYNC_ENABLED,
            "total_connections": kept.count(),
            "active_connections": kept.filter(Connection.runnable()).count(),
            "running": SyncJob.objects.active().count(),
            "workers": len(living(now)),
            "queues": waiting(now),
            "scheduler": SchedulerHeartbeat.objects.order_by("name"),
            "timestamp": now,
        }
        return Response(InstallationStatus(said | counts).data)
