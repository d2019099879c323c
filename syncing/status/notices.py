"""What must somebody know before anything else: can syncs run at all?"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from syncing import wakeups
from syncing.models import SyncChunk, WorkerHeartbeat
from syncing.status.freshness import spoken
from syncing.status.rounds import PRUNE, Round, overdue, silent
from syncing.status.workers import living, unserved


@dataclass(frozen=True)
class Notice:
    title: str
    sentence: str
    remedy: str = ""


OFF = Notice("Background sync is off: nothing runs by itself.", "Sync now still works.")
NO_BROKER = Notice(
    "The workers cannot be told that work waits.",
    "The broker does not answer. What was asked for is kept in the database and starts by itself when it is back.",
    "Look whether Redis or Valkey runs at REDIS_URL.",
)
NO_WORKER = Notice(
    "No worker can be reached right now.",
    "What was asked for is kept in the database and starts by itself as soon as a worker runs.",
    "Look at the worker's log, or start one with ./bin/run.",
)


def notice(now: datetime) -> Notice | None:
    if not settings.BACKGROUND_SYNC_ENABLED:
        return OFF
    if unserved(now):
        return NO_WORKER
    late = overdue(now)
    if starter := silent(late):
        return silence(starter, now)
    if wakeups.is_broker_away() and SyncChunk.objects.ready(now).exists():
        return NO_BROKER
    return not_pruned(late[PRUNE], now) if PRUNE in late else None


def silence(starter: Round, now: datetime) -> Notice:
    """Nobody starts what is due. The sentence says since when, the remedy where to look first."""
    since = starter.missing_since(now)
    never = "" if starter.ran_at else "It never ran. "
    missing = spoken((now - (since or now)).total_seconds())
    said = f"{never}The scheduler has not looked for {missing}, and should look {starter.pace}. "
    title = "The schedule is silent: nothing starts by itself."
    if not living(now):
        return Notice(title, f"{said}No worker lives either. {NO_WORKER.sentence}", _where_to_look(starter, now))
    still = "What is due starts as soon as it looks again; Sync now still works."
    return Notice(title, said + still, _where_to_look(starter, now))


def _where_to_look(starter: Round, now: datetime) -> str:
    if not starter.task.enabled:
        return f"The periodic task {starter.name} is switched off. Switch it on in the admin, under Periodic tasks."
    if not WorkerHeartbeat.alive(now).filter(has_beat=True).exists():
        return "Beat does not run: look at its log or at the worker's, or start both with ./bin/run."
    if not living(now):
        return NO_WORKER.remedy
    if not wakeups.broker_answers():
        return NO_BROKER.remedy
    return "Look at the worker's log for what the task ran into, and at the operations page."


def not_pruned(prune: Round, now: datetime) -> Notice:
    since = prune.missing_since(now) or now
    return Notice(
        f"Nothing old has been deleted for {(now - since).days} days.",
        "The history of syncs grows until prune runs again. What is synced is not touched by it.",
        "Look at the worker's log for what prune ran into, or run: manage.py prune",
    )
