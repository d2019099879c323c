"""Read what is too much for one answer by a report: Meta makes it in its own time, and we look again and again.

What a look leaves behind is the report's number, in the checkpoint. So whoever looks next asks for the same report, in
whichever process, and its rows are numbers of the moment at which it was asked for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from connections.errors import SyncError, Transient
from connections.providers.meta.client import GraphApi, Params, Reply
from connections.providers.meta.errors import FieldsRefused, ObjectMissing
from connections.providers.meta.faults import Fault
from connections.providers.meta.paging import GraphList, ListPage, without
from connections.sources import Checkpoint

EDGE = "insights"
LOOK_AGAIN = timedelta(seconds=10)
LOOK_RARELY = timedelta(seconds=60)
"""Where nobody waits: a look is a call, and of these the schedule has few."""
LONGEST_WAIT = timedelta(hours=1)
MOST_REPORTS = 2
"""Of those that never end or vanish; after that it is an error, which costs a retry."""
MOST_MISSES = 2
"""Meta may not know a report that it was asked for a moment ago."""

ERROR_FIELDS = ("error_code", "error_subcode", "error_message", "error_user_title", "error_user_msg")
FIELDS = ("async_status", "async_percent_completion", *ERROR_FIELDS)
COMPLETED = "Job Completed"
ENDED_BADLY = {"Job Failed": "Meta could not finish the report.", "Job Skipped": "Meta skipped the report."}


@dataclass(frozen=True)
class Report:
    """id: empty while none is being made. number: how many were asked for. misses: how often it was not known."""

    id: str = ""
    asked_at: datetime | None = None
    number: int = 0
    misses: int = 0

    @classmethod
    def of(cls, resume: Checkpoint) -> "Report":
        known = dict(resume.get("report", {}))
        if known.get("asked_at"):
            known["asked_at"] = datetime.fromisoformat(known["asked_at"])
        return cls(**known)

    def resume(self) -> Checkpoint:
        asked_at = self.asked_at.isoformat() if self.asked_at else None
        return {"report": {"id": self.id, "asked_at": asked_at, "number": self.number, "misses": self.misses}}


class ReportList:
    """The rows of one question, by a report. optional_fields: as in GraphList."""

    def __init__(self, api: GraphApi, params: Params, *, optional_fields: frozenset[str] = frozenset()) -> None:
        self._api = api
        self._params = dict(params)
        self._optional_fields = optional_fields

    def pages(self, resume: Checkpoint) -> Iterator[ListPage]:
        """Rows, or one page which says that there are none yet."""
        report = Report.of(resume)
        if not report.id:
            yield self._begin(report)
            return
        try:
            if "page" in resume:
                yield from self._rows(report, resume)
            else:
                yield from self._look(report)
        except ObjectMissing as error:
            yield from self._missing(report, error)

    def _begin(self, before: Report) -> ListPage:
        reply = self._ask()
        found = str(reply.body.get("report_run_id", ""))
        if not (found.isascii() and found.isdigit()):
            raise Transient("Meta did not say which report it makes.", original=self._api.scrub(str(reply.body))[:1000])
        return self._later(Report(found, reply.fetched_at, before.number + 1))

    def _ask(self) -> Reply:
        while True:
            try:
                return self._api.post(EDGE, self._params)
            except FieldsRefused as error:
                self._params["fields"] = without(error, self._params["fields"], self._optional_fields, of=EDGE)

    def _look(self, report: Report) -> Iterator[ListPage]:
        """It is ready when it is completed and at 100 %: for a while it may be only one of these."""
        told = self._api.about(report.id).get("", {"fields": FIELDS}).body
        status = told.get("async_status")
        if status == COMPLETED and str(told.get("async_percent_completion")) == "100":
            yield from self._rows(report, {})
        elif status in ENDED_BADLY:
            yield from self._fail(report, self._failure(told, ENDED_BADLY[status]))
        elif report.asked_at and self._api.now() - report.asked_at < LONGEST_WAIT:
            yield self._later(report)
        else:
            yield from self._give_up(report, Transient("Meta did not finish the report within an hour."))

    def _rows(self, report: Report, resume: Checkpoint) -> Iterator[ListPage]:
        place = {name: value for name, value in resume.items() if name != "report"}
        for found in GraphList(self._api.about(report.id), EDGE, {}).pages(place):
            following = found.resume and {**report.resume(), **found.resume}
            yield found._replace(resume=following, fetched_at=report.asked_at or found.fetched_at)

    def _missing(self, report: Report, error: ObjectMissing) -> Iterator[ListPage]:
        if report.misses < MOST_MISSES:
            yield self._later(replace(report, misses=report.misses + 1))
            return
        sentence = "Meta no longer knows the report that it was asked for."
        yield from self._give_up(report, Transient(sentence, original=error.original, code=error.code))

    def _give_up(self, report: Report, error: SyncError) -> Iterator[ListPage]:
        """Ask for another one; once."""
        if report.number < MOST_REPORTS:
            yield self._begin(report)
        else:
            yield from self._fail(report, error)

    def _fail(self, report: Report, error: SyncError) -> Iterator[ListPage]:
        """Let go of the report first, so that whoever tries again asks for another one."""
        yield ListPage([], replace(report, id="", misses=0).resume(), self._api.now(), is_first=False)
        raise error

    def _failure(self, told: Mapping[str, Any], sentence: str) -> SyncError:
        """Why it ended badly. Meta tells since its version 25, and then not always."""
        if not told.get("error_code"):
            return Transient(sentence, original=self._api.scrub(str(told.get("error_message") or ""))[:1000])
        named = {name.removeprefix("error_"): told.get(name) for name in ("error_code", "error_message")}
        return self._api.refusal(Fault.of(200, {"error": {**told, **named}}, self._api.scrub))

    def _later(self, report: Report) -> ListPage:
        again_after = LOOK_AGAIN if self._api.somebody_waits else LOOK_RARELY
        return ListPage([], report.resume(), self._api.now(), is_first=False, again_after=again_after)
