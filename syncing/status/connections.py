"""How does each connection stand? Four queries for any number of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery

from connections.models import Connection
from syncing.models import ConnectionSync, SyncJob, SyncSchedule
from syncing.status.freshness import worst
from syncing.status.states import CONNECTION, FRESHNESS, State, Tone
from syncing.status.streams import Configs, object_types, stream_freshness, sync_of
from syncing.status.ticks import TICKS, Tick, summary, ticks

SAYING_THE_SAME = {("paused", "paused"), ("never_synced", "never"), ("error", "failing"), ("retrying", "failing")}


@dataclass(frozen=True)
class Standing:
    """A connection with its state, why it is in it and what a person can do."""

    connection: Connection
    sync: ConnectionSync
    state: State
    why: str
    remedy: str
    freshness: State
    ticks: tuple[Tick, ...] = ()

    @property
    def pills(self) -> list[State]:
        """Its state, and its freshness where that says more."""
        same = (self.state.code, self.freshness.code) in SAYING_THE_SAME
        return [self.state] if same else [self.state, self.freshness]

    @property
    def needs_you(self) -> bool:
        return self.state.tone == "bad"

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


def connections_of(user: User) -> QuerySet[Connection]:
    """What this person may see, with all that `standing` reads."""
    schedules = Prefetch("schedules", SyncSchedule.objects.order_by("stream"))
    return (
        Connection.objects.visible_to(user)
        .select_related("workspace", "credential", "sync")
        .prefetch_related(schedules)
        .order_by("name", "id")
    )


def standings(user: User, now: datetime) -> list[Standing]:
    oldest_shown = SyncJob.objects.filter(connection=OuterRef("pk")).order_by("-created_at").values("created_at")
    found = list(connections_of(user).annotate(ticks_since=Subquery(oldest_shown[TICKS - 1 : TICKS])))
    configs, jobs = object_types(), _newest_jobs(found)
    return [standing(connection, configs, now, jobs[connection.pk]) for connection in found]


def _newest_jobs(connections: Sequence[Connection]) -> dict[UUID, list[SyncJob]]:
    """The newest jobs of each connection, by one walk of the index for each."""
    wanted = Q(pk__in=[])
    for connection in connections:
        since = connection.ticks_since  # type: ignore[attr-defined]  # annotated by standings
        wanted |= Q(connection=connection, created_at__gte=since) if since else Q(connection=connection)
    newest = defaultdict(list)
    for job in SyncJob.objects.filter(wanted).order_by("-created_at"):
        newest[job.connection_id].append(job)
    return newest


def standing(connection: Connection, configs: Configs, now: datetime, jobs: Sequence[SyncJob] = ()) -> Standing:
    sync = sync_of(connection)
    code, why, remedy = _state(connection, sync, now)
    each = [stream_freshness(connection, schedule, configs, now) for schedule in connection.schedules.all()]
    overall = FRESHNESS["paused"] if connection.paused else worst(each)
    return Standing(connection, sync, CONNECTION[code], why, remedy, overall, ticks(jobs))


def _state(connection: Connection, sync: ConnectionSync, now: datetime) -> tuple[str, str, str]:
    """Its state, why, and what to do. The first that applies is what a person should hear."""
    if connection.credential.needs_reconnect:
        return "needs_reconnect", connection.credential.needs_reconnect_reason, "Connect the account again."
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
