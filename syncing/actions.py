"""What people and programs may ask of syncing: each is done, and written down with who asked for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from connections import audit
from connections.access import Actor, Role
from connections.models import Connection
from projects.tree.nodes import Node
from syncing import cancelling, inline, scheduler, wakeups
from syncing.models import ConnectionSync, SyncJob
from syncing.scope import Scope

Frequency = ConnectionSync.Frequency


@dataclass(frozen=True)
class Started:
    """deduplicated: the job was running already. degraded: no worker can be told now; it starts when one can."""

    job: SyncJob
    deduplicated: bool = False
    degraded: bool = False


def sync_now(connection: Connection, actor: Actor, *, now: datetime, scope: Scope = Scope()) -> Started:  # noqa: B008
    """Start a sync, or join the one that runs. Raises NotRunnable."""

    def note(job: SyncJob, asked: Scope) -> None:
        _record(actor, "sync started", connection, now, after={"job": str(job.pk)} | asked.as_json())

    return start(connection, actor, now=now, scope=scope, note=note)


def start(
    connection: Connection,
    actor: Actor,
    *,
    now: datetime,
    scope: Scope = Scope(),  # noqa: B008 - frozen
    note: scheduler.Note | None = None,
) -> Started:
    """sync_now without a line in the audit trail, for what was written down already."""
    enqueued = scheduler.enqueue_now(
        connection, now=now, trigger=_trigger(actor), scope=scope, user=actor.user, note=note
    )
    return _started(enqueued.job, deduplicated=enqueued.deduplicated)


def start_first(connection: Connection, actor: Actor, *, now: datetime) -> Started:
    """What a new connection begins with, or what is left of it. Raises NotRunnable.

    Without a line in the audit trail: connecting has one.
    """
    resumed = scheduler.resume_phases(connection, now=now, trigger=_trigger(actor), user=actor.user)
    if recent := next((job for job in resumed if job.lane == SyncJob.Lane.SYNC), None):
        return _started(recent)
    enqueued = scheduler.enqueue_first(connection, now=now, trigger=_trigger(actor), user=actor.user)
    return _started(enqueued.job, deduplicated=enqueued.deduplicated)


def retry_failed(job: SyncJob, actor: Actor, *, now: datetime) -> Started:
    """Start a job with the failed chunks of this one. Raises NotRunnable."""

    def note(again: SyncJob, _: Scope) -> None:
        jobs = {"job": str(again.pk), "of": str(job.pk)}
        _record(actor, "failed chunks retried", job.connection, now, after=jobs)

    again = scheduler.retry_failed(job, now=now, trigger=_trigger(actor), user=actor.user, note=note)
    return _started(again)


def cancel(job: SyncJob, actor: Actor | str, *, now: datetime) -> int:
    """Returns how many requests were dropped that waited for it. actor: or the name of a command. Raises HasEnded."""
    with transaction.atomic():
        dropped = cancelling.cancel(job.pk, now)
        _record(actor, "sync cancelled", job.connection, now, after={"job": str(job.pk), "dropped": dropped})
    return dropped


def resume(job: SyncJob, actor: Actor | str, *, now: datetime) -> Started:
    """Go on with a job that was cancelled or interrupted. actor: or the name of a command. Raises NotRunnable."""

    def note(again: SyncJob, _: Scope) -> None:
        jobs = {"job": str(again.pk), "of": str(job.pk)}
        _record(actor, "sync resumed", job.connection, now, after=jobs)

    user = None if isinstance(actor, str) else actor.user
    resumed = scheduler.resume(job, now=now, trigger=_trigger(actor), user=user, note=note)
    return _started(resumed.job, deduplicated=resumed.deduplicated)


def start_history(connection: Connection, actor: Actor, *, now: datetime) -> Started:
    """Read what was before the recent window, or that window first. Raises NotRunnable."""

    def note(job: SyncJob, _: Scope) -> None:
        _record(actor, "history started", connection, now, after={"job": str(job.pk)})

    found = scheduler.enqueue_history(connection, now=now, trigger=_trigger(actor), user=actor.user, note=note)
    return _started(found.job, deduplicated=found.deduplicated)


def force(connection: Connection, node: Node, actor: Actor, *, now: datetime) -> Started:
    """Have a node of a tree read again, whatever is held of it; the job that runs does it too. Raises NotRunnable."""
    if not node.entities:
        raise scheduler.NotRunnable("There is nothing in it that can be read.", "Choose what is above it.")
    with transaction.atomic():
        enqueued = scheduler.enqueue_forced(
            connection, node.entities, below=node.below, now=now, trigger=_trigger(actor), user=actor.user
        )
        asked = {"job": str(enqueued.job.pk), "kind": node.kind, "node": node.id, "entities": len(node.entities)}
        _record(actor, "sync forced", connection, now, after=asked)
    return _started(enqueued.job, deduplicated=enqueued.deduplicated)


def set_frequency(connection: Connection, actor: Actor, frequency: str, *, now: datetime) -> None:
    """frequency: one of ConnectionSync.Frequency. What runs goes on."""
    with transaction.atomic():
        if not Connection.objects.kept().select_for_update(no_key=True).filter(pk=connection.pk).exists():
            return  # it was removed in the meantime
        before = ConnectionSync.objects.get(pk=connection.pk).sync_frequency
        ConnectionSync.set_frequency(connection.pk, Frequency(frequency))
        scheduler.reschedule([connection.pk], now)
        set_to = {"sync_frequency": str(frequency)}
        _record(actor, "frequency changed", connection, now, before={"sync_frequency": before}, after=set_to)


def set_all_manual(actor: Actor, *, now: datetime) -> int:
    """Nothing that this actor administers starts by itself any more; what runs goes on. Returns how many differed."""
    mine = actor.connections(Role.ADMIN).exclude(sync__sync_frequency=Frequency.MANUAL)
    found = list(mine.select_related("workspace").order_by("pk"))
    for connection in found:
        set_frequency(connection, actor, Frequency.MANUAL, now=now)
    return len(found)


def remove(connection: Connection, actor: Actor, *, now: datetime) -> None:
    """Nobody sees it from now on. Its jobs stop, its login is erased unless others need it; its rows go bit by bit."""
    with transaction.atomic():
        held = Connection.objects.kept().select_for_update(no_key=True, of=("self",)).filter(pk=connection.pk).first()
        if held is None:
            return  # somebody else was first
        for job in SyncJob.objects.active().filter(connection=connection).order_by("pk"):
            SyncJob.objects.locked(job.pk).cancel(now)
        ConnectionSync.job_cancelled(connection.pk)
        held.remove(now)
        _record(actor, "connection removed", connection, now)


def _started(job: SyncJob, *, deduplicated: bool = False) -> Started:
    inline.run()
    return Started(job, deduplicated, settings.BACKGROUND_SYNC_ENABLED and wakeups.is_broker_away())


def _trigger(actor: Actor | str) -> str:
    if isinstance(actor, str):
        return SyncJob.Trigger.COMMAND
    return SyncJob.Trigger.API if actor.token else SyncJob.Trigger.USER


def _record(actor: Actor | str, action: str, connection: Connection, now: datetime, **changes: dict[str, Any]) -> None:
    audit.record(actor, action, connection, workspace=connection.workspace, now=now, **changes)
