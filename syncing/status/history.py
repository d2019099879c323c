"""Which jobs does the history list? Those of the connections, states, phases and days that an address asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.dateparse import parse_date

from syncing.models import SyncJob
from syncing.status.jobs import JobRow, job_row
from syncing.status.moments import moment

A_PAGE = 50
Status = SyncJob.Status

STATES: dict[str, tuple[str, tuple[Status, ...]]] = {
    "running": ("Queued or running", (Status.PENDING, Status.IN_PROGRESS)),
    "completed": ("Completed", (Status.COMPLETED,)),
    "failed": ("Failed, all or in part", (Status.FAILED, Status.COMPLETED_WITH_FAILURES)),
    "cancelled": ("Cancelled", (Status.CANCELLED,)),
}
PHASES = {
    SyncJob.Phase.RECENT_90_DAYS.value: "Recent days",
    SyncJob.Phase.HISTORICAL_BACKFILL.value: "History",
    "none": "Neither",
}


@dataclass(frozen=True)
class Asked:
    """What makes no sense in the address is passed over. since: a day of the workspace."""

    connection: UUID | None = None
    state: str = ""
    phase: str = ""
    since: date | None = None
    before: datetime | None = None

    @classmethod
    def of(cls, address: Mapping[str, str]) -> "Asked":
        state, phase = address.get("state", ""), address.get("phase", "")
        return cls(
            connection=_id(address.get("connection", "")),
            state=state if state in STATES else "",
            phase=phase if phase in PHASES else "",
            since=_day(address.get("since", "")),
            before=moment(address.get("before", "")),
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.connection or self.state or self.phase or self.since)

    def query(self) -> str:
        """The filters for an address, without the place in the list."""
        chosen: dict[str, Any] = {"connection": self.connection, "state": self.state, "phase": self.phase}
        return urlencode({name: value for name, value in (chosen | {"since": self.since}).items() if value})

    def jobs(self, jobs: QuerySet[SyncJob], zone: ZoneInfo) -> QuerySet[SyncJob]:
        if self.connection:
            jobs = jobs.filter(connection=self.connection)
        if self.state:
            jobs = jobs.filter(status__in=STATES[self.state][1])
        if self.phase:
            jobs = jobs.filter(sync_phase=None if self.phase == "none" else self.phase)
        if self.since:
            jobs = jobs.filter(created_at__gte=datetime.combine(self.since, time(), zone).astimezone(UTC))
        return jobs.filter(created_at__lt=self.before) if self.before else jobs


@dataclass(frozen=True)
class HistoryPage:
    """older: where the next page begins; None on the last one."""

    rows: list[JobRow]
    older: datetime | None


def page(jobs: QuerySet[SyncJob]) -> HistoryPage:
    """Newest first. One query."""
    rows = [job_row(job) for job in jobs.order_by("-created_at", "-pk")[: A_PAGE + 1]]
    return HistoryPage(rows[:A_PAGE], rows[A_PAGE - 1].job.created_at if len(rows) > A_PAGE else None)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _day(text: str) -> date | None:
    """From the year 2000 on: no database of ours holds an earlier sync, and not every one can compare with year 1."""
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found and found.year >= 2000 else None
