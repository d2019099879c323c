"""Addresses below /api/. Each answers with and without a slash at its end; the schema shows the first form."""

from collections.abc import Iterator

from django.urls import URLPattern, path
from rest_framework.views import APIView

from syncing.api import changes, connecting, connections, coverage, jobs, operations, sync


def both(shown: str, view: type[APIView], name: str) -> Iterator[URLPattern]:
    """A redirect between the two would lose the body."""
    other = shown.removesuffix("/") if shown.endswith("/") else f"{shown}/"
    yield path(shown, view.as_view(), name=name)
    yield path(other, view.as_view(schema=None))


urlpatterns = [
    *both("connections/", connections.Connections, "api_connections"),
    *both("connections/from-env", connecting.FromEnv, "api_from_env"),
    *both("connections/<uuid:connection_id>", connections.OneConnection, "api_connection"),
    *both("connections/<uuid:connection_id>/sync-now", sync.SyncNow, "api_sync_now"),
    *both("connections/<uuid:connection_id>/sync-entities", sync.SyncEntities, "api_sync_entities"),
    *both("connections/<uuid:connection_id>/sync-metrics", sync.SyncMetrics, "api_sync_metrics"),
    *both("connections/<uuid:connection_id>/backfill", sync.Backfill, "api_backfill"),
    *both("connections/<uuid:connection_id>/sync-frequency", sync.SyncFrequency, "api_sync_frequency"),
    *both("connections/<uuid:connection_id>/sync-status", sync.SyncStatus, "api_sync_status"),
    *both("admin/smart_sync", operations.SmartSync, "api_smart_sync"),
    *both("admin/sync_status", operations.SyncStatusOfAll, "api_sync_status_of_all"),
    *both("coverage/", coverage.CoverageOfConnections, "api_coverage"),
    *both("changes/", changes.Changes, "api_changes"),
    *both("jobs/", jobs.Jobs, "api_jobs"),
    *both("jobs/<uuid:job_id>", jobs.OneJob, "api_job"),
    *both("jobs/<uuid:job_id>/cancel", jobs.CancelJob, "api_cancel_job"),
    *both("jobs/<uuid:job_id>/resume", jobs.ResumeJob, "api_resume_job"),
    *both("jobs/<uuid:job_id>/retry", jobs.RetryJob, "api_retry_job"),
]
