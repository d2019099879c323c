"""What is in a directory: those below with how much there is to read in them, and its projects."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from projects.models import Directory, LogikalProject
from projects.numbers.statuses import Status
from projects.tree.states import Counts, directory_state, project_state
from projects.tree.trees import Tree


@dataclass(frozen=True)
class Folder:
    directory: Directory
    counts: Counts
    state: Status | None


@dataclass(frozen=True)
class Line:
    project: LogikalProject
    state: Status


def directories_in(tree: Tree, path: str) -> QuerySet[Directory]:
    found = Directory.objects.filter(connection=tree.connection, parent_path=path)
    return found.order_by("name", "path")


def projects_in(tree: Tree, path: str) -> QuerySet[LogikalProject]:
    """What is gone comes last."""
    found = LogikalProject.objects.filter(connection=tree.connection, directory_path=path)
    return found.order_by("is_deleted", "name", "external_id")


def folders(tree: Tree, path: str, directories: Sequence[Directory]) -> list[Folder]:
    counted = _counted(tree, path)
    return [_folder(tree, each, counted[each.path]) for each in directories]


def lines(tree: Tree, projects: Sequence[LogikalProject]) -> list[Line]:
    return [Line(project, project_state(project, tree.fields)) for project in projects]


def crumbs(path: str) -> list[tuple[str, str]]:
    """The directories above, from the root down: path and name."""
    names = path.split("/") if path else []
    return [("/".join(names[: depth + 1]), name) for depth, name in enumerate(names[:-1])]


def _folder(tree: Tree, directory: Directory, counts: Counts) -> Folder:
    return Folder(directory, counts, directory_state(directory, counts, is_excluded=tree.is_excluded(directory.path)))


def _counted(tree: Tree, path: str) -> dict[str, Counts]:
    """By the path of each directory in this one, with all that is below it; by one query."""
    there = LogikalProject.objects.filter(connection=tree.connection, missing_since__isnull=True, is_deleted=False)
    inside = there.filter(directory_path__startswith=f"{path}/") if path else there
    rows = inside.order_by().values("directory_path")
    rows = rows.annotate(
        projects=Count("pk"),
        waiting=Count("pk", filter=tree.outdated() & Q(refused_at__isnull=True)),
        refused=Count("pk", filter=Q(refused_at__isnull=False)),
    )
    depth = path.count("/") + 2 if path else 1
    found: dict[str, Counts] = defaultdict(Counts)
    for row in rows:
        child = "/".join(row["directory_path"].split("/")[:depth])
        found[child] = found[child].plus(Counts(row["projects"], row["waiting"], row["refused"]))
    return found
