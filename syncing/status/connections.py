"""How does each connection stand? Five queries for a page of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery

from connections.access import Actor
from connections.models import Connection
from syncing.models import ConnectionSync, SyncJob, SyncSchedule
from syncing.status.ending import Ending, ending
from syncing.status.freshness import worst
from syncing.status.parked import parked
from syncing.status.states import CONNECTION, FRESHNESS, State, Tone
from syncing.status.streams import Configs, object_types, stream_freshness, sync_of
from syncing.status.ticks import TICKS, Tick, summary, ticks

IDS_A_QUERY = 100
"""Connections in one condition: SQLite takes no more than 1,000."""

SAYING_THE_SAME = {("paused", "paused"), ("never_synced", "never"), ("error", "failing"), ("retrying", "failing")}


@dataclass(frozen=True)
class Standing:
    """A connection with its state, why it is in it and what a person can do.

    goes_on_at: where it waits for a time. ending: of its login, where that is near.
    """

    connection: Connection
    sync: ConnectionSync
    state: State
    why: str
    remedy: str
    freshness: State
    ticks: tuple[Tick, ...] = ()
    goes_on_at: datetime | None = None
    ending: Ending | None = None

    @property
    def next_due_at(self) -> datetime | None:
        """Of the stream that is looked at next; None where nothing is scheduled."""
        due = (schedule.next_due_at for schedule in self.connection.schedules.all())
        return min(filter(None, due), default=None)

    @property
    def is_held(self) -> bool:
        """Nothing starts by itself as things are, whatever is due."""
        return self.state.code in ("needs_reconnect", "paused", "wrong_mode")

    @property
    def pills(self) -> list[State]:
        """Its state, and its freshness where that says more."""
        same = (self.state.code, self.freshness.code) in SAYING_THE_SAME
        return [self.state] if same else [self.state, self.freshness]

    @property
    def error_tone(self) -> Tone:
        return "bad" if self.sync.last_sync_remedy else "wait"

    @property
    def ticks_summary(self) -> str:
        return summary(self.ticks)

    @property
    def changes_percentage(self) -> float:
        attempted = self.sync.total_syncs_attempted
        return 100 * self.sync.total_syncs_with_changes / attempted if attempted else 0.0


def connections_of(actor: Actor) -> QuerySet[Connection]:
    """What this person may see, with all that `standing` reads."""
    schedules = Prefetch("schedules", SyncSchedule.objects.order_by("stream"))
    return (
        actor.connections()
        .select_related("workspace", "credential", "sync")
        .prefetch_related(schedules)
        .order_by("name", "id")
    )


def standings_of(
    connections: Iterable[Connection], now: datetime, *, with_ticks: bool = True, configs: Configs | None = None
) -> list[Standing]:
    """connections: of `connections_of`. configs: where they are known already."""
    found = list(connections)
    configs = object_types() if configs is None else configs
    jobs = newest_jobs_of([connection.pk for connection in found], TICKS) if with_ticks else {}
    waiting = _parked(found, now)
    return [_standing(each, configs, now, jobs.get(each.pk, ()), waiting.get(each.pk)) for each in found]


def newest_jobs_of(connections: Sequence[UUID], number: int) -> dict[UUID, list[SyncJob]]:
    """So many of the newest jobs of each connection, by one walk of the index for each."""
    oldest_shown = SyncJob.objects.filter(connection=OuterRef("pk")).order_by("-created_at").values("created_at")
    newest = defaultdict(list)
    for first in range(0, len(connections), IDS_A_QUERY):
        some = Connection.objects.filter(pk__in=connections[first : first + IDS_A_QUERY])
        since = some.annotate(since=Subquery(oldest_shown[number - 1 : number])).values_list("pk", "since")
        wanted = [Q(connection=pk, created_at__gte=moment) if moment else Q(connection=pk) for pk, moment in since]
        for job in SyncJob.objects.filter(reduce(or_, wanted)).select_related("user").order_by("-created_at"):
            newest[job.connection_id].append(job)
    return newest


def standing(connection: Connection, configs: Configs, now: datetime) -> Standing:
    return _standing(connection, configs, now, (), _parked([connection], now).get(connection.pk))


def _parked(connections: Iterable[Connection], now: datetime) -> dict[UUID, datetime]:
    """Only running ones need be looked at."""
    running = [each.pk for each in connections if sync_of(each).sync_status == ConnectionSync.Status.SYNCING]
    return parked(running, now) if running else {}


def _standing(
    connection: Connection, configs: Configs, now: datetime, jobs: Sequence[SyncJob], parked_until: datetime | None
) -> Standing:
    sync = sync_of(connection)
    code, why, remedy = _state(connection, sync, now)
    goes_on_at = sync.not_before if code == "rate_limited" else None
    if code == "syncing" and parked_until:
        code, why, goes_on_at = "waiting", "The calls that the schedule may make in an hour are used up.", parked_until
    each = [stream_freshness(connection, schedule, configs, now) for schedule in connection.schedules.all()]
    overall = FRESHNESS["paused"] if connection.paused else worst(each)
    near = ending(connection.credential, now)
    return Standing(connection, sync, CONNECTION[code], why, remedy, overall, ticks(jobs), goes_on_at, near)


def _state(connection: Connection, sync: ConnectionSync, now: datetime) -> tuple[str, str, str]:
    """Its state, why, and what to do. The first that applies is what a person should hear."""
    if trouble := connection.credential.trouble:
        return "needs_reconnect", trouble.sentence, trouble.remedy
    if connection.paused:
        return "paused", "", "Resume it when it should run again."
    if wrong_mode := connection.wrong_mode():
        return "wrong_mode", wrong_mode, "Connect the account again in this mode, or change the mode."
    if sync.not_before and sync.not_before > now:
        return "rate_limited", sync.not_before_reason, ""
    if sync.sync_status == ConnectionSync.Status.ERROR:
        return ("error" if sync.last_sync_remedy else "retrying"), sync.last_sync_error, sync.last_sync_remedy
    if sync.sync_status == ConnectionSync.Status.IDLE and sync.last_sync_attempted_at is None:
        return "never_synced", "", "Start a sync."
    return sync.sync_status, "", ""
