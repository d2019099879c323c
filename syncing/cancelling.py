"""Stop a job for good. What it has read stays, and so do the days that it has covered."""

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from syncing import schedules
from syncing.models import ConnectionSync, SyncJob

log = structlog.get_logger(__name__)


class HasEnded(Exception):
    """There is nothing to stop any more."""

    sentence, remedy = "This job has ended already.", "There is nothing to cancel."


def cancel(job_id: UUID, now: datetime) -> int:
    """Returns how many requests waited for it to end, and are dropped with it. Raises HasEnded."""
    with transaction.atomic():
        job = SyncJob.objects.locked(job_id)
        if not job.is_active:
            raise HasEnded
        dropped = len(job.rerun)
        job.cancel(now)
        schedules.bring_up_to_date(job, now)
        if job.lane == SyncJob.Lane.SYNC:
            ConnectionSync.job_cancelled(job.connection_id)
    log.info("job cancelled", job=str(job.pk), connection=str(job.connection_id), dropped=dropped)
    return dropped
