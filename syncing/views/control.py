"""Buttons: stop a job, go on with it, read the history of an account."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from connections.access import Actor, Role, actor_of, allowed_connection, require
from connections.screen import SignedInRequest
from syncing import actions
from syncing.cancelling import HasEnded
from syncing.models import SyncJob
from syncing.scheduler import NotRunnable
from syncing.status.jobs import jobs_of
from syncing.views.actions import DEGRADED
from syncing.views.live import back


@require_POST
def cancel(request: SignedInRequest, job_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    job = _operated(actor, job_id)
    try:
        dropped = actions.cancel(job, actor, now=timezone.now())
    except HasEnded as refusal:
        messages.error(request, f"{refusal.sentence} {refusal.remedy}")
    else:
        followed = " What was to follow it was dropped too." if dropped else ""
        messages.success(request, f"Cancelled. What was read is stored; Resume goes on with the rest.{followed}")
    return back(request)


@require_POST
def resume(request: SignedInRequest, job_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    job = _operated(actor, job_id)
    try:
        started = actions.resume(job, actor, now=timezone.now())
    except NotRunnable as refusal:
        messages.error(request, f"{refusal.sentence} {refusal.remedy}")
        return back(request)
    if started.degraded:
        messages.warning(request, DEGRADED)
    address = reverse("job", args=[started.job.pk])
    return HttpResponseClientRedirect(address) if request.headers.get("HX-Request") else HttpResponseRedirect(address)


@require_POST
def start_history(request: SignedInRequest, connection_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    connection = allowed_connection(actor, connection_id, Role.OPERATOR)
    try:
        started = actions.start_history(connection, actor, now=timezone.now())
    except NotRunnable as refusal:
        messages.error(request, f"{refusal.sentence} {refusal.remedy}")
    else:
        messages.success(request, "History is read in the background, newest days first.")
        if started.degraded:
            messages.warning(request, DEGRADED)
    return back(request)


def _operated(actor: Actor, job_id: UUID) -> SyncJob:
    job = get_object_or_404(jobs_of(actor), pk=job_id)
    require(actor, Role.OPERATOR, job.connection.workspace)
    return job
