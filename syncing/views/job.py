"""One job: how far it is, what its chunks did and why some did not."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from syncing.models import SyncChunk
from syncing.status.gantt import gantt
from syncing.status.jobs import chunk_row, job_row, jobs_of
from syncing.status.streams import object_types
from syncing.views.screen import SignedInRequest, show

CHUNKS_A_PAGE = 100


def job(request: SignedInRequest, job_id: UUID) -> HttpResponse:
    now = timezone.now()
    found = get_object_or_404(jobs_of(request.user), pk=job_id)
    chunks = SyncChunk.objects.filter(sync_job=found).order_by("chunk_order", "id")
    page = Paginator(chunks, CHUNKS_A_PAGE).get_page(request.GET.get("page"))
    configs = object_types()
    rows = [chunk_row(chunk, found.connection, configs) for chunk in page]
    context = {"row": job_row(found), "chunks": rows, "page": page, "gantt": gantt(rows, now)}
    if found.started_at:
        context["running_seconds"] = (now - found.started_at).total_seconds()
    return show(request, "syncing/job.html", context, workspace=found.connection.workspace, now=now)
