"""Which connections hold a tree of projects, and which of its contents are read at all?"""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import Http404

from connections.access import Actor
from connections.models import Connection
from projects.models import Directory, LogikalProject
from projects.tables.logikal import READ

PROVIDER = "logikal"
ALWAYS = "elevations_read"


@dataclass(frozen=True)
class Tree:
    """fields: of a project, which tell the version that was read; without those of streams that never read anything,
    for these may be switched off."""

    connection: Connection
    fields: tuple[str, ...]

    @property
    def reads_parts(self) -> bool:
        return "parts_lists_read" in self.fields

    def outdated(self) -> Q:
        """Projects of which something is held in another version than the list tells, or not at all."""
        differs = Q()
        for field in self.fields:
            differs |= ~Q(**{field: F("version")})
        return differs

    def is_excluded(self, path: str) -> bool:
        """Left out by the connection's options, with all that is below it."""
        wished = self.connection.options.get("excluded_directories") or ()
        excluded = [str(each).strip().strip("/") for each in wished]
        return any(each and (path == each or path.startswith(f"{each}/")) for each in excluded)


def trees_of(actor: Actor) -> QuerySet[Connection]:
    """Also one whose tree has not been read yet."""
    held = [Exists(model._default_manager.filter(connection=OuterRef("pk"))) for model in (Directory, LogikalProject)]
    return actor.connections().filter(Q(provider=PROVIDER) | Q(held[0]) | Q(held[1])).order_by("name", "pk")


def find_tree(actor: Actor, connection_id: UUID) -> Tree:
    """Raises Http404, also where it is no tree."""
    found = trees_of(actor).filter(pk=connection_id)
    connection = found.annotate(**_in_use()).select_related("workspace", "credential", "sync").first()
    if connection is None:
        raise Http404
    fields = [field for field in READ.values() if field == ALWAYS or getattr(connection, f"uses_{field}")]
    return Tree(connection, tuple(fields))


def _in_use() -> dict[str, Exists]:
    projects = LogikalProject.objects.filter(connection=OuterRef("pk"))
    return {f"uses_{field}": Exists(projects.exclude(**{field: ""})) for field in READ.values()}
