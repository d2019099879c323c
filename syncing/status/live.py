"""Has anything moved since a page was drawn, and may more be expected? One query each."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2s
from typing import Any

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery, Sum

from connections.models import Connection
from syncing.models import SyncJob

SHOWN = (
    "pk",
    "paused",
    "credential__needs_reconnect",
    "credential__expires_at",
    "credential__data_access_expires_at",
    "sync__sync_frequency",
    "sync__sync_status",
    "sync__total_syncs_attempted",
    "sync__total_syncs_with_changes",
    "sync__last_sync_completed_at",
    "sync__not_before",
    "sync__phase_1_completed_at",
    "sync__phase_2_completed_at",
)
"""What changes on a page about connections, beside the progress of the jobs that run."""


@dataclass(frozen=True)
class Live:
    """version: the same as long as a page would look the same."""

    version: str
    is_running: bool


def of_connections(shown: QuerySet[Connection]) -> Live:
    running = SyncJob.objects.active().filter(connection=OuterRef("pk")).order_by().values("connection")
    done = running.annotate(done=Sum(F("completed_chunks") + F("failed_chunks") + F("total_chunks"))).values("done")
    rows = list(shown.annotate(progress=Subquery(done)).values_list(*SHOWN, "progress"))
    return Live(fingerprint(rows), any(row[-1] is not None for row in rows))


def of_job(jobs: QuerySet[SyncJob]) -> Live:
    """jobs: the one that is asked for, or none."""
    at_work = Count("chunks", filter=Q(chunks__lease_token__isnull=False))
    begun, read = Max("chunks__started_at"), Sum("chunks__records_read")
    rows = list(
        jobs.order_by()
        .annotate(at_work=at_work, begun=begun, read=read)
        .values_list("status", "completed_chunks", "failed_chunks", "total_chunks", "at_work", "begun", "read")
    )
    return Live(fingerprint(rows), any(row[0] in ("pending", "in_progress") for row in rows))


def of_phases(jobs: QuerySet[SyncJob]) -> Live:
    """jobs: those of the first sync of a connection, newest first."""
    chunks = Count("chunks", filter=Q(chunks__lease_token__isnull=False)), Sum("chunks__retry_count")
    rows = list(
        jobs.annotate(at_work=chunks[0], retries=chunks[1], read=Sum("chunks__records_read")).values_list(
            "closed_at",
            "pk",
            "status",
            "completed_chunks",
            "failed_chunks",
            "total_chunks",
            "at_work",
            "retries",
            "read",
            "connection__sync__not_before",
            "connection__credential__needs_reconnect",
            "connection__paused",
        )
    )
    return Live(fingerprint(rows), any(row[0] is None for row in rows))


def fingerprint(rows: Iterable[tuple[Any, ...]]) -> str:
    return blake2s(repr(rows).encode(), digest_size=8).hexdigest()
