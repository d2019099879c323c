"""What may a person do with each connection now, and what runs there already?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from connections.access import Actor, Role
from connections.models import Connection
from syncing.models import SyncJob
from syncing.status.connections import Standing
from syncing.status.outcomes import Outcome, Watch, outcomes

UNATTENDED = (SyncJob.Trigger.SCHEDULE, SyncJob.Trigger.CRON, SyncJob.Trigger.CASCADE)


def awaited(jobs: QuerySet[SyncJob]) -> QuerySet[SyncJob]:
    """Those that somebody waits for. What the schedule starts runs in silence: only its errors are told."""
    return jobs.exclude(trigger__in=UNATTENDED, urgent=False)


@dataclass(frozen=True)
class Controls:
    """A connection with the buttons beside it. job: the sync that somebody waits for; outcome: how the one before it
    ended."""

    standing: Standing
    may_operate: bool
    may_admin: bool
    job: SyncJob | None
    elapsed: float
    outcome: Outcome | None

    @property
    def tells_why(self) -> bool:
        """Not a second time what the outcome says already."""
        return not self.tells_failure or self.standing.state.code not in ("error", "retrying")

    @property
    def tells_failure(self) -> bool:
        return bool(self.outcome and self.outcome.tone == "wait")

    @property
    def watch(self) -> Watch | None:
        """What the page remembers, so that it can tell how the sync ended."""
        return Watch(self.job.pk, self.standing.sync.total_syncs_with_changes) if self.job else None


def controls(actor: Actor, standings: Sequence[Standing], watched: Sequence[Watch], now: datetime) -> list[Controls]:
    """Three queries for any number of connections."""
    ids = [each.connection.pk for each in standings]
    active = awaited(SyncJob.objects.active().filter(connection__in=ids, lane=SyncJob.Lane.SYNC))
    running = {job.connection_id: job for job in active}
    ended = outcomes(watched, [pk for pk in ids if pk not in running])
    roles = actor.roles()
    return [
        Controls(
            each,
            may_operate=roles.get(each.connection.workspace_id) in Role.OPERATOR.and_above,
            may_admin=roles.get(each.connection.workspace_id) in Role.ADMIN.and_above,
            job=(job := running.get(each.connection.pk)),
            elapsed=elapsed(job, now),
            outcome=ended.get(each.connection.pk),
        )
        for each in standings
    ]


def elapsed(job: SyncJob | None, now: datetime) -> float:
    """Seconds since it started or, while it waits, since it was asked for."""
    return max(0.0, (now - (job.started_at or job.created_at)).total_seconds()) if job else 0.0


@dataclass(frozen=True)
class ProviderButton:
    """One press for all accounts of a provider. elapsed: of the sync that runs longest, where all of them run."""

    kind: str
    label: str
    accounts: int
    is_running: bool
    elapsed: float


def provider_buttons(actor: Actor, now: datetime) -> list[ProviderButton]:
    """For the providers of which this person may sync an account."""
    mine = actor.connections(Role.OPERATOR).filter(Connection.runnable())
    running = awaited(SyncJob.objects.active().filter(connection__in=mine, lane=SyncJob.Lane.SYNC))
    active = {job.connection_id: job for job in running}
    found: dict[str, list[Connection]] = {}
    for connection in mine.only("pk", "provider").order_by("provider"):
        found.setdefault(connection.provider, []).append(connection)
    return [
        _button(kind, each, [active[one.pk] for one in each if one.pk in active], now) for kind, each in found.items()
    ]


def _button(kind: str, accounts: Sequence[Connection], jobs: Sequence[SyncJob], now: datetime) -> ProviderButton:
    return ProviderButton(
        kind,
        accounts[0].provider_label,
        len(accounts),
        is_running=len(jobs) == len(accounts),
        elapsed=max((elapsed(job, now) for job in jobs), default=0.0),
    )
