"""The smart sync as a plain call: without Celery, without Redis, in this process."""

import threading
from typing import Any

from django.conf import settings
from django.utils import timezone

from syncing import foreground
from syncing.models import SyncJob
from syncing.smart.asked import Round, start
from syncing.smart.results import outcomes
from syncing.smart.shapes import Report


def sync_all_projects_standalone(*, stop: threading.Event | None = None) -> dict[str, Any]:
    """Read the sheets and platforms of all active projects here, to the end, and say what came of it: the keys of
    `POST /api/admin/smart_sync`. Sheets and logins are those of the connections. stop: set it to end early; what is not
    done then says "running", and goes on with whoever looks at the queue."""
    return _run(None, stop)


def sync_project_standalone(project_id: str, *, stop: threading.Event | None = None) -> dict[str, Any]:
    """The same for one project, by its UUID. Raises NoProject."""
    return _run(project_id, stop)


def _run(project_id: str | None, stop: threading.Event | None) -> dict[str, Any]:
    begun = start(project_id, now=timezone.now(), trigger=SyncJob.Trigger.COMMAND)
    foreground.run_jobs(list(begun.jobs.values()), threads=settings.WORKER_SLOTS, stop=stop or threading.Event())
    return report(begun)


def report(begun: Round) -> dict[str, Any]:
    """What came of it so far, as JSON has it."""
    return dict(Report(summary(begun)).data)


def summary(begun: Round) -> dict[str, Any]:
    """The same before it is JSON."""
    now = timezone.now()
    found = outcomes(begun, now)
    return {
        "success": True,
        "total_projects": len(found),
        "success_count": sum(each.success is True for each in found),
        "error_count": sum(each.success is False for each in found),
        "running_count": sum(each.success is None for each in found),
        "results": found,
        "timestamp": now,
    }
