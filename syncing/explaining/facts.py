"""All that an explanation is made of, loaded at once for a connection and all its streams."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Count, Max, Min, Q
from django_celery_beat.models import PeriodicTask

from connections.models import AuditEvent, Connection
from connections.sources import CallLimit, Stream
from syncing import budget, freshness, pacing, periodic
from syncing.budget import Fill
from syncing.models import SchedulerHeartbeat, SyncChunk, SyncJob, SyncSchedule, WorkerHeartbeat
from syncing.models.state import ConnectionSync
from syncing.scheduler.known import Known, known_of_all
from syncing.scheduler.verdicts import limits
from syncing.status import rounds
from syncing.status.jobs import JobRow, job_row
from syncing.status.streams import sync_of
from syncing.status.workers import living


@dataclass(frozen=True)
class Look:
    """One of the periodic looks at what is due. every: how often it is meant to be taken. since: when the Beat that
    lives began; its first look comes one interval later."""

    name: str
    every: timedelta
    is_enabled: bool
    ran_at: datetime | None
    error: str
    since: datetime | None = None

    def is_taken(self, now: datetime) -> bool:
        return not rounds.is_silent(rounds.last_sign(self.ran_at, self.since), self.every, now)

    @property
    def next_at(self) -> datetime | None:
        last = rounds.last_sign(self.ran_at, self.since)
        return last + self.every if last else None


@dataclass(frozen=True)
class Pieces:
    """The chunks of one stream in the job that runs. ready_at: of the first that is to come."""

    total: int = 0
    done: int = 0
    failed: int = 0
    running: int = 0
    ready: int = 0
    ready_at: datetime | None = None
    queue: str = ""

    @property
    def open(self) -> int:
        return self.total - self.done - self.failed


@dataclass
class Facts:
    """jobs: active ones by lane. pieces: of the sync that runs, by stream. fills: of every bucket of the connection."""

    now: datetime
    known: Known
    jobs: Mapping[str, SyncJob]
    pieces: Mapping[str, Pieces]
    looks: Mapping[str, Look]
    workers: Sequence[WorkerHeartbeat]
    scheduled_limits: Sequence[CallLimit]
    all_limits: Sequence[CallLimit]
    fills: Mapping[str, Fill]

    @property
    def connection(self) -> Connection:
        return self.known.connection

    @property
    def sync(self) -> ConnectionSync:
        return self.known.sync

    def look(self, stream: Stream) -> Look:
        """The one that starts this stream as soon as it is due."""
        return self.looks[periodic.DISPATCH_REALTIME if self.is_fast(stream) else periodic.SMART_SYNC]

    @property
    def job(self) -> JobRow | None:
        """The sync that runs or waits; a backfill is none."""
        found = self.jobs.get(SyncJob.Lane.SYNC)
        return job_row(found) if found else None

    def schedule(self, stream: Stream) -> SyncSchedule:
        """One that was never due, where its row is missing."""
        found = self.known.schedules.get(stream.name)
        return found or SyncSchedule(connection=self.connection, stream=stream.name)

    def label(self, stream: str) -> str:
        return self.known.config(stream).display_name

    def is_due(self, stream: str) -> bool:
        schedule = self.known.schedules.get(stream)
        return bool(schedule and schedule.next_due_at and schedule.next_due_at <= self.now)

    def is_fast(self, stream: Stream) -> bool:
        """Looked at by the fast look, which passes over the rest."""
        seconds = self.schedule(stream).interval_seconds
        fastest = freshness.FASTEST_OF_ALL.total_seconds()
        is_realtime = self.sync.sync_frequency == ConnectionSync.Frequency.REALTIME
        return is_realtime or (seconds is not None and seconds < fastest)

    def reads(self, stream: Stream) -> bool:
        """The sync that runs has read this stream, reads it or is about to."""
        row = self.job
        if row is None:
            return False
        named = row.job.scope.get("streams") or ()
        return stream.name in self.pieces or not named or stream.name in named

    @property
    def due(self) -> list[str]:
        """In the order of the source, so parents first."""
        return [stream.name for stream in self.known.streams if self.is_due(stream.name)]

    @cached_property
    def pace(self) -> pacing.Pace:
        configs = {(self.connection.provider, name): config for name, config in self.known.configs.items()}
        return pacing.paces([self.connection], configs, self.now)[self.connection.pk]

    @cached_property
    def paused_by(self) -> AuditEvent | None:
        """As far as the audit trail tells."""
        trail = AuditEvent.objects.filter(workspace_id=self.connection.workspace_id, action="connection changed")
        return trail.filter(target=f"connection {self.connection.pk}", after__paused=True).order_by("-at").first()


def gather(connection: Connection, now: datetime) -> Facts:
    known = _known(connection)
    jobs = {job.lane: job for job in SyncJob.objects.active().filter(connection=connection).select_related("user")}
    scheduled, everybody = limits(known), limits(known, scheduled=False)
    running = jobs.get(SyncJob.Lane.SYNC)
    return Facts(
        now=now,
        known=known,
        jobs=jobs,
        pieces=_pieces(running, now) if running else {},
        looks=_looks(now),
        workers=living(now),
        scheduled_limits=scheduled,
        all_limits=everybody,
        fills=budget.fills((limit.bucket for limit in (*scheduled, *everybody)), now),
    )


def _known(connection: Connection) -> Known:
    """Of a connection that is being erased there may be little left."""
    found = known_of_all([connection])
    return found[0] if found else Known(connection, sync_of(connection), {}, {})


def _pieces(job: SyncJob, now: datetime) -> dict[str, Pieces]:
    held = Q(lease_token__isnull=False, ready_at__gt=now)
    waiting = Q(finished_at__isnull=True) & ~held
    ended = SyncChunk.Status
    found = job.chunks.values_list("stream").annotate(
        total=Count("id"),
        done=Count("id", filter=Q(status=ended.COMPLETED)),
        failed=Count("id", filter=Q(status__in=[ended.FAILED, ended.CANCELLED])),
        at_work=Count("id", filter=Q(finished_at__isnull=True) & held),
        waiting=Count("id", filter=waiting & Q(ready_at__lte=now)),
        first_ready=Min("ready_at", filter=waiting),
        its_queue=Max("queue"),
    )
    return {stream: Pieces(*figures) for stream, *figures in found.order_by("stream")}


def _looks(now: datetime) -> dict[str, Look]:
    """As Beat's rows say, which the admin may edit."""
    ran = {row.pk: row for row in SchedulerHeartbeat.objects.all()}
    names = (periodic.SMART_SYNC, periodic.DISPATCH_REALTIME)
    rows = {row.name: row for row in PeriodicTask.objects.filter(name__in=names).select_related("interval")}
    since = rounds.beat_began(now)
    looks = {}
    for name in names:
        row, last = rows.get(name), ran.get(name)
        every = rounds.every_of(row.interval if row else None, timedelta(seconds=periodic.every_seconds()[name]))
        is_enabled = bool(row and row.enabled)
        looks[name] = Look(name, every, is_enabled, last.ran_at if last else None, last.error if last else "", since)
    return looks
