"""One project: its phases and its elevations with their pictures."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from connections.access import Role, actor_of
from connections.screen import SignedInRequest, show
from projects.models import LogikalProject
from projects.tree.contents import branches, elevations_in, leaves
from projects.tree.directories import crumbs
from projects.tree.states import project_state
from projects.tree.trees import find_tree

ELEVATIONS_A_PAGE = 60


@require_safe
def project(request: SignedInRequest, connection_id: UUID, project_id: str) -> HttpResponse:
    actor = actor_of(request)
    tree = find_tree(actor, connection_id)
    found = get_object_or_404(LogikalProject, connection=tree.connection, external_id=project_id)
    state = project_state(found, tree.fields)
    phases = branches(tree, found, state)
    chosen = next((each for each in phases if each.phase.external_id == request.GET.get("phase")), None)
    elevations = elevations_in(tree, found, chosen.phase.external_id if chosen else None)
    page = Paginator(elevations, ELEVATIONS_A_PAGE).get_page(request.GET.get("page"))
    workspace = tree.connection.workspace
    context = {
        "connection": tree.connection,
        "project": found,
        "state": state,
        "crumbs": [*crumbs(f"{found.directory_path}/")] if found.directory_path else [],
        "phases": phases,
        "elevation_count": sum(each.elevation_count for each in phases),
        "chosen": chosen,
        "names": {each.phase.external_id: each for each in phases},
        "page": page,
        "leaves": leaves(tree, list(page)),
        "may_operate": actor.may(Role.OPERATOR, workspace),
    }
    return show(request, "projects/project.html", context, workspace=workspace, now=timezone.now())
