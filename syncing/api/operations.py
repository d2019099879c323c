"""For an outside cron and for monitors: start what is due, and ask how the installation does."""

import threading
import time
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Min, Q
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from connections.api.bodies import moment, query, read
from connections.api.cron import ForOperations
from connections.api.schema import READING, WRITING, describe
from connections.models import Connection
from projects.models import MergeConflict
from syncing import inline, periodic, smart, wakeups
from syncing.api.shapes import Nothing
from syncing.models import ConnectionSync, SchedulerHeartbeat, SyncJob, SyncSchedule
from syncing.scheduler import Dispatched
from syncing.smart.shapes import Report
from syncing.status.workers import living, waiting

PATIENCE, LOOK = 25.0, 0.2
"""Seconds that a request waits for the creators' projects, and from one look to the next."""

MOST_WAITING = 2
"""Requests of a process that may wait at a time; others say at once how things stand."""

_waiting = threading.BoundedSemaphore(MOST_WAITING)


class SmartSyncQuery(serializers.Serializer[Any]):
    """project_id: one project of creators, as the answers name it; then nothing else is started. wait: 0 answers at
    once, with 202 where projects still run."""

    project_id = serializers.CharField(required=False)
    wait = serializers.ChoiceField(["0", "1"], default="1")


class SmartSyncResult(Report):
    """jobs, streams: started by this call because they were due. held_back: due, and waiting for calls or for what they
    depend on. results: of the creators' projects.

    queue: degraded while no worker can be told; the jobs start when one can.
    """

    jobs = serializers.IntegerField()
    streams = serializers.IntegerField()
    held_back = serializers.IntegerField()
    queue = serializers.ChoiceField(["degraded"], required=False)


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
    """active_connections: those that may run. due, stale: scheduled objects; running: jobs. total_projects,
    active_projects: of creators. cache_enabled: there is a broker, which workers are woken by. conflicts: questions
    about creators' numbers that wait for a person. last_sync, next_due: of the sheets of creators."""

    success = serializers.BooleanField()
    total_projects = serializers.IntegerField()
    active_projects = serializers.IntegerField()
    cache_enabled = serializers.BooleanField()
    conflicts = serializers.IntegerField()
    last_sync = moment(allow_null=True)
    next_due = moment(allow_null=True)
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
    """What Beat does every five minutes, for whoever has no Beat; and the creators' projects, due or not: a person or a
    cron has asked for them. It waits up to 25 seconds for these; what runs longer says "running" and goes on."""

    @describe(
        "admin_smart_sync",
        "Start everything that is due or stale, and the creators' projects",
        {
            200: ("What was started, and what came of the creators' projects.", SmartSyncResult),
            202: ("With wait=0: the same, while projects still run.", SmartSyncResult),
        },
        body=Nothing,
        query=(SmartSyncQuery,),
        problems=(*WRITING, 404, 429),
    )
    def post(self, request: Request) -> Response:
        read(request, Nothing)
        asked = query(request, SmartSyncQuery)
        project_id = asked.get("project_id")
        try:
            begun = smart.start(project_id, now=timezone.now(), trigger=SyncJob.Trigger.CRON)
        except smart.NoProject as unknown:
            raise NotFound("There is no such project.") from unknown
        done = Dispatched() if project_id else periodic.smart_sync(trigger=SyncJob.Trigger.CRON)
        inline.run()
        if asked["wait"] == "1":
            _wait_for(begun)
        said = smart.summary(begun) | {"jobs": done.jobs, "streams": done.streams, "held_back": done.held_back}
        if settings.BACKGROUND_SYNC_ENABLED and wakeups.is_broker_away():
            said["queue"] = "degraded"
        runs_on = asked["wait"] == "0" and said["running_count"]
        return Response(SmartSyncResult(said).data, status=202 if runs_on else 200)


def _wait_for(begun: smart.Round) -> None:
    """Nobody waits in a line: too many that wait would leave no thread for others."""
    if not _waiting.acquire(blocking=False):
        return
    try:
        deadline = time.monotonic() + PATIENCE
        while begun.is_running and time.monotonic() < deadline:
            time.sleep(LOOK)
    finally:
        _waiting.release()


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
        projects = smart.known_projects()
        sheets = projects.values("connection")
        due_next = SyncSchedule.objects.filter(connection__in=sheets).aggregate(at=Min("next_due_at"))["at"]
        synced = ConnectionSync.objects.filter(connection__in=sheets).aggregate(at=Max("last_sync_completed_at"))["at"]
        said = {
            "success": True,
            "total_projects": projects.count(),
            "active_projects": smart.active_projects().count(),
            "cache_enabled": bool(settings.REDIS_URL),
            "conflicts": MergeConflict.objects.filter(state="open", connection__in=kept).count(),
            "last_sync": synced,
            "next_due": due_next,
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
