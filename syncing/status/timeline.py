"""What happened to a connection, newest first: by people, by syncs, and what held something back."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, takewhile
from uuid import UUID

from connections.models import AuditEvent, Connection
from syncing.models import ConnectionSync, Decision, SyncJob
from syncing.status.deeds import deed, job_of
from syncing.status.jobs import JobRow, job_row
from syncing.status.states import VERDICTS, State
from syncing.status.streams import Configs, label, sync_of

A_PAGE = 50
FILTERS = {"": "All", "people": "People", "syncs": "Syncs", "problems": "Problems"}
FAILED = (SyncJob.Status.FAILED, SyncJob.Status.COMPLETED_WITH_FAILURES)

PERSON = State("person", "Change", "user-circle", "neutral", "Somebody did it.")
READY = State("ready", "Complete", "circle-check", "good", "All of it is read.")


@dataclass(frozen=True)
class Event:
    """who: a person, a program or the schedule. note: what is worth knowing beside the sentence. row: of a sync.

    times, since: of a run of syncs in which nothing differed, how many they are and when the first of them was.
    """

    at: datetime
    state: State
    sentence: str
    who: str = ""
    note: str = ""
    job_id: UUID | None = None
    row: JobRow | None = None
    times: int = 1
    since: datetime | None = None


@dataclass(frozen=True)
class Timeline:
    """older: where the next page begins; None on the last one."""

    events: list[Event] = field(default_factory=list)
    older: datetime | None = None


def timeline(connection: Connection, only: str, before: datetime | None, configs: Configs) -> Timeline:
    """A page of it. One query for each kind of event. only: one of FILTERS."""
    found = [event for read in SOURCES[only] for event in read(connection, before, configs)]
    found.sort(key=lambda event: event.at, reverse=True)
    shown, rest = found[:A_PAGE], found[A_PAGE:]
    shown += takewhile(lambda event: event.at == shown[-1].at, rest)  # a page ends between two moments
    older = shown[-1].at if len(found) > len(shown) else None
    return Timeline(list(_gathered(shown)), older)


def _gathered(events: Iterable[Event]) -> Iterator[Event]:
    """Syncs of the schedule that found nothing new become one line, where nothing else happened between them."""
    for is_quiet, group in groupby(events, key=_is_quiet):
        run = list(group)
        if is_quiet and len(run) > 1:
            yield Event(run[0].at, run[0].state, run[0].sentence, run[0].who, times=len(run), since=run[-1].at)
        else:
            yield from run


def _is_quiet(event: Event) -> bool:
    return bool(event.row and event.row.found_nothing_new and event.row.job.trigger == SyncJob.Trigger.SCHEDULE)


def _people(connection: Connection, before: datetime | None, _: Configs) -> list[Event]:
    events = AuditEvent.objects.filter(workspace_id=connection.workspace_id, target=f"connection {connection.pk}")
    if before:
        events = events.filter(at__lt=before)
    rows = events.order_by("-at", "-pk")[: A_PAGE + 1]
    return [Event(row.at, PERSON, deed(row), row.actor, job_id=job_of(row)) for row in rows]


def _syncs(connection: Connection, before: datetime | None, _: Configs, *, failed: bool = False) -> list[Event]:
    jobs = SyncJob.objects.filter(connection=connection).select_related("user")
    if failed:
        jobs = jobs.filter(status__in=FAILED)
    if before:
        jobs = jobs.filter(created_at__lt=before)
    return [_sync(job_row(job)) for job in jobs.order_by("-created_at")[: A_PAGE + 1]]


def _failures(connection: Connection, before: datetime | None, configs: Configs) -> list[Event]:
    return _syncs(connection, before, configs, failed=True)


def _sync(row: JobRow) -> Event:
    return Event(row.job.created_at, row.state, row.kind, row.asked_by, row.job.error, row.job.pk, row)


def _held_back(connection: Connection, before: datetime | None, configs: Configs) -> list[Event]:
    """What the scheduler decided is kept for a day."""
    decisions = Decision.objects.filter(connection=connection).exclude(verdict=Decision.Verdict.STARTED)
    if before:
        decisions = decisions.filter(decided_at__lt=before)
    return [
        Event(
            row.decided_at,
            VERDICTS[Decision.Verdict(row.verdict)],
            label(connection, row.stream, configs),
            "the schedule",
            row.reason,
        )
        for row in decisions.order_by("-decided_at", "-pk")[: A_PAGE + 1]
    ]


def _phases(connection: Connection, before: datetime | None, _: Configs) -> list[Event]:
    sync: ConnectionSync = sync_of(connection)
    ends = (("The recent days are read", sync.phase_1_completed_at), ("All history is read", sync.phase_2_completed_at))
    return [Event(at, READY, sentence) for sentence, at in ends if at and (before is None or at < before)]


Read = Callable[[Connection, datetime | None, Configs], list[Event]]
SOURCES: dict[str, tuple[Read, ...]] = {
    "": (_people, _syncs, _held_back, _phases),
    "people": (_people,),
    "syncs": (_syncs, _phases),
    "problems": (_failures, _held_back),
}
