"""What does a new connection begin with: its recent days, then what was before them, as it is planned and done?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from connections.access import Actor
from connections.frequencies import choice
from connections.models import Connection
from syncing import planner
from syncing.models import SyncJob
from syncing.status.jobs import jobs_of
from syncing.status.progress import Progress, progress_of
from syncing.status.remaining import batches, seconds_left, total
from syncing.status.streams import Configs, object_types

JUST_NOW = timedelta(seconds=30)
"""Whoever opens the page within so much of the end has come to see it, and is led on."""


@dataclass(frozen=True)
class Leg:
    """One of the two phases. chunks: None while the lists of objects are not read; calls, seconds: where measured."""

    name: str
    since: date
    until: date
    chunks: int | None
    calls: float | None
    seconds: float | None

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1


@dataclass(frozen=True)
class Start:
    connection: Connection
    recent: Progress
    history: Progress | None
    legs: Sequence[Leg]

    @property
    def title(self) -> str:
        source = self.connection.source_class
        return f"Syncing Your {source.data_name or source.label} Data"

    @property
    def afterwards(self) -> str:
        return choice(self.connection.sync.sync_frequency).afterwards

    def is_just_done(self, now: datetime) -> bool:
        closed_at = self.recent.job.closed_at
        return self.recent.state == "done" and closed_at is not None and closed_at > now - JUST_NOW


def phases_of(actor: Actor, connection_id: UUID) -> QuerySet[SyncJob]:
    """The jobs of both phases, newest first."""
    return jobs_of(actor).filter(connection=connection_id, sync_phase__isnull=False).order_by("-created_at")


def start_of(jobs: Sequence[SyncJob], now: datetime) -> Start | None:
    """jobs: of `phases_of`. None where there was no recent phase."""
    newest: dict[str | None, SyncJob] = {}
    for job in jobs:
        newest.setdefault(job.sync_phase, job)
    recent = newest.get(SyncJob.Phase.RECENT_90_DAYS)
    if recent is None:
        return None
    history = newest.get(SyncJob.Phase.HISTORICAL_BACKFILL)
    first, *rest = progress_of([recent, *([history] if history else [])], now)
    second = rest[0] if rest else None
    return Start(recent.connection, first, second, _legs(first, second, now))


def _legs(recent: Progress, history: Progress | None, now: datetime) -> list[Leg]:
    connection = recent.job.connection
    today = now.astimezone(connection.zone).date()
    legs = [_recent_leg(recent)]
    start = connection.history_start(today)
    days = planner.history_window(connection.anchor_date, start) if start else None
    if days:
        legs.append(_history_leg(recent, history, days))
    return legs


def _recent_leg(recent: Progress) -> Leg:
    job, work = recent.job, recent.work
    planned_on = (job.planned_at or job.created_at).astimezone(job.connection.zone).date()
    since, until = planner.recent_window(job.connection.anchor_date, planned_on)
    if job.planned_at is None:
        return Leg("Recent days", since, until, None, None, None)
    seconds = _seconds(work.chunks, recent)
    return Leg("Recent days", since, until, job.total_chunks, total(work.chunks, work.calls), seconds)


def _history_leg(recent: Progress, history: Progress | None, days: tuple[date, date]) -> Leg:
    if history:
        chunks, calls = history.job.total_chunks, _times(history)
        return Leg("History", *days, chunks, calls, history.seconds_left)
    if recent.job.planned_at is None:
        return Leg("History", *days, None, None, None)
    planned = chunks_of_history(recent, days, object_types())
    calls = total(planned, recent.work.calls)
    return Leg("History", *days, sum(planned.values()), calls, _seconds(planned, recent))


def chunks_of_history(recent: Progress, days: tuple[date, date], configs: Configs) -> dict[str, int]:
    """As the planner will make them: the batches of each stream in each period."""
    periods, held = len(list(planner.windows(*days, planner.PERIOD_DAYS))), dict(recent.counts)
    connection = recent.job.connection
    sizes = {key[1]: config.batch_size for key, config in configs.items() if key[0] == connection.provider}
    return {
        stream.name: periods
        * batches(held.get(stream.entity_stream or "", 0), sizes.get(stream.name, stream.entity_batch))
        for stream in connection.source_class.streams
        if stream.name in recent.work.chunks and stream.cursor_field
    }


def _seconds(planned: Mapping[str, int], recent: Progress) -> float | None:
    at_once = recent.job.connection.sync.slices_in_flight
    return seconds_left(planned, recent.work.seconds, recent.usual, at_once=at_once)


def _times(history: Progress) -> float | None:
    each = total(history.work.chunks, history.work.calls)
    made = sum(history.work.chunks.values())
    return each * history.job.total_chunks / made if each is not None and made else None
