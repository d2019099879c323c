"""Who is to be told what, now that a job has ended?"""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import QuerySet

from connections.models import Connection, Membership
from syncing.models import ConnectionSync, Mail, SyncJob

QUIET = timedelta(hours=1)
"""An account that fails and works by turns is told of once in this time."""

Kind = Mail.Kind
Choice = Membership.Mail
Status = SyncJob.Status

OF_TROUBLE, OF_COMPLETION = (Choice.FAILURES, Choice.ALL), (Choice.COMPLETION, Choice.ALL)
WANTED = {
    Kind.RECENT_READY: OF_COMPLETION,
    Kind.HISTORY_COMPLETE: OF_COMPLETION,
    Kind.FAILED: OF_TROUBLE,
    Kind.NEEDS_RECONNECT: OF_TROUBLE,
    Kind.RECOVERED: OF_TROUBLE,
}
"""With which of the choices somebody hears of it."""


def tell(job: SyncJob, now: datetime) -> None:
    """Write the mails about a job that has just been closed, in the transaction that closed it."""
    if not settings.SENDS_MAIL or not listeners(job.connection).exists():
        return
    for kind in [*_completed(job, now), *_trouble(job, now)]:
        wanting = User.objects.filter(pk__in=listeners(job.connection, kind).values("user"))
        Mail.objects.bulk_create(_mail(job, user, kind, now) for user in wanting)


def listeners(connection: Connection, kind: Kind | None = None) -> QuerySet[Membership]:
    """Members of its workspace who want to hear of this; without a kind, of anything."""
    members = Membership.objects.filter(workspace=connection.workspace_id, user__is_active=True)
    return members.filter(mail__in=WANTED[kind]) if kind else members.exclude(mail=Choice.NEVER)


def _mail(job: SyncJob, user: User, kind: Kind, now: datetime) -> Mail:
    told = {"error": job.error, "remedy": job.remedy} if kind in Mail.TROUBLE else {}
    return Mail(user=user, connection_id=job.connection_id, job=job, kind=kind, created_at=now, send_at=now, **told)


def _completed(job: SyncJob, now: datetime) -> list[Kind]:
    """Each once for a connection."""
    sync = ConnectionSync.objects.get(connection=job.connection_id)
    done = job.status == Status.COMPLETED
    is_first = job.sync_phase == SyncJob.Phase.RECENT_90_DAYS or job.sync_type == SyncJob.Type.INITIAL
    ended = {
        Kind.RECENT_READY: sync.phase_1_completed_at == now or (done and is_first and _is_sync(job)),
        Kind.HISTORY_COMPLETE: sync.phase_2_completed_at == now
        or (done and job.sync_phase == SyncJob.Phase.HISTORICAL_BACKFILL),
    }
    told = Mail.objects.filter(connection=job.connection_id)
    return [kind for kind, is_complete in ended.items() if is_complete and not told.filter(kind=kind).exists()]


def _trouble(job: SyncJob, now: datetime) -> list[Kind]:
    """A failure once, until it is over; that the login is dead in any case."""
    told = Mail.objects.filter(connection=job.connection_id, kind__in=(*Mail.TROUBLE, Kind.RECOVERED))
    last = told.order_by("-created_at", "-pk").values_list("kind", flat=True).first()
    if job.status != Status.COMPLETED and job.connection.credential.needs_reconnect:
        return [Kind.NEEDS_RECONNECT] if last != Kind.NEEDS_RECONNECT else []
    if not _is_sync(job):
        return []  # what fails of the history is seen, and tried again, on its page
    if _has_only_skipped(job):
        return []  # somebody is at work in them, as on any day
    if job.status == Status.COMPLETED:
        return [Kind.RECOVERED] if last in Mail.TROUBLE else []
    is_new = last not in Mail.TROUBLE and not told.filter(kind__in=Mail.TROUBLE, created_at__gt=now - QUIET).exists()
    return [Kind.FAILED] if is_new else []


def _has_only_skipped(job: SyncJob) -> bool:
    """All that was not read were single objects, which are tried again by themselves."""
    return job.status == Status.COMPLETED_WITH_FAILURES and not job.chunks.failed_whole().exists()


def _is_sync(job: SyncJob) -> bool:
    return job.lane == SyncJob.Lane.SYNC
