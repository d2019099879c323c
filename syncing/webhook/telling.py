"""What is the webhook told, now that a job has ended?"""

from datetime import datetime
from typing import Any

import orjson
from django.conf import settings

from projects.models import CreatorProject
from syncing.models import SyncJob, WebhookMessage

Status = SyncJob.Status


def tell(job: SyncJob, now: datetime) -> None:
    """Write the message about a job that has just been closed, in the transaction that closed it.

    None of a sync that nobody asked for, that went well and found nothing new: a fast account has hundreds a day.
    """
    if not settings.WEBHOOK_URL or _is_quiet(job):
        return
    event = WebhookMessage.Event.COMPLETED if job.status == Status.COMPLETED else WebhookMessage.Event.FAILED
    WebhookMessage.objects.create(
        connection=job.connection,
        event=event,
        body=orjson.dumps(_body(job, event, now), option=orjson.OPT_UTC_Z).decode(),
        created_at=now,
        send_at=now,
    )


def _is_quiet(job: SyncJob) -> bool:
    changed = job.records_created + job.records_updated
    return job.status == Status.COMPLETED and not changed and not job.urgent


def _body(job: SyncJob, event: str, now: datetime) -> dict[str, Any]:
    """type, timestamp, data: as Standard Webhooks has them. No secret, no row of anybody's data."""
    connection = job.connection
    projects = CreatorProject.objects.filter(connection=connection, missing_since__isnull=True).order_by("position")
    about = {
        "connection_id": connection.pk,
        "provider": connection.provider,
        "account": connection.name,
        "job_id": job.pk,
        "status": str(job.status),
        "trigger": str(job.trigger),
        "started_at": job.started_at,
        "closed_at": job.closed_at,
        "error": job.error,
        "remedy": job.remedy,
        "projects": [{"project_id": each.uuid, "project_name": str(each)} for each in projects],
    }
    return {"type": str(event), "timestamp": now, "data": about | job.counts()}
