"""A node of a tree as one names it: what is it called, and what has to be read again for it?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from connections.models import Connection
from projects.models import Directory, Elevation, LogikalProject, Phase
from projects.tree.contents import called


@dataclass(frozen=True)
class Node:
    """id: the path of a directory, the id of a project or an elevation; of a phase that of its project, a space and its
    own. entities: ids of the projects that are read for it. below: of those, only these elevations; None means all.
    address: of its page."""

    kind: str
    id: str
    name: str
    entities: Sequence[str]
    below: Sequence[str] | None
    address: str

    @property
    def query(self) -> str:
        return urlencode({"kind": self.kind, "node": self.id})


def find_node(connection: Connection, kind: str, node_id: str) -> Node | None:
    find = _FIND.get(kind)
    return find(connection, node_id) if find else None


def _directory(connection: Connection, path: str) -> Node | None:
    """Its projects and those below it; all of them for the root, which is no row."""
    directory = Directory.objects.filter(connection=connection, path=path).first()
    if path and directory is None:
        return None
    there = LogikalProject.objects.filter(connection=connection, missing_since__isnull=True, is_deleted=False)
    if path:
        there = there.filter(directory_path__startswith=path)
    found = there.order_by("directory_path", "external_id").values_list("external_id", "directory_path")
    # LIKE is not exact about case everywhere.
    ids = [guid for guid, at in found if not path or f"{at}/".startswith(f"{path}/")]
    name = (directory.name or path) if directory else connection.name
    query = urlencode({"connection": connection.pk, **({"in": path} if path else {})})
    return Node("directory", path, name, ids, None, f"{reverse('projects')}?{query}")


def _project(connection: Connection, guid: str) -> Node | None:
    project = LogikalProject.objects.filter(connection=connection, external_id=guid).first()
    if project is None:
        return None
    return Node("project", guid, str(project), _read(project), None, _project_page(project))


def _phase(connection: Connection, node_id: str) -> Node | None:
    guid, _, phase_id = node_id.partition(" ")
    project = LogikalProject.objects.filter(connection=connection, external_id=guid).first()
    phase = Phase.objects.filter(connection=connection, project_id=guid, external_id=phase_id).first()
    if project is None or phase is None:
        return None
    inside = Elevation.objects.filter(connection=connection, project_id=guid, phase_id=phase_id)
    below = list(inside.order_by("external_id").values_list("external_id", flat=True))
    page = f"{_project_page(project)}?{urlencode({'phase': phase_id})}"
    return Node("phase", node_id, called(phase), _read(project), below, page)


def _elevation(connection: Connection, guid: str) -> Node | None:
    elevation = Elevation.objects.filter(connection=connection, external_id=guid).first()
    if elevation is None:
        return None
    project = LogikalProject.objects.filter(connection=connection, external_id=elevation.project_id).first()
    page = reverse("elevation", args=[connection.pk, guid])
    return Node("elevation", guid, str(elevation), _read(project) if project else [], [guid], page)


def _read(project: LogikalProject) -> list[str]:
    """Nobody can open what is gone."""
    return [] if project.missing_since or project.is_deleted else [project.external_id]


def _project_page(project: LogikalProject) -> str:
    return reverse("project", args=[project.connection_id, project.external_id])


_FIND: dict[str, Callable[[Connection, str], Node | None]] = {
    "directory": _directory,
    "project": _project,
    "phase": _phase,
    "elevation": _elevation,
}
