"""What somebody asks for: a job now, or the one that runs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from connections.errors import OWN_LIMIT
from connections.models import Connection
from syncing import wakeups
from syncing.models import ConnectionSync, ObjectSyncConfig, SyncChunk, SyncJob
from syncing.scheduler.jobs import UNATTENDED, start_job
from syncing.scope import Scope

FIRST_QUEUE = wakeups.QUEUES[0]
MOST_TO_FOLLOW = 20
"""Requests that may wait for a running job to end."""

Note = Callable[[SyncJob, Scope], None]
"""Writes down what was started, for whom it concerns."""


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
    note: Note | None = None,
) -> Enqueued:
    """A job that reads `scope` now, or the running one. Raises NotRunnable.

    note: called with the job and the scope that it was made for or that is to follow it, in the same transaction; not
    called where the running job reads all of it anyway.
    """
    if refusal := refused(connection):
        raise refusal
    scope = _named(connection, scope)
    for _ in range(10):
        running = running_job(connection)
        # No lock for what changes nothing: requests may come in floods.
        if running and _is_covered(running, scope, now) and not _is_to_hurry(running, trigger):
            return Enqueued(running, deduplicated=True)
        with transaction.atomic():
            connection = locked(connection.pk)
            job = start_job(connection, scope, now=now, trigger=trigger, user=user)
            if job:
                if note:
                    note(job, scope)
                return Enqueued(job, deduplicated=False)
            running = running_job(connection)
            if running and _is_to_hurry(running, trigger):
                hurry(running, now)
            if running and _is_covered(running, scope, now):
                return Enqueued(running, deduplicated=True)
            if running and _is_to_follow(running, scope, trigger, user):
                if note:
                    note(running, scope)
                return Enqueued(running, deduplicated=True)
    raise NotRunnable("The connection's jobs open and close too fast to join one.", "Try again in a moment.")


def enqueue_first(
    connection: Connection, *, now: datetime, trigger: str, user: User | None = None, note: Note | None = None
) -> Enqueued:
    """What a new connection begins with: the recent window where its provider keeps history, else what every sync
    reads. Raises NotRunnable."""
    return enqueue_now(connection, now=now, trigger=trigger, scope=first_scope(connection), user=user, note=note)


def first_scope(connection: Connection) -> Scope:
    has_history = connection.source_class.history_months is not None
    is_read = ConnectionSync.objects.filter(pk=connection.pk, phase_1_completed_at__isnull=False).exists()
    return Scope(recent=has_history and not is_read)


def locked(connection_id: UUID) -> Connection:
    """As it is now, which no other request or removal changes before this transaction ends. Raises NotRunnable."""
    rows = Connection.objects.select_for_update(no_key=True, of=("self",)).select_related("credential")
    connection = rows.filter(pk=connection_id).first()
    if connection is None:
        raise NotRunnable("This connection was removed.", "Connect the account again.")
    if refusal := refused(connection):
        raise refusal
    return connection


def _is_to_follow(running: SyncJob, scope: Scope, trigger: str, user: User | None) -> bool:
    """False when the job has closed in the meantime. Raises NotRunnable where too much is to follow already."""
    if len(running.rerun) >= MOST_TO_FOLLOW:
        raise NotRunnable("Too much is waiting for the running sync to end.", "Try again when it has ended.")
    asked = scope.as_json() | {"trigger": str(trigger), "user": user.pk if user else None}
    return running.ask_again([*running.rerun, asked])


def _is_to_hurry(running: SyncJob, trigger: str) -> bool:
    return not running.urgent and trigger not in UNATTENDED


def hurry(running: SyncJob, now: datetime) -> None:
    """Somebody waits for it now: what waits for the schedule's own limit goes on, and before others."""
    SyncJob.objects.active().filter(pk=running.pk).update(urgent=True)
    pending = SyncChunk.objects.open().filter(sync_job=running, lease_token__isnull=True)
    pending.filter(error_code=OWN_LIMIT).update(ready_at=now)
    pending.update(queue=FIRST_QUEUE)
    waiting = pending.filter(ready_at__lte=now).count()
    transaction.on_commit(partial(wakeups.send, FIRST_QUEUE, waiting), robust=True)


def running_job(connection: Connection) -> SyncJob | None:
    active = SyncJob.objects.active().select_related("connection")
    return active.filter(connection=connection, lane=SyncJob.Lane.SYNC).first()


def refused(connection: Connection) -> NotRunnable | None:
    """Why this connection does not run as things are; None when it may."""
    if connection.removed_at:
        return NotRunnable("This connection was removed.", "Connect the account again.")
    if connection.paused:
        return NotRunnable("This connection is paused.", "Resume it first.")
    if connection.wrong_mode():
        return NotRunnable(connection.wrong_mode(), "Change the provider's mode, or connect the account again.")
    if trouble := connection.credential.trouble:
        return NotRunnable(f"The login needs to be renewed: {trouble.sentence}", trouble.remedy)
    return None


def _named(connection: Connection, scope: Scope) -> Scope:
    """The same with every stream by its name, so that a stream which is switched off is not taken for one of all."""
    if scope.since and scope.until and scope.since > scope.until:
        raise NotRunnable(f"{scope.since} is after {scope.until}.", "Give the earlier date first.")
    known = [stream.name for stream in connection.source_class.streams]
    unknown = sorted(set(scope.streams) - set(known))
    if unknown:
        raise NotRunnable(f"There is no stream called {unknown[0]!r}.", f"Choose from: {', '.join(known)}.")
    wanted = set(scope.streams or known) - (set() if scope.streams else _switched_off(connection))
    names = tuple(name for name in known if name in wanted)
    if not names:
        raise NotRunnable("Every object type of this provider is switched off.", "Switch one on in the sync intervals.")
    return replace(scope, streams=names)


def _switched_off(connection: Connection) -> set[str]:
    off = ObjectSyncConfig.objects.filter(provider=connection.provider, is_sync_enabled=False)
    return set(off.values_list("object_type", flat=True))


def _is_covered(job: SyncJob, scope: Scope, now: datetime) -> bool:
    covers = Scope.from_json(job.scope).contains(scope) and (scope.is_range or _is_of_today(job, now))
    return covers or any(Scope.from_json(stored).contains(scope) for stored in job.rerun)


def _is_of_today(job: SyncJob, now: datetime) -> bool:
    """One that was paused or parked over midnight does not read the new day."""
    zone = job.connection.zone
    return (job.planned_at or job.created_at).astimezone(zone).date() == now.astimezone(zone).date()
