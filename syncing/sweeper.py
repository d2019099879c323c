"""Mend what a crash, a lost message or an absent broker left behind. Run every few seconds, by any of us."""

from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Count, Exists, OuterRef

from connections import erasing, forgetting
from syncing import ending, mail, wakeups, webhook
from syncing.models import SyncChunk, SyncJob

log = structlog.get_logger(__name__)


def sweep(now: datetime) -> None:
    """Close the jobs that nobody closed, wake workers wherever a chunk is ready, delete what is over or was removed,
    and send mails and messages to the webhook: last, because who takes them may take time."""
    for job in _abandoned():
        try:
            _advance(job, now)
        except Exception:
            log.exception("a job could not be brought on", job=str(job.pk))  # the others can
    ready = dict(SyncChunk.objects.ready(now).order_by().values_list("queue").annotate(Count("id")))
    for queue, number in sorted(ready.items()):
        wakeups.send(queue, number)
    forgetting.forget(now)
    erasing.erase_some(now)
    mail.send_waiting(now)
    webhook.send_waiting(now)


def _abandoned() -> list[SyncJob]:
    """Active, and without a chunk that would bring them on."""
    still_open = SyncChunk.objects.open().filter(sync_job=OuterRef("pk"))
    return list(SyncJob.objects.active().filter(~Exists(still_open)).order_by("created_at"))


def _advance(job: SyncJob, now: datetime) -> None:
    with transaction.atomic():
        locked = SyncJob.objects.locked(job.pk)
        if locked.is_active:
            ending.advance(locked, now)
