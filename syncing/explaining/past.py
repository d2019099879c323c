"""What was read of a stream, by whose wish and with what result, and what was decided about it?"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, Sum

from connections.models import Connection
from syncing.models import Decision, SyncChunk, SyncJob
from syncing.status.jobs import JobRow, job_row
from syncing.status.states import VERDICTS, State

LOOKED_THROUGH = 300
"""Jobs of the connection among which those of the stream are looked for: a fast one has many that are not its."""

JOBS, DECISIONS = 10, 20


@dataclass(frozen=True)
class Read:
    """One job, and what came of this stream in it. chunks: None where they are no longer kept."""

    row: JobRow
    chunks: int | None = None
    failed: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    calls: int = 0

    @property
    def outcome(self) -> str:
        if self.chunks is None:
            return "Its chunks are no longer kept." if not self.row.job.is_active else "It has not come to it yet."
        if self.failed:
            return f"{self.failed} of {self.chunks} chunks failed."
        if self.row.job.is_active:
            return "It is not through yet."
        if not self.created + self.updated:
            return "Nothing differed, so nothing was written."
        return f"{self.created:,} created, {self.updated:,} updated, {self.unchanged:,} unchanged."


@dataclass(frozen=True)
class Decided:
    decision: Decision
    state: State

    @property
    def budget(self) -> str:
        used, allowed = self.decision.calls_used, self.decision.calls_allowed
        return "" if used is None or allowed is None else f"{used:,} of {allowed:,} calls"


def reads(connection: Connection, stream: str) -> list[Read]:
    """The last ones, newest first. Three queries."""
    newest = SyncJob.objects.filter(connection=connection).order_by("-created_at")
    scopes = newest.values_list("pk", "scope")[:LOOKED_THROUGH]
    ids = [pk for pk, scope in scopes if not scope.get("streams") or stream in scope["streams"]][:JOBS]
    figures = _figures(ids, stream)
    jobs = newest.filter(pk__in=ids).select_related("user")
    return [Read(job_row(job), *figures.get(job.pk, ())) for job in jobs]


def _figures(jobs: Iterable[UUID], stream: str) -> dict[UUID, tuple[int, ...]]:
    chunks = SyncChunk.objects.filter(sync_job__in=list(jobs), stream=stream).order_by()
    found = chunks.values_list("sync_job").annotate(
        number=Count("id"),
        failures=Count("id", filter=Q(status=SyncChunk.Status.FAILED)),
        created=Sum("records_created"),
        updated=Sum("records_updated"),
        unchanged=Sum("records_unchanged"),
        made=Sum("calls"),
    )
    return {job: tuple(figures) for job, *figures in found}


def decided(connection: Connection, stream: str) -> list[Decided]:
    """The last ones, newest first. One query."""
    rows = Decision.objects.filter(connection=connection, stream=stream).order_by("-decided_at", "-pk")[:DECISIONS]
    return [Decided(row, VERDICTS[Decision.Verdict(row.verdict)]) for row in rows]
