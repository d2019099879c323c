"""The log of the smart sync: the lines that people who ran the view counter search for, one project after the other."""

from collections.abc import Iterable

import structlog
from django.db import connection as database
from django.db.models import QuerySet

from projects.creators.merging import Policy
from projects.creators.readings import METRICS, Side
from projects.models import AccountSnapshot, CreatorAccount, CreatorProject, Reading
from syncing.models import SyncJob

log = structlog.get_logger(__name__)

TAG = "[SmartSync]"


def started(job: SyncJob) -> None:
    for project in _projects(job):
        log.info(f"🔄 {TAG} Starting sync for project {project.uuid}")
        log.info(f"📊 {TAG} Project: {project}")
        log.info(f"👥 {TAG} Found {_accounts(project)} accounts to sync")


def ended(job: SyncJob) -> None:
    """With the job closed. A sheet that could not be read: what the platforms say is merged by their own syncs."""
    for project in _projects(job):
        if job.status in (SyncJob.Status.FAILED, SyncJob.Status.CANCELLED):
            log.error(f"❌ ERROR {TAG} {project}: {job.error or job.get_status_display()}")
        else:
            _tell(project, job)


def _tell(project: CreatorProject, job: SyncJob) -> None:
    accounts = _accounts_of(project)
    total, store = _accounts(project), database.display_name
    said = Reading.objects.filter(account__in=accounts, side=Side.PLATFORM).values("account").distinct().count()
    updated = accounts.filter(changed_at__gte=job.started_at or job.created_at).count()
    made = AccountSnapshot.objects.filter(account__in=accounts, job_id=job.pk).count()
    log.info(f"📥 {TAG} Read {total if job.records_read else 0} accounts from Sheets")
    log.info(f"🔍 {TAG} Loaded {said} accounts from {store} (parsed data)")
    log.info(f"🔀 {TAG} Merged {total} accounts using {_strategy(project)} strategy")
    log.info(f"💾 {TAG} Updated {updated} accounts in {store}")
    log.info(f"📸 {TAG} Created {made} snapshots")
    log.info(f"✅ {TAG} Completed for {project}: {updated} accounts updated")


def _projects(job: SyncJob) -> Iterable[CreatorProject]:
    """None of a connection without sheets of creators."""
    if not any(stream.table == "sheet_accounts" for stream in job.connection.source_class.streams):
        return ()
    held = CreatorProject.objects.filter(connection=job.connection_id, missing_since__isnull=True, is_active=True)
    return held.order_by("position", "pk")


def _accounts_of(project: CreatorProject) -> QuerySet[CreatorAccount]:
    return CreatorAccount.objects.filter(
        connection=project.connection_id, project_id=project.project_id, missing_since__isnull=True
    )


def _accounts(project: CreatorProject) -> int:
    return _accounts_of(project).count()


def _strategy(project: CreatorProject) -> str:
    """MAX(), unless the project's rule for some metric is another one."""
    used = dict.fromkeys(Policy(project.policies.get(metric, Policy.MAX)).upper() for metric in METRICS)
    return " and ".join(f"{name}()" for name in used)
