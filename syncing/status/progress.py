"""How far is a job, what does it read now, and how long will it take? Five queries for any number of jobs."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.db.models import Avg, Count, Max, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from connections.models import Connection
from connections.sources import Stream
from syncing.models import SyncChunk, SyncJob
from syncing.status.held import structure
from syncing.status.parked import parked
from syncing.status.remaining import ANY, seconds_left

NAMED = 3
"""Different errors that are told; what failed is counted anyway."""

LATELY, LAST_JOBS = timedelta(days=7), 5
"""Of which jobs of a provider durations are taken, while a job has none of its own."""


@dataclass(frozen=True)
class Trouble:
    """times: chunks that met it. is_final: they were given up; else they are tried again."""

    sentence: str
    remedy: str = ""
    times: int = 1
    is_final: bool = False


@dataclass
class Work:
    """The chunks of one job, by stream."""

    left: dict[str, int] = field(default_factory=dict)
    chunks: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    calls: dict[str, float] = field(default_factory=dict)
    at_work: dict[str, tuple[date | None, date | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """state: what a page shows. waits_until: of a parked one, where it goes on by itself."""

    job: SyncJob
    state: Literal["running", "parked", "done", "failed"]
    activity: str
    counts: Sequence[tuple[str, int]]
    work: Work
    usual: dict[str, float]
    seconds_left: float | None
    waits_until: datetime | None
    troubles: Sequence[Trouble]

    @property
    def ended_chunks(self) -> int:
        return self.job.completed_chunks + self.job.failed_chunks

    @property
    def tens(self) -> int:
        """What is read out: every tenth only, so that nobody is talked to all the time."""
        return self.job.progress_percentage // 10 * 10


def progress_of(jobs: Sequence[SyncJob], now: datetime) -> list[Progress]:
    """jobs: with their connection, its telemetry and its credential."""
    works, held, met = _works(jobs), entities([job.connection for job in jobs]), _troubles(jobs)
    waiting = parked([job.connection_id for job in jobs if job.is_active], now)
    usual = _usual([job for job in jobs if _is_unmeasured(job, works[job.pk])], now)
    return [
        _progress(
            job,
            works[job.pk],
            usual.get((job.connection.provider, job.lane), {}),
            held.get(job.connection_id, ()),
            met[job.pk],
            waiting.get(job.connection_id) if job.lane == SyncJob.Lane.SYNC else None,
            now,
        )
        for job in jobs
    ]


def _progress(
    job: SyncJob,
    work: Work,
    usual: dict[str, float],
    held: Sequence[tuple[str, int]],
    met: Sequence[Trouble],
    parked_until: datetime | None,
    now: datetime,
) -> Progress:
    state, until, trouble = _state(job, parked_until, now)
    left = None if state != "running" else left_of(job, work, usual)
    troubles = [*([trouble] if trouble else []), *met][:NAMED]
    return Progress(job, state, _activity(job, work, state), held, work, usual, left, until, troubles)


def _state(
    job: SyncJob, parked_until: datetime | None, now: datetime
) -> tuple[Literal["running", "parked", "done", "failed"], datetime | None, Trouble | None]:
    if not job.is_active:
        return ("done" if job.status == SyncJob.Status.COMPLETED else "failed"), None, None
    connection, sync = job.connection, job.connection.sync
    if trouble := connection.credential.trouble:
        return "parked", None, Trouble(trouble.sentence, trouble.remedy)
    if connection.paused:
        return "parked", None, Trouble("The account is paused.", "Resume it when it should go on.")
    if sync.not_before and sync.not_before > now:
        return "parked", sync.not_before, Trouble(sync.not_before_reason) if sync.not_before_reason else None
    if parked_until:
        return "parked", parked_until, Trouble("The calls that the schedule may make in an hour are used up.")
    return "running", None, None


def left_of(job: SyncJob, work: Work, usual: dict[str, float]) -> float | None:
    """None while its metrics are not planned: nobody knows then how many chunks there will be."""
    if job.planned_at is None or not job.is_active:
        return None
    is_history = job.lane == SyncJob.Lane.BACKFILL
    at_once = max(1, job.connection.sync.slices_in_flight - is_history)
    spacing = settings.CHUNK_DELAY_MS / 1000 if is_history else 0.0
    return seconds_left(work.left | {ANY: job.to_release}, work.seconds, usual, at_once=at_once, spacing=spacing)


def _activity(job: SyncJob, work: Work, state: str) -> str:
    if state != "running":
        return ""
    for stream in job.connection.source_class.streams:
        if stream.name in work.at_work:
            return reading(job.connection, stream, *work.at_work[stream.name])
    return "Begins in a moment" if job.status == SyncJob.Status.PENDING else "Goes on in a moment"


def reading(connection: Connection, stream: Stream, since: date | None, until: date | None) -> str:
    """Reading campaigns. Reading numbers of ads, 12 Jan – 11 Apr 2026."""
    if not (stream.cursor_field and since and until):
        return f"Reading {stream.label[:1].lower()}{stream.label[1:]}"
    source = connection.source_class
    entity = source.stream(stream.entity_stream).label.lower() if stream.entity_stream else "the whole account"
    return f"Reading numbers of {entity}, {span(since, until)}"


def span(since: date, until: date) -> str:
    first = f"{since:%-d %b}" if since.year == until.year else f"{since:%-d %b %Y}"
    return f"{first} \N{EN DASH} {until:%-d %b %Y}"


def _works(jobs: Sequence[SyncJob]) -> dict[UUID, Work]:
    done, leased = Q(status=SyncChunk.Status.COMPLETED), Q(lease_token__isnull=False, finished_at__isnull=True)
    rows = (
        SyncChunk.objects.filter(sync_job__in=jobs)
        .order_by()
        .values("sync_job_id", "stream")
        .annotate(
            chunks=Count("id"),
            left=Count("id", filter=Q(finished_at__isnull=True)),
            seconds=Avg("actual_duration_seconds", filter=done),
            each=Avg("calls", filter=done),
            at_work=Count("id", filter=leased),
            since=Min("start_date", filter=leased),
            until=Max("end_date", filter=leased),
        )
    )
    works: dict[UUID, Work] = defaultdict(Work)
    for row in rows:
        _count(works[row["sync_job_id"]], dict(row))
    return works


def _count(work: Work, row: dict[str, Any]) -> None:
    stream = row["stream"]
    work.left[stream], work.chunks[stream] = row["left"], row["chunks"]
    if row["seconds"] is not None:
        work.seconds[stream], work.calls[stream] = row["seconds"], row["each"] or 0.0
    if row["at_work"]:
        work.at_work[stream] = (row["since"], row["until"])


def entities(connections: Iterable[Connection]) -> dict[UUID, list[tuple[str, int]]]:
    """Campaigns, ad sets and ads that are held, or what the provider has in their place, by one query."""
    tables = {each.pk: structure(each.provider) for each in connections}
    counted = {name: table for each in tables.values() for name, table in each.items()}
    numbers = {f"count_{name}": Coalesce(Subquery(_counted(table)), 0) for name, table in counted.items()}
    found = Connection.objects.filter(pk__in=tables).order_by().annotate(**numbers).values("pk", *numbers)
    return {row["pk"]: [(name, row[f"count_{name}"]) for name in tables[row["pk"]]] for row in found}


def _counted(table: Any) -> Any:
    return (
        table._default_manager.filter(connection=OuterRef("pk"))
        .order_by()
        .values("connection")
        .annotate(number=Count("pk"))
        .values("number")
    )


def _troubles(jobs: Sequence[SyncJob]) -> dict[UUID, list[Trouble]]:
    told = ("failed", "pending", "running")
    rows = (
        SyncChunk.objects.filter(sync_job__in=jobs, status__in=told)
        .exclude(error="")
        .order_by()
        .values("sync_job_id", "status", "error", "remedy")
        .annotate(times=Count("id"))
        .order_by("status", "-times", "error")
    )
    found: dict[UUID, list[Trouble]] = defaultdict(list)
    for row in rows:
        is_final = row["status"] == SyncChunk.Status.FAILED
        found[row["sync_job_id"]].append(Trouble(row["error"], row["remedy"], row["times"], is_final))
    return found


def _is_unmeasured(job: SyncJob, work: Work) -> bool:
    return job.is_active and any(left and stream not in work.seconds for stream, left in work.left.items())


def _usual(jobs: Sequence[SyncJob], now: datetime) -> dict[tuple[str, str], dict[str, float]]:
    """What chunks of the same provider took in its last jobs of that lane."""
    kinds = {(job.connection.provider, str(job.lane)): job.sync_phase for job in jobs}
    found = {}
    for (provider, lane), phase in kinds.items():
        last = SyncJob.objects.filter(connection__provider=provider, sync_phase=phase, closed_at__gt=now - LATELY)
        newest = list(last.order_by("-closed_at").values_list("pk", flat=True)[:LAST_JOBS])
        chunks = SyncChunk.objects.filter(sync_job__in=newest, status=SyncChunk.Status.COMPLETED).order_by()
        rows = chunks.values_list("stream").annotate(Avg("actual_duration_seconds"))
        found[provider, lane] = dict(rows)
    return found
