"""What waits longer than it should, and which connections need a person?"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from config.doctor.finding import Finding, many, ok, warning, wrong
from connections.models import Connection, Credential
from syncing.models import Decision, SyncJob, SyncSchedule
from syncing.status.freshness import spoken
from syncing.status.workers import waiting

LATE = timedelta(minutes=15)
"""Three looks of the scheduler at everything."""

VERY_LATE = timedelta(hours=1)
LISTED = "`manage.py sync_status` lists them."
HELD = (Decision.Verdict.BUDGET, Decision.Verdict.BLOCKED, Decision.Verdict.PARENT, Decision.Verdict.BROKEN)


def nothing_is_overdue(now: datetime) -> Iterator[Finding]:
    if not settings.BACKGROUND_SYNC_ENABLED:
        yield ok("Overdue work", "Not looked at: background sync is off.")
        return
    yield _schedules(now)
    yield from _chunks(now)


def _schedules(now: datetime) -> Finding:
    """What may start, and does not. What is held back for a reason has its decision."""
    at_work = SyncJob.objects.active().filter(connection=OuterRef("connection"))
    late = SyncSchedule.objects.filter(Connection.runnable("connection__"), next_due_at__lt=now - LATE)
    late = late.exclude(connection__sync__not_before__gt=now).exclude(Exists(at_work))
    free = late.exclude(verdict__in=HELD)
    oldest = free.aggregate(Min("next_due_at"))["next_due_at__min"]
    held = late.count() - (number := free.count())
    if oldest is None:
        note = f" {many(held, 'object')} held back for a reason: `manage.py explain` says it." if held else ""
        return ok("Overdue work", f"Nothing that may start waits longer than {_said(LATE)}.{note}")
    age = now - oldest
    said = f"{many(number, 'object')} due for longer than {_said(LATE)}, the first for {_said(age)}."
    remedy = "Look at the scheduler above. `manage.py explain CONNECTION` says why for each."
    return wrong("Overdue work", said, remedy) if age > VERY_LATE else warning("Overdue work", said, remedy)


def _chunks(now: datetime) -> Iterator[Finding]:
    for queue in waiting(now):
        if queue.since is None:
            continue
        age = now - queue.since
        said = f"{many(queue.chunks, 'chunk')} ready, the first for {_said(age)}."
        title = f"Queue {queue.queue}"
        if age > LATE and queue.queue != "backfill":
            yield warning(title, said, "Start more workers, or look why those that live are slow.")
        else:
            yield ok(title, said)


def _said(age: timedelta) -> str:
    return spoken(age.total_seconds())


def connections_work(now: datetime) -> Iterator[Finding]:
    kept = Connection.objects.kept()
    total, paused = kept.count(), kept.filter(paused=True).count()
    dead = kept.exclude(Credential.usable("credential__"))
    other_mode = kept.filter(_other_mode())
    if number := dead.count():
        remedy = f"Connect them again in the browser. {LISTED}"
        yield wrong("Connections", f"{number} of {many(total, 'connection')} need a new login: {_names(dead)}.", remedy)
    if number := other_mode.count():
        said = f"{number} of {many(total, 'connection')} never run in the mode of their provider: {_names(other_mode)}."
        yield warning("Connections", said, "Change the provider's mode, or connect the accounts again.")
    if not dead.exists() and not other_mode.exists():
        said = f"{many(total, 'connection')}, {paused} paused. Every login is alive, as far as we know."
        yield ok("Connections", said)


def _other_mode() -> Q:
    found = Q(pk__in=[])
    for provider, its in settings.PROVIDERS.items():
        found |= Q(provider=provider, is_sandbox=not its["sandbox"])
    return found


def _names(connections: QuerySet[Connection]) -> str:
    names = list(connections.order_by("name").values_list("name", flat=True)[:4])
    return ", ".join(name[:60] for name in names[:3]) + (" and more" if len(names) > 3 else "")
