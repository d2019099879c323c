"""The tree of projects: directories, what is in the opened one, and what a search finds."""

from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from connections.access import Role, actor_of
from connections.models import Connection
from connections.screen import SignedInRequest, show
from projects.models import Directory
from projects.tree import directories, search
from projects.tree.states import elevation_state, project_state
from projects.tree.trees import Tree, find_tree, trees_of

DIRECTORIES_A_PAGE, PROJECTS_A_PAGE, FOUND_A_PAGE = 100, 50, 50


@require_safe
def projects(request: SignedInRequest) -> HttpResponse:
    now, actor = timezone.now(), actor_of(request)
    connections = list(trees_of(actor))
    context: dict[str, Any] = {"connections": connections}
    asked = request.GET.get("connection", "")
    if not connections and not asked:
        return show(request, "projects/tree.html", context, workspace=actor.home(), now=now)
    tree = find_tree(actor, _chosen(asked, connections))
    workspace = tree.connection.workspace
    context |= {"connection": tree.connection, "may_operate": actor.may(Role.OPERATOR, workspace)}
    words = request.GET.get("q", "").strip()[: search.LONGEST]
    context |= _found(request, tree, words) if words else _opened(request, tree)
    return show(request, "projects/tree.html", context, workspace=workspace, now=now)


def _chosen(asked: str, connections: list[Connection]) -> UUID:
    """The first, where nobody chose."""
    if not asked:
        return connections[0].pk
    try:
        return UUID(asked)
    except ValueError:
        raise Http404 from None


def _opened(request: SignedInRequest, tree: Tree) -> dict[str, Any]:
    path = request.GET.get("in", "")
    opened = get_object_or_404(Directory, connection=tree.connection, path=path) if path else None
    below = Paginator(directories.directories_in(tree, path), DIRECTORIES_A_PAGE).get_page(request.GET.get("folders"))
    inside = Paginator(directories.projects_in(tree, path), PROJECTS_A_PAGE).get_page(request.GET.get("page"))
    return {
        "opened": opened,
        "path": path,
        "is_excluded": tree.is_excluded(path),
        "crumbs": directories.crumbs(path),
        "below": below,
        "folders": directories.folders(tree, path, list(below)) if below else [],
        "page": inside,
        "lines": directories.lines(tree, list(inside)),
    }


def _found(request: SignedInRequest, tree: Tree, words: str) -> dict[str, Any]:
    if len(words) < search.SHORTEST:
        return {"words": words, "is_too_short": True}
    counts = search.counts(tree, words)
    asked = request.GET.get("of", "")
    kind = asked if asked in search.KINDS else next((kind for kind, number in counts.items() if number), "projects")
    rows = search.matching(tree, kind, words)[: search.MOST]
    page: Page = Paginator(rows, FOUND_A_PAGE).get_page(request.GET.get("page"))
    return {
        "words": words,
        "kinds": [(code, word, counts[code]) for code, word in search.KINDS.items()],
        "kind": kind,
        "most": search.MOST,
        "page": page,
        "found": [(each, _state(tree, each)) for each in search.found(tree, list(page))],
    }


def _state(tree: Tree, found: search.Found) -> Any:
    """Of an elevation only what concerns the elevation itself."""
    if found.elevation:
        return elevation_state(found.elevation, None, reads_parts=False)
    return project_state(found.project, tree.fields) if found.project else None
