"""How does each day of one stream stand? What the calendar of a connection shows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from connections.models import Connection
from connections.sources import Stream
from projects.models import Change, Coverage
from projects.numbers.levels import LEVEL_OF
from syncing.models import SyncChunk
from syncing.planner import days as days_between
from syncing.status.calendar import Calendar, calendar
from syncing.status.dates import listed
from syncing.status.days import Day, Range, Read, Run, Trial, day_of, length, runs
from syncing.status.gaps import Proof

MOST_TRIALS = 500


@dataclass(frozen=True)
class Failure:
    """Days whose newest try failed, and the sync that may be tried again."""

    days: Range
    error: str
    job_id: UUID


@dataclass(frozen=True)
class Covered:
    proof: Proof
    days: list[Day]
    failures: list[Failure]

    @property
    def calendar(self) -> Calendar:
        return calendar(self.days)

    @property
    def runs(self) -> list[Run]:
        """Newest first."""
        return runs(self.days)[::-1]

    @property
    def behind(self) -> list[Range]:
        """Missing days up to the newest: the next sync reads them by itself."""
        return [gap for gap in self.proof.gaps if gap[1] == self.proof.until and not self._is_tried(gap)]

    @property
    def holes(self) -> list[Range]:
        """Missing days that nobody reads unless somebody asks."""
        return [gap for gap in self.proof.gaps if gap[1] != self.proof.until and not self._is_tried(gap)]

    @property
    def behind_words(self) -> str:
        return listed(self.behind)

    @property
    def behind_length(self) -> int:
        return length(self.behind)

    @property
    def holes_length(self) -> int:
        return length(self.holes)

    @property
    def being_read(self) -> int:
        return sum(day.state.code == "being_read" for day in self.days)

    def _is_tried(self, gap: Range) -> bool:
        """All of its days are being read, or have failed and can be tried again."""
        tried = {day.date for day in self.days if day.state.code in ("failed", "being_read")}
        return all(day in tried for day in days_between(*gap))


def covered(connection: Connection, stream: Stream, proof: Proof) -> Covered:
    """Two queries."""
    read = _read(connection, stream)
    trials = _trials(connection, stream)
    bounds = proof.bounds
    first = _first_day(proof, read)
    days = [
        day_of(day, bounds, read.get(day), _trial(day, read.get(day), trials))
        for day in days_between(first.replace(month=1, day=1), bounds.today)
    ]
    shown = {day.date for day in days if day.state.code == "failed"}
    return Covered(proof, days, [each for each in _failures(trials) if shown & set(days_between(*each.days))])


def _first_day(proof: Proof, read: Iterable[date]) -> date:
    """The first that the provider may have, or that is held; of a source without history, the first expected."""
    start = proof.connection.history_start(proof.bounds.today)
    known = [start or proof.bounds.expected_from or proof.bounds.today, min(read, default=None)]
    return min(filter(None, known))


def _read(connection: Connection, stream: Stream) -> dict[date, Read]:
    rows = Coverage.objects.filter(connection=connection, stream=stream.name).annotate(restated=_restated(stream))
    fields = ("date", "row_count", "read_count", "fetched_at", "fewer_than_before", "restated")
    return {day: Read(*facts) for day, *facts in rows.values_list(*fields)}


def _restated(stream: Stream) -> Exists:
    """Whether a value of that day was other before, for the numbers of this stream's level."""
    changes = Change.objects.filter(connection=OuterRef("connection"), date=OuterRef("date"), table=stream.table)
    level = LEVEL_OF.get(stream.chunk_type)
    return Exists(changes.filter(key__startswith=f"{level.code}/") if level else changes)


def _trials(connection: Connection, stream: Stream) -> list[SyncChunk]:
    """Slices that are open or have failed, newest first."""
    tried = SyncChunk.objects.filter(connection=connection, stream=stream.name, start_date__isnull=False)
    telling = tried.filter(Q(finished_at__isnull=True) | Q(status=SyncChunk.Status.FAILED))
    fields = ("start_date", "end_date", "status", "finished_at", "error", "sync_job_id")
    return list(telling.only(*fields).order_by("-created_at", "-id")[:MOST_TRIALS])


def _trial(day: date, read: Read | None, trials: Iterable[SyncChunk]) -> Trial:
    """Of the newest. A failure says nothing once the day has been read after it."""
    for chunk in trials:
        if chunk.start_date and chunk.end_date and chunk.start_date <= day <= chunk.end_date:
            if chunk.finished_at is None:
                return "being_read"
            return "" if read and read.at > chunk.finished_at else "failed"
    return ""


def _failures(trials: Iterable[SyncChunk]) -> list[Failure]:
    failed = [chunk for chunk in trials if chunk.finished_at]
    return [
        Failure((chunk.start_date, chunk.end_date), chunk.error, chunk.sync_job_id)
        for chunk in failed
        if chunk.start_date and chunk.end_date
    ]
