"""Find projects, elevations and parts by what people call them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from projects.models import Elevation, LogikalProject, Part
from projects.tree.trees import Tree

MOST = 500
"""Of what is found no more is counted or shown: more words find less."""

SHORTEST, LONGEST = 2, 100
KINDS = {"projects": "Projects", "elevations": "Elevations", "parts": "Parts"}


@dataclass(frozen=True)
class Found:
    """One row of the answer, with what is above it. part: of an elevation. count is at most MOST."""

    project: LogikalProject | None
    elevation: Elevation | None = None
    part: Part | None = None


def counts(tree: Tree, words: str) -> dict[str, int]:
    return {kind: matching(tree, kind, words)[:MOST].count() for kind in KINDS}


def matching(tree: Tree, kind: str, words: str) -> QuerySet[Any]:
    return _MATCHING[kind](tree, words)


def found(tree: Tree, rows: Sequence[Any]) -> list[Found]:
    """What is above these rows, by one query a level."""
    if not rows:
        return []
    if isinstance(rows[0], LogikalProject):
        return [Found(row) for row in rows]
    parts = {row.pk: row for row in rows if isinstance(row, Part)}
    wanted = {part.elevation_id for part in parts.values()}
    elevations = {row.external_id: row for row in (_elevations(tree, wanted) if parts else rows)}
    projects = _projects(tree, {elevation.project_id for elevation in elevations.values()})
    if not parts:
        return [Found(projects.get(row.project_id), row) for row in rows]
    return [_of_part(part, elevations, projects) for part in parts.values()]


def _of_part(part: Part, elevations: dict[str, Elevation], projects: dict[str, LogikalProject]) -> Found:
    elevation = elevations.get(part.elevation_id)
    return Found(projects.get(elevation.project_id) if elevation else None, elevation, part)


def _elevations(tree: Tree, ids: set[str]) -> QuerySet[Elevation]:
    return Elevation.objects.filter(connection=tree.connection, external_id__in=ids)


def _projects(tree: Tree, ids: set[str]) -> dict[str, LogikalProject]:
    rows = LogikalProject.objects.filter(connection=tree.connection, external_id__in=ids)
    return {row.external_id: row for row in rows}


def _matching_projects(tree: Tree, words: str) -> QuerySet[LogikalProject]:
    says = Q(name__icontains=words) | Q(job_number__icontains=words) | Q(offer_number__icontains=words)
    return LogikalProject.objects.filter(says, connection=tree.connection).order_by("name", "external_id")


def _matching_elevations(tree: Tree, words: str) -> QuerySet[Elevation]:
    found = Elevation.objects.filter(connection=tree.connection, name__icontains=words)
    return found.order_by("name", "external_id")


def _matching_parts(tree: Tree, words: str) -> QuerySet[Part]:
    """In the order of the table's key: there may be millions, and the first that match will do."""
    says = Q(code__icontains=words) | Q(name__icontains=words)
    return Part.objects.filter(says, connection=tree.connection).order_by("elevation_id", "kind", "position")


_MATCHING: dict[str, Callable[[Tree, str], QuerySet[Any]]] = {
    "projects": _matching_projects,
    "elevations": _matching_elevations,
    "parts": _matching_parts,
}
