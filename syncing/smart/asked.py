"""Which connections does a smart sync of creators' projects read? Start them, each once."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from connections import registry
from connections.models import Connection
from projects.models import CreatorProject
from syncing import scheduler
from syncing.models import SyncJob

SHEETS, PLATFORMS = "sheet_accounts", "platform_profiles"
"""The tables of both sides."""

REST = timedelta(minutes=15)
"""Where all projects are asked for, platforms that were read so lately are left alone: their calls are few."""


class NoProject(Exception):
    """Nobody knows a project of this id."""


@dataclass
class Round:
    """project_id: the one that was asked for; None for all that are active. jobs: by connection. refusals: why a
    connection cannot be read as things are."""

    project_id: UUID | None
    asked_at: datetime
    jobs: dict[UUID, UUID] = field(default_factory=dict)
    refusals: dict[UUID, str] = field(default_factory=dict)

    @property
    def projects(self) -> list[CreatorProject]:
        """As they are known now: a sheet that is read for the first time brings its own."""
        if self.project_id is None:
            return list(active_projects())
        return [project for project in known_projects() if project.uuid == self.project_id]

    @property
    def is_running(self) -> bool:
        return SyncJob.objects.active().filter(pk__in=self.jobs.values()).exists()


def start(project_id: str | None = None, *, now: datetime, trigger: str) -> Round:
    """Read the sheets of all active projects, or of one, and the platforms that they ask. A sync that runs already is
    joined. project_id: the UUID that the answers name. Raises NoProject."""
    begun = Round(_uuid(project_id), now)
    if begun.project_id and not begun.projects:
        raise NoProject(f"There is no project {begun.project_id}.")
    wanted = _of_one(begun.projects[0]) if begun.project_id else _of_all(now)
    for connection in wanted.order_by("created_at"):
        try:
            enqueued = scheduler.enqueue_now(connection, now=now, trigger=trigger)
        except scheduler.NotRunnable as refusal:
            begun.refusals[connection.pk] = f"{refusal.sentence} {refusal.remedy}"
        else:
            begun.jobs[connection.pk] = enqueued.job.pk
    return begun


def active_projects() -> QuerySet[CreatorProject]:
    return known_projects().filter(is_active=True)


def known_projects() -> QuerySet[CreatorProject]:
    held = CreatorProject.objects.filter(missing_since__isnull=True, connection__in=Connection.objects.kept())
    return held.select_related("connection__sync").order_by("connection__created_at", "position", "pk")


def _uuid(project_id: str | None) -> UUID | None:
    try:
        return UUID(project_id) if project_id is not None else None
    except ValueError as error:
        raise NoProject("A project's id is a UUID.") from error


def _of_one(project: CreatorProject) -> QuerySet[Connection]:
    beside = Q(provider__in=kinds(PLATFORMS), workspace=project.connection.workspace_id)
    return Connection.objects.kept().filter(Q(pk=project.connection_id) | beside)


def _of_all(now: datetime) -> QuerySet[Connection]:
    """Also a sheet that was never read, whose projects nobody knows yet; none whose projects are all switched off."""
    kept, known = Connection.objects.kept(), known_projects()
    idle = known.exclude(connection__in=active_projects().values("connection")).values("connection")
    sheets = kept.filter(provider__in=kinds(SHEETS)).exclude(pk__in=idle)
    platforms = kept.filter(provider__in=kinds(PLATFORMS), workspace__in=sheets.values("workspace"))
    rested = platforms.exclude(sync__last_sync_completed_at__gt=now - REST)
    return kept.filter(Q(pk__in=sheets.values("pk")) | Q(pk__in=rested.values("pk")))


def kinds(table: str) -> list[str]:
    """The providers with a stream of this table."""
    sources = {kind: registry.source_class(kind) for kind in registry.SOURCES}
    return [kind for kind, source in sources.items() if any(stream.table == table for stream in source.streams)]
