"""What is in a project: its phases, and elevations with what is held of each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, QuerySet

from projects.models import Elevation, ElevationThumbnail, LogikalProject, PartsList, Phase
from projects.numbers.statuses import Status
from projects.tree.states import Held, elevation_state, phase_state
from projects.tree.trees import Tree

MOST_PHASES = 500
DEFAULT = "Default phase"


@dataclass(frozen=True)
class Branch:
    phase: Phase
    name: str
    elevation_count: int
    state: Status


@dataclass(frozen=True)
class Leaf:
    """picture: the version of its thumbnail, empty where there is none."""

    elevation: Elevation
    held: Held | None
    picture: str
    state: Status


def branches(tree: Tree, project: LogikalProject, its_state: Status) -> list[Branch]:
    inside = Elevation.objects.filter(connection=tree.connection, project_id=project.external_id)
    counted = dict(inside.order_by().values_list("phase_id").annotate(Count("pk")))
    phases = Phase.objects.filter(connection=tree.connection, project_id=project.external_id)
    return [
        Branch(phase, called(phase), counted.get(phase.external_id, 0), phase_state(phase, its_state))
        for phase in phases.order_by("external_id")[:MOST_PHASES]
    ]


def called(phase: Phase) -> str:
    """Only the default phase may have no name."""
    return phase.name or (DEFAULT if not phase.external_id.strip("0-") else phase.external_id)


def elevations_in(tree: Tree, project: LogikalProject, phase_id: str | None) -> QuerySet[Elevation]:
    found = Elevation.objects.filter(connection=tree.connection, project_id=project.external_id)
    found = found if phase_id is None else found.filter(phase_id=phase_id)
    return found.order_by("phase_id", "name", "external_id")


def leaves(tree: Tree, elevations: Sequence[Elevation]) -> list[Leaf]:
    """By two queries."""
    ids = [each.external_id for each in elevations]
    lists, pictures = held_lists(tree.connection.pk, ids), _pictures(tree.connection.pk, ids)
    return [
        Leaf(
            each,
            held := lists.get(each.external_id),
            pictures.get(each.external_id, ""),
            elevation_state(each, held, reads_parts=tree.reads_parts),
        )
        for each in elevations
    ]


def held_lists(connection_id: UUID, ids: Collection[str]) -> dict[str, Held]:
    rows = PartsList.objects.filter(connection=connection_id, external_id__in=ids)
    return {
        row.external_id: Held(row.version, row.again, row.refusal, row.part_count, len(row.warnings))
        for row in rows.only("external_id", "version", "again", "refusal", "part_count", "warnings")
    }


def _pictures(connection_id: UUID, ids: Collection[str]) -> dict[str, str]:
    """What tells one picture from the next. A version may be empty."""
    rows = ElevationThumbnail.objects.filter(connection=connection_id, external_id__in=ids)
    return {key: f"{at:%Y%m%d%H%M%S}" for key, at in rows.values_list("external_id", "changed_at")}
