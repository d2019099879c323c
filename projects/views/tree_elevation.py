"""One elevation: what it is, how it looks, and what it is made of."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from connections.access import Role, actor_of
from connections.screen import SignedInRequest, show
from projects.models import Elevation, LogikalProject, PartsList, Phase
from projects.tree.contents import called, leaves
from projects.tree.directories import crumbs
from projects.tree.facts import facts
from projects.tree.parts import MOST_SHOWN, kinds
from projects.tree.states import project_state
from projects.tree.trees import Tree, find_tree


@require_safe
def elevation(request: SignedInRequest, connection_id: UUID, elevation_id: str) -> HttpResponse:
    actor = actor_of(request)
    tree = find_tree(actor, connection_id)
    found = get_object_or_404(Elevation, connection=tree.connection, external_id=elevation_id)
    workspace = tree.connection.workspace
    parts_list = PartsList.objects.filter(connection=tree.connection, external_id=elevation_id).first()
    context = {
        "connection": tree.connection,
        "elevation": found,
        "leaf": leaves(tree, [found])[0],
        "parts_list": parts_list,
        "facts": facts(found, parts_list),
        "kinds": kinds(tree.connection, elevation_id),
        "most_shown": MOST_SHOWN,
        "reads_parts": tree.reads_parts,
        "may_operate": actor.may(Role.OPERATOR, workspace),
        **_above(tree, found),
    }
    return show(request, "projects/elevation.html", context, workspace=workspace, now=timezone.now())


def _above(tree: Tree, found: Elevation) -> dict[str, Any]:
    project = LogikalProject.objects.filter(connection=tree.connection, external_id=found.project_id).first()
    phases = Phase.objects.filter(connection=tree.connection, project_id=found.project_id, external_id=found.phase_id)
    phase = phases.first()
    return {
        "project": project,
        "project_state": project_state(project, tree.fields) if project else None,
        "phase": phase,
        "phase_name": called(phase) if phase else "",
        "crumbs": crumbs(f"{project.directory_path}/") if project and project.directory_path else [],
    }
