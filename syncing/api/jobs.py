"""List jobs, look at one with its chunks, stop it, go on with it, run again what failed of it."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from rest_framework.request import Request
from rest_framework.response import Response

from connections.access import Role, require
from connections.api.bodies import query, read
from connections.api.endpoint import Endpoint
from connections.api.pages import PageQuery, page
from connections.api.problems import Conflict
from connections.api.schema import READING, WRITING, describe
from syncing import actions, cancelling, scheduler
from syncing.api import examples
from syncing.api.shapes import (
    QUEUED,
    ChunkOut,
    JobDetail,
    JobOut,
    JobPage,
    JobQuery,
    Nothing,
    SyncJobResponse,
)
from syncing.api.sync import STARTED, started
from syncing.models import SyncJob
from syncing.status.jobs import jobs_of


class Jobs(Endpoint):
    @describe(
        "jobs_list",
        "The jobs of the connections that you may see",
        {200: ("Newest first.", JobPage)},
        query=[JobQuery],
        problems=(*READING, 400, 404),
    )
    def get(self, request: Request) -> Response:
        asked = query(request, JobQuery)
        rows = SyncJob.objects.filter(connection__in=self.actor.connections())
        if "connection" in asked:
            rows = rows.filter(connection=asked["connection"])
        if "status" in asked:
            rows = rows.filter(status=SyncJob.Status.PENDING if asked["status"] == QUEUED else asked["status"])
        return Response(page(request, rows, "-created_at", "-id", shape=JobOut))


@method_decorator(conditional_page, name="dispatch")
class OneJob(Endpoint):
    @describe(
        "jobs_one",
        "One job with a page of its chunks",
        {200: ("Now.", JobDetail), 304: ("As the ETag in If-None-Match.", None)},
        query=[PageQuery],
        problems=(*READING, 400, 404),
    )
    def get(self, request: Request, job_id: UUID) -> Response:
        job = get_object_or_404(jobs_of(self.actor), pk=job_id)
        chunks = page(request, job.chunks.all(), "chunk_order", "id", shape=ChunkOut)
        return Response(JobOut(job).data | {"chunks": chunks})


class RetryJob(Endpoint):
    @describe(
        "jobs_retry",
        "Start a job with its failed chunks; what succeeded is not read again",
        {202: ("The new job.", SyncJobResponse)},
        body=Nothing,
        problems=(*WRITING, 404, 409),
        examples=[examples.SYNC[0], examples.SYNC[1]],
    )
    def post(self, request: Request, job_id: UUID) -> Response:
        job = _operated(self, request, job_id)
        try:
            begun = actions.retry_failed(job, self.actor, now=timezone.now())
        except scheduler.NotRunnable as refusal:
            raise Conflict(refusal.sentence, refusal.remedy) from refusal
        return started(begun)


class CancelJob(Endpoint):
    @describe(
        "jobs_cancel",
        "Stop a job; what it has read stays, and resume goes on with the rest",
        {200: ("As it ended.", JobOut)},
        body=Nothing,
        problems=(*WRITING, 404, 409),
    )
    def post(self, request: Request, job_id: UUID) -> Response:
        job = _operated(self, request, job_id)
        try:
            actions.cancel(job, self.actor, now=timezone.now())
        except cancelling.HasEnded as refusal:
            raise Conflict(refusal.sentence, refusal.remedy) from refusal
        return Response(JobOut(jobs_of(self.actor).get(pk=job_id)).data)


class ResumeJob(Endpoint):
    @describe(
        "jobs_resume",
        "Go on with a job that was cancelled, or interrupted by the end of its login",
        STARTED,
        body=Nothing,
        problems=(*WRITING, 404, 409),
        examples=examples.SYNC,
    )
    def post(self, request: Request, job_id: UUID) -> Response:
        job = _operated(self, request, job_id)
        try:
            begun = actions.resume(job, self.actor, now=timezone.now())
        except scheduler.NotRunnable as refusal:
            raise Conflict(refusal.sentence, refusal.remedy) from refusal
        return started(begun)


def _operated(endpoint: Endpoint, request: Request, job_id: UUID) -> SyncJob:
    job = get_object_or_404(jobs_of(endpoint.actor), pk=job_id)
    require(endpoint.actor, Role.OPERATOR, job.connection.workspace)
    read(request, Nothing)
    return job
