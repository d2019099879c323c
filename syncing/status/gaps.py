"""Is there a gap in what was read? One query finds those of any number of connections."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import Lag, Lead

from connections.models import Connection
from connections.sources import Stream, months_before
from projects.models import Coverage
from projects.numbers.agreement import Agreement, Agreements, Drift
from syncing.status import adding_up
from syncing.status.dates import listed
from syncing.status.days import ONE_DAY, Asked, Bounds, Range, expected_from, gaps, length
from syncing.status.streams import sync_of

Span = tuple[date | None, date | None]
Runs = Mapping[tuple[UUID, str], list[Range]]
"""Days in a row that have been read, of a connection and one of its streams, oldest first."""


@dataclass(frozen=True)
class Proof:
    """since, until: the days that should be there; None while nothing is expected. Today is not over, so not one.

    agreement: with its totals, where it was looked for and the stream declares to add up.
    """

    connection: Connection
    stream: str
    bounds: Bounds
    since: date | None
    until: date | None
    gaps: tuple[Range, ...] = ()
    agreement: Agreement | None = None

    @property
    def days(self) -> int:
        return length([(self.since, self.until)]) if self.since and self.until else 0

    @property
    def missing(self) -> int:
        return length(self.gaps)

    @property
    def read(self) -> int:
        return self.days - self.missing

    @property
    def is_whole(self) -> bool:
        return not self.gaps

    @property
    def sentence(self) -> str:
        if self.bounds.expected_from is None:
            return "No day has been read yet."
        if not (self.since and self.until):
            return "No gaps: none of these days is over and should have been read."
        if self.gaps:
            one = self.missing == 1
            return f"{self.missing:,} day{' is' if one else 's are'} missing: {listed(self.gaps)}."
        if self.days == 1:
            return f"No gaps: {self.since:%-d %b %Y}, the only day so far, is read."
        return f"No gaps: all {self.days:,} days from {self.since:%-d %b %Y} to {self.until:%-d %b %Y} are read."

    @property
    def drifts(self) -> tuple[Drift, ...]:
        return self.agreement.drifts if self.agreement else ()

    @property
    def totals_sentence(self) -> str:
        return adding_up.sentence(self.agreement, self.connection.currency) if self.agreement else ""

    @property
    def note(self) -> str:
        """Why it does not go back to the first day that the provider has."""
        start = self.connection.history_start(self.bounds.today)
        sync = sync_of(self.connection)
        if start is None or sync.phase_2_completed_at or self.bounds.expected_from == start:
            return ""
        if sync.phase_1_completed_at:
            return f"History is not complete yet: days from {start:%-d %b %Y} on are read in the background."
        return "Only recent days were asked for so far."


def dated(connection: Connection) -> list[Stream]:
    return [stream for stream in connection.source_class.streams if stream.cursor_field]


def proofs(
    connections: Iterable[Connection],
    read: Runs,
    now: datetime,
    *,
    stream: str = "",
    span: Span = (None, None),
    agreed: Agreements | None = None,
) -> list[Proof]:
    """read: of `runs_read`. stream: only this one. span: nothing outside of these days, each of which may be None.
    agreed: of `agreements`."""
    known = agreed or {}
    found = [
        _proof(connection, each, read.get((connection.pk, each.name), []), now, span)
        for connection in connections
        for each in dated(connection)
        if stream in ("", each.name)
    ]
    return [replace(proof, agreement=known.get((proof.connection.pk, proof.stream))) for proof in found]


def _proof(connection: Connection, stream: Stream, read: list[Range], now: datetime, span: Span) -> Proof:
    bounds = bounds_of(connection, stream, read[0][0] if read else None, now)
    since, until = bounds.expected_from, min(filter(None, (bounds.today - ONE_DAY, span[1])))
    if since:
        since = max(filter(None, (since, span[0])))
    if since is None or since > until:
        return Proof(connection, stream.name, bounds, None, None)
    return Proof(connection, stream.name, bounds, since, until, tuple(gaps(read, since, until)))


def bounds_of(connection: Connection, stream: Stream, first_read: date | None, now: datetime) -> Bounds:
    today = now.astimezone(connection.zone).date()
    sync = sync_of(connection)
    asked = Asked(
        anchor=connection.anchor_date,
        lookback_days=stream.lookback_days,
        recent_days=settings.RECENT_DAYS,
        start=connection.history_start(today),
        recent_is_done=bool(sync.phase_1_completed_at),
        history_is_done=bool(sync.phase_2_completed_at),
        settled_until=_settled_until(connection, stream.name),
    )
    months = connection.source_class.history_months
    kept_since = None if months is None else months_before(today, months) + ONE_DAY
    return Bounds(today, connection.opened_date, kept_since, expected_from(asked, first_read))


def _settled_until(connection: Connection, stream: str) -> date | None:
    states = [schedule.state for schedule in connection.schedules.all() if schedule.stream == stream]
    known = states[0].get("settled_until") if states else None
    return date.fromisoformat(known) if known else None


def runs_read(connections: QuerySet[Connection] | Iterable[UUID]) -> Runs:
    """One query, whose answer grows with the gaps and not with the days: the days at either side of each."""
    found = defaultdict(list)
    for pk, stream, day, before, after in _edges(connections):
        if before is None or day - before > ONE_DAY:
            found[pk, stream].append([day, day])
        if after is None or after - day > ONE_DAY:
            found[pk, stream][-1][1] = day
    return {key: [(since, until) for since, until in ranges] for key, ranges in found.items()}


def _edges(connections: QuerySet[Connection] | Iterable[UUID]) -> Iterable[tuple[UUID, str, date, Any, Any]]:
    """The first and the last day of each run, with the days read before and after them."""
    beside: dict[str, Any] = {"partition_by": [F("connection"), F("stream")], "order_by": "date"}
    days = Coverage.objects.filter(connection__in=connections).annotate(
        before=Window(Lag("date"), **beside), after=Window(Lead("date"), **beside)
    )
    starts = Q(before__isnull=True) | Q(date__gt=F("before") + ONE_DAY)
    ends = Q(after__isnull=True) | Q(after__gt=F("date") + ONE_DAY)
    rows = days.filter(starts | ends).order_by("connection", "stream", "date")
    return rows.values_list("connection", "stream", "date", "before", "after").iterator()


def looked_at(connections: QuerySet[Connection]) -> QuerySet[Connection]:
    """With all that a proof reads of a connection."""
    return connections.select_related("sync", "workspace", "credential").prefetch_related("schedules")
