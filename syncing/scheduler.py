"""Decide what is read next and put it into the queue: the one way in for buttons, API, commands and Beat."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from connections.models import Connection
from connections.sources import Stream
from syncing import planner
from syncing.models import ConnectionSync, ObjectSyncConfig, SyncChunk, SyncJob, SyncSchedule
from syncing.planner import Plan
from syncing.scope import Scope

FULL_LIST_EVERY = timedelta(hours=24)
EDIT_OVERLAP = timedelta(minutes=10)


class NotRunnable(Exception):
    """This connection cannot be synced as things are. The sentence says why, the remedy what to do."""

    def __init__(self, sentence: str, remedy: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.remedy = remedy


@dataclass(frozen=True)
class Enqueued:
    """deduplicated: the job was running already, and does or will do what was asked."""

    job: SyncJob
    deduplicated: bool


def enqueue_now(
    connection: Connection,
    *,
    now: datetime,
    trigger: str,
    scope: Scope = Scope(),  # noqa: B008 - frozen
    user: User | None = None,
) -> Enqueued:
    """A job that reads `scope` now, or the running one. Raises NotRunnable."""
    if refusal := refused(connection):
        raise refusal
    scope = _named(connection, scope)
    for _ in range(10):
        running = _running(connection)
        if running and _is_covered(running, scope):  # no lock for what changes nothing: requests may come in floods
            return Enqueued(running, deduplicated=True)
        with transaction.atomic():
            Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
            job = start_job(connection, scope, now=now, trigger=trigger, user=user)
            if job:
                return Enqueued(job, deduplicated=False)
            running = _running(connection)
            if running and (_is_covered(running, scope) or running.ask_again([*running.rerun, scope.as_json()])):
                return Enqueued(running, deduplicated=True)
    raise NotRunnable("The connection's jobs open and close too fast to join one.", "Try again in a moment.")


def _running(connection: Connection) -> SyncJob | None:
    return SyncJob.objects.active().filter(connection=connection, lane=SyncJob.Lane.SYNC).first()


def start_job(
    connection: Connection,
    scope: Scope,
    *,
    now: datetime,
    trigger: str,
    user: User | None = None,
    rerun: Sequence[dict[str, object]] = (),
    follows: SyncJob | None = None,
) -> SyncJob | None:
    """A new job with its first chunks, or None when one is active. With the connection or its last job locked."""
    job = SyncJob(
        connection=connection,
        user=user,
        sync_type=_sync_type(connection, scope, trigger),
        trigger=trigger,
        scope=scope.as_json(),
        rerun=list(rerun),
        follows=follows,
        created_at=now,
    )
    SyncJob.objects.bulk_create([job], ignore_conflicts=True)
    if not SyncJob.objects.filter(pk=job.pk).exists():  # bulk_create says nothing of what it ignored
        return None
    ConnectionSync.job_queued(connection.pk)
    if not add_chunks(job, planner.structure(_streams(connection, scope), _updated_since(connection, now)), now):
        plan_metrics(job, now)
    job.count_chunks()
    job.save(update_fields=["total_chunks"])
    return job


def plan_metrics(job: SyncJob, now: datetime) -> int:
    """Make the job's metric chunks, once. With the job locked. Returns their number."""
    connection, scope = job.connection, Scope.from_json(job.scope)
    dated = [stream for stream in _streams(connection, scope) if stream.cursor_field]
    job.planned_at = now
    job.save(update_fields=["planned_at"])
    at_once = connection.sync.slices_in_flight
    if scope.since and scope.until:
        return add_chunks(job, planner.metrics(dated, scope.since, scope.until, at_once=at_once), now)
    today = now.astimezone(connection.zone).date()
    groups: dict[date, list[Stream]] = {}
    for stream in dated:
        groups.setdefault(_first_date(connection, stream, today), []).append(stream)
    plans = [
        plan for since, streams in groups.items() for plan in planner.metrics(streams, since, today, at_once=at_once)
    ]
    return add_chunks(job, plans, now)


def add_chunks(job: SyncJob, plans: Sequence[Plan], now: datetime) -> int:
    """Put chunks behind those that the job has. With the job locked or just made."""
    first = SyncChunk.objects.filter(sync_job=job).count()
    retries = _max_retries(job.connection.provider)
    delay = timedelta(milliseconds=settings.CHUNK_DELAY_MS if job.lane == SyncJob.Lane.BACKFILL else 0)
    chunks = [
        make_chunk(job, plan, order=first + at, ready_at=now + at * delay, now=now, max_retries=retries)
        for at, plan in enumerate(plans)
    ]
    SyncChunk.objects.bulk_create(chunks)
    return len(chunks)


def make_chunk(
    job: SyncJob, plan: Plan, *, order: int, ready_at: datetime, now: datetime, max_retries: dict[str, int]
) -> SyncChunk:
    stream, piece = plan.stream, plan.piece
    return SyncChunk(
        sync_job=job,
        connection_id=job.connection_id,
        chunk_order=order,
        stream=stream.name,
        chunk_type=stream.chunk_type,
        queue=stream.queue,
        rank=10 + stream.priority,
        entity_ids=list(piece.ids),
        entity_offset=plan.offset,
        entity_limit=plan.limit,
        start_date=piece.since,
        end_date=piece.until,
        updated_since=piece.updated_since,
        ready_at=ready_at,
        max_retries=max_retries.get(stream.name, 3),
        created_at=now,
    )


def refused(connection: Connection) -> NotRunnable | None:
    """Why this connection does not run as things are; None when it may."""
    if connection.paused:
        return NotRunnable("This connection is paused.", "Resume it first.")
    if connection.wrong_mode():
        return NotRunnable(connection.wrong_mode(), "Change the provider's mode, or connect the account again.")
    if connection.credential.needs_reconnect:
        reason = connection.credential.needs_reconnect_reason
        return NotRunnable(
            f"The login needs to be renewed: {reason}", "Connect the account again; its history is kept."
        )
    return None


def _named(connection: Connection, scope: Scope) -> Scope:
    """The same with every stream by its name, so that a stream which is switched off is not taken for one of all."""
    if scope.since and scope.until and scope.since > scope.until:
        raise NotRunnable(f"{scope.since} is after {scope.until}.", "Give the earlier date first.")
    known = [stream.name for stream in connection.source_class.streams]
    unknown = sorted(set(scope.streams) - set(known))
    if unknown:
        raise NotRunnable(f"There is no stream called {unknown[0]!r}.", f"Choose from: {', '.join(known)}.")
    names = tuple(stream.name for stream in _streams(connection, scope))
    if not names:
        raise NotRunnable("Every object type of this provider is switched off.", "Switch one on in the sync intervals.")
    return replace(scope, streams=names)


def _is_covered(job: SyncJob, scope: Scope) -> bool:
    return any(Scope.from_json(stored).contains(scope) for stored in [job.scope, *job.rerun])


def _sync_type(connection: Connection, scope: Scope, trigger: str) -> str:
    if scope.is_range:
        return SyncJob.Type.RANGE
    if not ConnectionSync.objects.filter(connection=connection, last_sync_completed_at__isnull=False).exists():
        return SyncJob.Type.INITIAL
    return SyncJob.Type.INCREMENTAL if trigger in ("schedule", "cron", "cascade") else SyncJob.Type.MANUAL


def _streams(connection: Connection, scope: Scope) -> list[Stream]:
    """Those that were named, else all that are switched on."""
    streams = connection.source_class.streams
    if scope.streams:
        return [stream for stream in streams if stream.name in scope.streams]
    off = ObjectSyncConfig.objects.filter(provider=connection.provider, is_sync_enabled=False)
    switched_off = set(off.values_list("object_type", flat=True))
    return [stream for stream in streams if stream.name not in switched_off]


def _updated_since(connection: Connection, now: datetime) -> dict[str, datetime]:
    """Structure streams whose complete list is recent enough to ask only for what was edited since."""
    since = {}
    for schedule in SyncSchedule.objects.filter(connection=connection):
        listed, read = schedule.state.get("listed_at"), schedule.state.get("read_at")
        if listed and read and now - datetime.fromisoformat(listed) < FULL_LIST_EVERY:
            since[schedule.stream] = datetime.fromisoformat(read) - EDIT_OVERLAP
    return since


def _first_date(connection: Connection, stream: Stream, today: date) -> date:
    schedule = SyncSchedule.objects.filter(connection=connection, stream=stream.name).first()
    settled = schedule.state.get("settled_until") if schedule else None
    return planner.first_date(
        today, lookback_days=stream.lookback_days, settled_until=date.fromisoformat(settled) if settled else None
    )


def _max_retries(provider: str) -> dict[str, int]:
    configs = ObjectSyncConfig.objects.filter(provider=provider)
    return dict(configs.values_list("object_type", "max_retry_attempts"))
