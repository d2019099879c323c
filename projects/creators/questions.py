"""What waits for a person: questions, cells that make no sense, and profiles that no platform answers for."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Exists, OuterRef, QuerySet

from connections.access import Actor
from projects.creators.cells import Cell, cells
from projects.creators.listing import Place, projects_by_place
from projects.creators.readings import Side
from projects.creators.sheets import accounts_of, projects_of
from projects.models import CellProblem, CreatorAccount, CreatorProject, MergeConflict, Reading

KINDS = {
    MergeConflict.Kind.SPIKE: "Sudden rise, held",
    MergeConflict.Kind.BOTH_CHANGED: "Both changed at once",
    MergeConflict.Kind.ACCEPTED: "Corrected without a question",
}
RESOLUTIONS = {
    MergeConflict.Resolution.SHEET: "The sheet’s number was kept",
    MergeConflict.Resolution.PLATFORM: "The platform’s number was kept",
    MergeConflict.Resolution.PERSON: "A number was typed",
    MergeConflict.Resolution.GONE: "The question went away by itself",
}


@dataclass(frozen=True)
class Question:
    """One that is open. mark: what it was when somebody looked, for many answers at once."""

    asked: MergeConflict
    project: CreatorProject | None
    cell: Cell

    @property
    def kind(self) -> str:
        return KINDS[MergeConflict.Kind(self.asked.kind)]

    @property
    def mark(self) -> str:
        said = [str(number) if number is not None else "" for number in (self.cell.sheet, self.cell.platform)]
        return ".".join([str(self.asked.account_id), self.cell.metric, str(self.cell.epoch), *said])


@dataclass(frozen=True)
class Group:
    """The questions of one project among those of a page."""

    project: CreatorProject | None
    questions: Sequence[Question]

    @property
    def sides(self) -> list[tuple[Side, list[Question]]]:
        """What each side could answer."""
        return [
            (Side.SHEET, [each for each in self.questions if each.cell.sheet is not None]),
            (Side.PLATFORM, [each for each in self.questions if each.cell.platform is not None]),
        ]


@dataclass(frozen=True)
class Answered:
    """One that is over."""

    asked: MergeConflict
    project: CreatorProject | None

    @property
    def kind(self) -> str:
        return KINDS[MergeConflict.Kind(self.asked.kind)]

    @property
    def resolution(self) -> str:
        return RESOLUTIONS[MergeConflict.Resolution(self.asked.resolution)]


def open_to(actor: Actor, project: CreatorProject | None = None) -> QuerySet[MergeConflict]:
    """About accounts that are there."""
    found = MergeConflict.objects.filter(state="open", account__missing_since__isnull=True)
    found = _of(found, actor, project).select_related("account__connection__workspace")
    return found.order_by(
        "connection__name", "connection", "account__project_id", "account__row_number", "account", "metric"
    )


def count_questions(actor: Actor) -> int:
    return open_to(actor).count()


def answered_for(actor: Actor, project: CreatorProject | None = None) -> QuerySet[MergeConflict]:
    found = _of(MergeConflict.objects.filter(state="resolved"), actor, project)
    return found.select_related("account__connection", "resolved_by").order_by("-resolved_at", "-pk")


def unmatched(actor: Actor, project: CreatorProject | None = None) -> QuerySet[CreatorAccount]:
    """Profiles of which no platform has said anything."""
    heard = Reading.objects.filter(account=OuterRef("pk"), side=Side.PLATFORM)
    found = accounts_of(actor).filter(~Exists(heard), missing_since__isnull=True)
    if project:
        found = found.filter(connection=project.connection_id, project_id=project.project_id)
    return found.select_related("connection").order_by("profile", "pk")


def bad_cells(actor: Actor, project: CreatorProject | None = None) -> QuerySet[CellProblem]:
    found = CellProblem.objects.filter(connection__in=actor.connections())
    if project:
        found = found.filter(connection=project.connection_id, project_id=project.project_id)
    return found.select_related("connection").order_by(
        "connection__name", "connection", "project_id", "row_number", "field"
    )


def bad_tabs(actor: Actor, project: CreatorProject | None = None) -> QuerySet[CreatorProject]:
    """Those whose headers have a problem."""
    found = projects_of(actor).exclude(header_problems=[]).filter(missing_since__isnull=True)
    found = found.filter(pk=project.pk) if project else found
    return found.select_related("connection").order_by("connection__name", "position", "pk")


def groups(asked: Sequence[MergeConflict]) -> list[Group]:
    """In the order of `open_to`."""
    projects = projects_by_place([each.account for each in asked])

    def place(each: MergeConflict) -> Place:
        return each.connection_id, each.account.project_id

    return [
        Group(projects.get(where), [question(each, projects.get(where)) for each in some])
        for where, some in groupby(asked, key=place)
    ]


def question(asked: MergeConflict, project: CreatorProject | None) -> Question:
    (cell,) = cells(asked.account, project, [asked], metrics=[asked.metric])
    return Question(asked, project, cell)


def over(asked: Sequence[MergeConflict]) -> list[Answered]:
    projects = projects_by_place([each.account for each in asked])
    return [Answered(each, projects.get((each.connection_id, each.account.project_id))) for each in asked]


def _of(found: QuerySet[MergeConflict], actor: Actor, project: CreatorProject | None) -> QuerySet[MergeConflict]:
    found = found.filter(connection__in=actor.connections())
    if project:
        found = found.filter(connection=project.connection_id, account__project_id=project.project_id)
    return found
