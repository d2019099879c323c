"""What an elevation or a whole project is made of, as a file for a spreadsheet, sent while it is made."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from connections.access import actor_of
from connections.screen import SignedInRequest
from projects.models import Elevation, LogikalProject
from projects.tree.contents import elevations_in
from projects.tree.export import file_name, lines
from projects.tree.trees import Tree, find_tree


@require_safe
def project_csv(request: SignedInRequest, connection_id: UUID, project_id: str) -> HttpResponseBase:
    """Without elevations that are gone or lie in the recycle bin: somebody may order by it."""
    tree = find_tree(actor_of(request), connection_id)
    project = get_object_or_404(LogikalProject, connection=tree.connection, external_id=project_id)
    there = elevations_in(tree, project, None).filter(missing_since__isnull=True, is_in_recycle_bin=False)
    return _file(tree, project, there, file_name(project))


@require_safe
def elevation_csv(request: SignedInRequest, connection_id: UUID, elevation_id: str) -> HttpResponseBase:
    tree = find_tree(actor_of(request), connection_id)
    found = Elevation.objects.filter(connection=tree.connection, external_id=elevation_id)
    elevation = get_object_or_404(found)
    project = LogikalProject.objects.filter(connection=tree.connection, external_id=elevation.project_id).first()
    return _file(tree, project, found, file_name(elevation))


def _file(tree: Tree, project: LogikalProject | None, rows: QuerySet[Elevation], name: str) -> HttpResponseBase:
    answer = StreamingHttpResponse(lines(tree, project, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = content_disposition_header(True, name)
    answer["Cache-Control"] = "private, no-store"
    return answer
