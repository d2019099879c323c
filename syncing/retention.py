"""What is kept for how long? The data, the ledger of days and the audit are not in the list: they stay.

Sessions and pasted logins that have ended go with the sweep (connections.forgetting).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Exists, Model, OuterRef, Q

from projects.models import Change
from syncing.models import CallBudget, Decision, Mail, SyncChunk, SyncJob, WebhookMessage, WorkerHeartbeat


@dataclass(frozen=True)
class Kept:
    """Rows of one kind, looked at in the order in which they became old.

    order: the column of that order, indexed. age: the column that tells how old a row is. may_go: of the old ones,
    those that nothing needs any more. cut: a moment in the terms of the column age.
    """

    name: str
    model: type[Model]
    order: str
    age: str
    time: timedelta
    may_go: Callable[[datetime], Q] = field(default=lambda _: Q())
    cut: Callable[[datetime], object] = field(default=lambda moment: moment)

    def before(self, now: datetime) -> object:
        """What is older than this, in the terms of its column, is old."""
        return self.cut(now - self.time)


def everything_kept() -> list[Kept]:
    """As the settings say; chunks before their jobs, which never go first."""
    time = {name: timedelta(days=days) for name, days in settings.KEEP_DAYS.items()}
    quiet, jobs = (max(time[name], time["chunks"]) for name in ("quiet jobs", "jobs"))
    return [
        Kept("decisions", Decision, "pk", "decided_at", time["decisions"]),
        Kept("minutes of calls", CallBudget, "pk", "minute", time["calls"], cut=_minute),
        Kept("workers that are gone", WorkerHeartbeat, "seen_at", "seen_at", timedelta(days=1)),
        Kept("failed sign-ins", AccessAttempt, "pk", "attempt_time", time["sign-ins"]),
        Kept("chunks", SyncChunk, "pk", "created_at", time["chunks"], _of_jobs_that_ended),
        Kept("jobs without changes", SyncJob, "closed_at", "closed_at", quiet, _quiet),
        Kept("other jobs", SyncJob, "closed_at", "closed_at", jobs, _not_quiet),
        Kept("mails", Mail, "pk", "created_at", timedelta(days=30)),
        Kept("webhook messages", WebhookMessage, "created_at", "created_at", timedelta(days=30)),
        Kept("changes", Change, "pk", "seen_at", time["changes"]),
    ]


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


QUIET = Q(status=SyncJob.Status.COMPLETED, records_created=0, records_updated=0)


def _quiet(_: datetime) -> Q:
    return QUIET & _needed_by_nobody()


def _not_quiet(_: datetime) -> Q:
    return ~QUIET & _needed_by_nobody()


def _needed_by_nobody() -> Q:
    """Neither active, nor the newest of its connection, nor what an active job goes back to."""
    newer = SyncJob.objects.filter(
        connection=OuterRef("connection"), lane=OuterRef("lane"), created_at__gt=OuterRef("created_at")
    )
    active = SyncJob.objects.active()
    follows, fills = active.filter(follows=OuterRef("pk")), active.filter(backfill_of=OuterRef("pk"))
    return Q(Exists(newer), ~Exists(follows), ~Exists(fills), closed_at__isnull=False)


def _of_jobs_that_ended(before: datetime) -> Q:
    """It is the job's end that counts. Chunks of the newest job stay: what failed can be tried again however late."""
    newer = SyncJob.objects.filter(
        connection=OuterRef("connection"),
        lane=OuterRef("sync_job__lane"),
        created_at__gt=OuterRef("sync_job__created_at"),
    )
    return Q(Exists(newer), sync_job__closed_at__lt=before)
