"""What is held of a connection: each stream with its rows, its days and its two clocks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Max, Min, Q, Sum

from connections import registry
from connections.models import Connection
from projects.models import Coverage
from projects.models.synced import SyncedRow
from projects.numbers.agreement import agreements
from projects.tables import TABLES
from syncing.models import SyncSchedule
from syncing.status.freshness import Freshness
from syncing.status.streams import Configs, label, stream_freshness

Days = tuple[int, date | None, date | None, int]
"""Rows, first and last day, and days whose last answer had fewer rows than the one before."""

RECENT = timedelta(days=90)
"""The coverage page looks at all days; here it has to be fast."""


@dataclass(frozen=True)
class Held:
    """drifts: recent days on which the rows do not add up to their totals."""

    stream: str
    label: str
    rows: int
    first_date: date | None
    last_date: date | None
    days_with_fewer: int
    drifts: int
    schedule: SyncSchedule | None
    freshness: Freshness


def structure(provider: str) -> dict[str, type[SyncedRow]]:
    """Streams without days, whose rows are counted; the rows of the others stand in the ledger of days."""
    streams = registry.source_class(provider).streams
    return {stream.name: TABLES[stream.table].model for stream in streams if stream.cursor_field is None}


def held(connection: Connection, configs: Configs, now: datetime) -> list[Held]:
    days = _days(connection)
    schedules = {schedule.stream: schedule for schedule in connection.schedules.all()}
    tables = structure(connection.provider)
    counted = {name: table._default_manager.filter(connection=connection).count() for name, table in tables.items()}
    adrift = _drifts(connection, now)
    streams = [stream for stream in counted if counted[stream] or stream in schedules]
    streams += sorted((days.keys() | schedules.keys()) - counted.keys(), key=_place(connection))
    return [
        Held(
            stream,
            label(connection, stream, configs),
            counted.get(stream, days[stream][0] if stream in days else 0),
            *days.get(stream, (0, None, None, 0))[1:],
            drifts=adrift.get(stream, 0),
            schedule=schedules.get(stream),
            freshness=stream_freshness(connection, schedules.get(stream), configs, now),
        )
        for stream in streams
    ]


def _drifts(connection: Connection, now: datetime) -> dict[str, int]:
    since = now.astimezone(connection.zone).date() - RECENT
    return {stream: len(each.drifts) for (_, stream), each in agreements([connection], now, (since, None)).items()}


def _place(connection: Connection) -> Callable[[str], tuple[int, str]]:
    """In the order in which its source names them; what it names no more comes last."""
    places = {stream.name: at for at, stream in enumerate(registry.source_class(connection.provider).streams)}
    return lambda stream: (places.get(stream, len(places)), stream)


def _days(connection: Connection) -> dict[str, Days]:
    by_stream = (
        Coverage.objects.filter(connection=connection)
        .values_list("stream")
        .annotate(
            rows=Sum("row_count"),
            first=Min("date"),
            last=Max("date"),
            fewer=Count("id", filter=Q(fewer_than_before=True)),
        )
    )
    return {stream: (rows, first, last, fewer) for stream, rows, first, last, fewer in by_stream.order_by("stream")}
