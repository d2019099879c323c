"""Read what is in a project: its phases, their elevations, and of these what has changed.

One project after the other, and phase by phase: a phase's elevations are listed and pictured first, as both need the
session to stand in the phase only; then it goes down to one elevation after the other for their parts lists.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from connections.errors import BadData, SyncError, Transient
from connections.providers.logikal import records
from connections.providers.logikal.aside import Aside
from connections.providers.logikal.elevations import Phase, Wanted, part_pages, thumbnail_pages
from connections.providers.logikal.errors import Forbidden, Refused
from connections.providers.logikal.places import Place
from connections.providers.logikal.reading import Reading
from connections.providers.logikal.rows import listed
from connections.sources import Checkpoint, EntityEnd, Page

EXCLUDED = "Its directory is excluded from syncing."
FORBIDDEN = "This LOGIKAL login may not open the project."
NO_RIGHT = "This LOGIKAL login may not read everything in the project."
REFUSED = "LOGIKAL did not open the project."
NO_PHASE = "LOGIKAL did not open a phase of the project."
NO_DIRECTORY = "LOGIKAL did not open the directory of the project."
INCOMPLETE = "LOGIKAL did not give all of its parts lists."
LOCKED = 409
WHY = {
    404: "LOGIKAL no longer has the project in its directory.",
    LOCKED: "The project is locked: somebody is working in it.",
}


def project_pages(
    reading: Reading, addresses: Sequence[str], checkpoint: Checkpoint | None, wanted: Wanted
) -> Iterator[Page]:
    """addresses: "<id> <path of the directory>", as the table of projects gives them. A checkpoint says at which of
    them the reading is, which version it had at the start, and which of its phases are done."""
    resume = checkpoint or {"at": 0}
    first = int(resume["at"])
    for at, address in enumerate(addresses[first:], first):
        after = {"at": at + 1} if at + 1 < len(addresses) else None
        yield from ProjectReader(reading, address, wanted, at, after).pages(resume if at == first else {})
    if not addresses[first:]:
        yield Page([], None, reading.now())


@dataclass
class ProjectReader:
    """at: of the address in the slice. after: the checkpoint behind this project."""

    reading: Reading
    address: str
    wanted: Wanted
    at: int
    after: Checkpoint | None
    guid: str = field(init=False)
    place: Place = field(init=False)
    version: str = field(default="", init=False)
    aside: Aside = field(init=False)

    def __post_init__(self) -> None:
        self.guid, _, directory = self.address.partition(" ")
        self.place = Place(directory, self.guid)

    def pages(self, resume: Checkpoint) -> Iterator[Page]:
        """A project that cannot be read now ends with the reason, and does not fail what is read beside it."""
        if self.reading.is_excluded(self.place.directory):
            yield self._end(EntityEnd(refusal=EXCLUDED, is_left_out=True))
            return
        self.aside = Aside(resume.get("failed", ()))
        try:
            yield from self._pages(resume)
        except (Refused, Forbidden) as error:
            yield self._end(EntityEnd(refusal=_reason(error)))
        else:
            incomplete = EntityEnd(refusal=INCOMPLETE)
            yield self._end(incomplete if self.aside.left_any else EntityEnd(version=self.version))

    def _pages(self, resume: Checkpoint) -> Iterator[Page]:
        session, done = self.reading.session, list(resume.get("done", ()))
        session.go(self.place)
        self.version = resume.get("version") or _version(session.selected_project().data)
        found = listed(
            session.phases(), lambda row: records.phase(row, project_id=self.guid), "external_id", project=self.guid
        )
        if self.wanted.has("phases"):
            whole = {"project_id": self.guid}
            yield found.page(self._here(done), complete=whole, stream=self.wanted.page_stream("phases"))
        if self.wanted.own == "phases":
            return
        for phase in [record["external_id"] for record in found.records if record["external_id"] not in done]:
            failed = len(self.aside.errors)
            yield from self._phase(phase, self._here(done))
            if len(self.aside.errors) == failed:
                done = [*done, phase]
        for error in self.aside.errors.values():
            yield Page([], self._here(done), self.reading.now())
            raise Transient(error.sentence, original=error.original, code=error.code)

    def _phase(self, identifier: str, checkpoint: Checkpoint) -> Iterator[Page]:
        """The checkpoint begins the phase anew; what is stored of it by then, is not fetched again."""
        place = Place(self.place.directory, self.guid, identifier)
        try:
            self.reading.session.go(place)
        except Refused as refused:
            if (refused.level, refused.status) == ("phase", 404):  # gone since it was listed
                return
            raise
        found = listed(
            self.reading.session.elevations(),
            lambda row: records.elevation(row, project_id=self.guid, phase_id=identifier),
            "external_id",
            project=self.guid,
        )
        if self.wanted.has("elevations"):
            whole = {"project_id": self.guid, "phase_id": identifier}
            yield found.page(checkpoint, complete=whole, stream=self.wanted.page_stream("elevations"))
        phase = Phase(self.reading, place, found.records, self.wanted, checkpoint, self.aside)
        yield from thumbnail_pages(phase)
        yield from part_pages(phase)

    def _here(self, done: list[str]) -> Checkpoint:
        return {"at": self.at, "version": self.version, "done": done, "failed": self.aside.ids}

    def _end(self, end: EntityEnd) -> Page:
        return Page([], self.after, self.reading.now(), ended={self.guid: end})


def _version(data: Any) -> str:
    if not isinstance(data, dict):
        raise Transient("LOGIKAL opened a project without describing it.")
    try:
        return records.project_version(data)
    except BadData as error:
        raise Transient("LOGIKAL gives the project a date that is none.", original=error.sentence) from None


def _reason(error: SyncError) -> str:
    if isinstance(error, Forbidden):
        return FORBIDDEN if error.level == "project" else NO_RIGHT
    if not isinstance(error, Refused):
        return REFUSED
    if error.level == "phase":
        return NO_PHASE
    if error.level == "directory" and error.status == LOCKED:
        return NO_DIRECTORY
    return WHY.get(error.status, REFUSED) if error.level in ("directory", "project") else REFUSED
