"""What changed of what a connection holds, before and after; as a page and as a file."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from connections.access import actor_of
from connections.screen import SignedInRequest, show
from projects.restated.asked import KINDS, PERIODS, Asked
from projects.restated.export import file_name, lines
from projects.restated.lines import page
from projects.restated.summary import summary
from syncing.models import SyncJob


@require_safe
def changes(request: SignedInRequest, connection_id: UUID) -> HttpResponse:
    asked = _asked(request, connection_id)
    after = request.GET.get("after", "")
    shown = page(asked, after)
    context = {
        "connection": asked.connection,
        "asked": asked,
        "periods": PERIODS,
        "kinds": KINDS,
        "summary": summary(asked),
        "page": shown,
        "is_first": not after,
        "jobs": set(SyncJob.objects.filter(pk__in=shown.job_ids).values_list("pk", flat=True)),
    }
    workspace = asked.connection.workspace
    return show(request, "syncing/changes.html", context, workspace=workspace, now=timezone.now())


@require_safe
def changes_csv(request: SignedInRequest, connection_id: UUID) -> HttpResponseBase:
    asked = _asked(request, connection_id)
    answer = StreamingHttpResponse(lines(asked), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = content_disposition_header(True, file_name(asked))
    answer["Cache-Control"] = "private, no-store"
    return answer


def _asked(request: SignedInRequest, connection_id: UUID) -> Asked:
    mine = actor_of(request).connections().select_related("workspace", "sync")
    found = get_object_or_404(mine, pk=connection_id)
    return Asked.of(found, request.GET.get("period", ""), request.GET.get("of", ""), timezone.now())
