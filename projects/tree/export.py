"""Parts as lines of CSV, for a spreadsheet: exact, and harmless whatever people typed."""

import json
from collections.abc import Iterator, Sequence

from django.db.models import QuerySet
from django.utils.text import slugify

from projects.models import Elevation, LogikalProject, Part, Phase
from projects.numbers.exact import exact
from projects.numbers.export import BYTE_ORDER_MARK, as_csv, text
from projects.tree.contents import called
from projects.tree.parts import word
from projects.tree.trees import Tree

ELEVATIONS_AT_ONCE = 100
TEXTS = ("code", "name", "description", "color")
NUMBERS = ("amount", "length_mm", "area", "value", "price")
HEAD = [
    "project",
    "project_id",
    "job_number",
    "phase",
    "elevation",
    "elevation_id",
    "elevation_amount",
    "kind",
    "position",
    *TEXTS,
    *NUMBERS,
    "area_unit",
    "value_unit",
    "other_columns",
]


def lines(tree: Tree, project: LogikalProject | None, elevations: QuerySet[Elevation]) -> Iterator[str]:
    """Text in pieces of many lines, a hundred elevations at a time. Amounts are those of one piece of an elevation."""
    yield BYTE_ORDER_MARK + as_csv([HEAD])
    phases = _phase_names(tree, project)
    waiting: list[Elevation] = []
    for elevation in elevations.iterator(chunk_size=ELEVATIONS_AT_ONCE):
        waiting.append(elevation)
        if len(waiting) == ELEVATIONS_AT_ONCE:
            yield _piece(tree, project, waiting, phases)
            waiting = []
    yield _piece(tree, project, waiting, phases)


def file_name(named: LogikalProject | Elevation) -> str:
    said = slugify(str(named), allow_unicode=True)[:60] or slugify(named.external_id) or "parts"
    return f"{said}_parts.csv"


def _piece(tree: Tree, project: LogikalProject | None, elevations: Sequence[Elevation], phases: dict[str, str]) -> str:
    """Parts of each elevation in the order of its file, elevations in theirs."""
    ids = [each.external_id for each in elevations]
    found = Part.objects.filter(connection=tree.connection, elevation_id__in=ids)
    parts: dict[str, list[Part]] = {each: [] for each in ids}
    for part in found.order_by("elevation_id", "kind", "position"):
        parts[part.elevation_id].append(part)
    return as_csv(
        [*_about(project, elevation, phases.get(elevation.phase_id, elevation.phase_id)), *_said(part)]
        for elevation in elevations
        for part in parts[elevation.external_id]
    )


def _about(project: LogikalProject | None, elevation: Elevation, phase: str) -> list[str]:
    its = [project.name, project.external_id, project.job_number] if project else ["", elevation.project_id, ""]
    about = [*its, phase, elevation.name, elevation.external_id]
    return [*map(text, about), exact(elevation.amount)]


def _said(part: Part) -> list[str]:
    texts = [text(getattr(part, name)) for name in TEXTS]
    numbers = [exact(getattr(part, name)) for name in NUMBERS]
    other = json.dumps(part.extra, ensure_ascii=False, sort_keys=True) if part.extra else ""
    return [word(part.kind), str(part.position), *texts, *numbers, text(part.area_unit), text(part.value_unit), other]


def _phase_names(tree: Tree, project: LogikalProject | None) -> dict[str, str]:
    if project is None:
        return {}
    phases = Phase.objects.filter(connection=tree.connection, project_id=project.external_id)
    return {phase.external_id: called(phase) for phase in phases}
