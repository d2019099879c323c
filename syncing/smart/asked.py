"""Which connections does a smart sync of creators' projects read? Start them, each once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from connections import registry
from connections.models import Connection
from projects.models import CreatorProject
from syncing import scheduler
from syncing.models import SyncJob, SyncSchedule

SHEETS, PLATFORMS = "sheet_accounts", "platform_profiles"
"""The tables of both sides."""


class NoProject(Exception):
    """Nobody knows a project of this id."""


@dataclass(frozen=True)
class Round:
    """jobs: by connection. refusals: why a connection cannot be read as things are. asked_at: when this was asked."""

    projects: Sequence[CreatorProject]
    asked_at: datetime
    jobs: dict[UUID, UUID] = field(default_factory=dict)
    refusals: dict[UUID, str] = field(default_factory=dict)

    @property
    def is_running(self) -> bool:
        return SyncJob.objects.active().filter(pk__in=self.jobs.values()).exists()


def start(project_id: str | None = None, *, now: datetime, trigger: str, only_due: bool = False) -> Round:
    """Read the sheets of all active projects, or of one, and the platforms that they ask. A sync that runs already is
    joined. project_id: the UUID that the answers name. only_due: what its schedule has come to. Raises NoProject."""
    projects = list(active_projects())
    if project_id is not None:
        projects = [project for project in known_projects() if str(project.uuid) == project_id.lower()]
        if not projects:
            raise NoProject(f"There is no project {project_id[:40]}.")
    begun = Round(projects, now)
    concerned = _concerned(projects, everything=project_id is None)
    due = SyncSchedule.objects.filter(next_due_at__lte=now).values_list("connection", flat=True)
    due_ids = set(due.filter(connection__in=concerned)) if only_due else set()
    for connection in concerned:
        if only_due and connection.pk not in due_ids:
            continue
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


def _concerned(projects: Sequence[CreatorProject], *, everything: bool) -> list[Connection]:
    """everything: also a sheet that was never read, whose projects nobody knows yet."""
    kept = Connection.objects.kept().order_by("created_at")
    sheets = kept.filter(provider__in=kinds(SHEETS))
    if not everything:
        sheets = sheets.filter(pk__in={project.connection_id for project in projects})
    wanted = [sheet for sheet in sheets if not _is_idle(sheet, projects, everything=everything)]
    platforms = kept.filter(
        provider__in=kinds(PLATFORMS), workspace__in={sheet.workspace_id for sheet in wanted}, paused=False
    )
    return [*wanted, *platforms]


def _is_idle(sheet: Connection, projects: Sequence[CreatorProject], *, everything: bool) -> bool:
    """All of its projects are switched off."""
    if not everything or any(project.connection_id == sheet.pk for project in projects):
        return False
    return known_projects().filter(connection=sheet).exists()


def kinds(table: str) -> Collection[str]:
    """The providers with a stream of this table."""
    sources = {kind: registry.source_class(kind) for kind in registry.SOURCES}
    return [kind for kind, source in sources.items() if any(stream.table == table for stream in source.streams)]
