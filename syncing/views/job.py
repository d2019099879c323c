"""One job: how far it is, what its chunks did and why some did not."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from connections.access import Role, actor_of
from connections.screen import SignedInRequest
from syncing import scheduler
from syncing.models import SyncChunk
from syncing.status import live
from syncing.status.controls import elapsed
from syncing.status.gantt import gantt
from syncing.status.jobs import chunk_row, job_row, jobs_of
from syncing.status.streams import object_types
from syncing.views.live import show_live, unchanged

CHUNKS_A_PAGE = 100


@require_safe
def job(request: SignedInRequest, job_id: UUID) -> HttpResponse:
    now, actor = timezone.now(), actor_of(request)
    mine = jobs_of(actor).filter(pk=job_id)
    state = live.of_job(mine)
    if answer := unchanged(request, state):
        return answer
    found = get_object_or_404(mine)
    chunks = SyncChunk.objects.filter(sync_job=found).order_by("chunk_order", "id")
    page = Paginator(chunks, CHUNKS_A_PAGE).get_page(request.GET.get("page"))
    configs = object_types()
    rows = [chunk_row(chunk, found.connection, configs) for chunk in page]
    context = {"row": job_row(found), "chunks": rows, "page": page, "gantt": gantt(rows, now)}
    context |= {"elapsed": elapsed(found, now), "may_operate": actor.may(Role.OPERATOR, found.connection.workspace)}
    context |= {"may_resume": scheduler.is_interrupted(found)}
    workspace = found.connection.workspace
    return show_live(request, "job", context, workspace=workspace, now=now, live=state, running=[])
