"""Fetch what is kept of each elevation of a phase: its picture and its parts list, where the elevation has changed."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace

from connections.providers.logikal import parts_records
from connections.providers.logikal.aside import Aside
from connections.providers.logikal.client import Reply
from connections.providers.logikal.errors import Failed, Forbidden, Refused, TooLong
from connections.providers.logikal.places import Place
from connections.providers.logikal.reading import Reading
from connections.sources import Checkpoint, Page, Record

PNG = b"\x89PNG\r\n\x1a\n"
PICTURES_A_PAGE = 20
NOT_OPENED = "LOGIKAL did not open this elevation."
NOT_GIVEN = "LOGIKAL did not give the parts list of this elevation."
NO_RIGHT = "This LOGIKAL login may not read parts lists."
TOO_LARGE = "The parts list is too large to be read."
IN_USE, GONE = 409, 404

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """own: the stream that is read. brings: those that are read along with it."""

    own: str
    brings: tuple[str, ...] = ()

    def has(self, stream: str) -> bool:
        return stream == self.own or stream in self.brings

    def page_stream(self, stream: str) -> str:
        """What its pages call it."""
        return "" if stream == self.own else stream


@dataclass(frozen=True)
class Phase:
    """The session stands at `place`, a phase. elevations: the records of those in it. checkpoint: of its pages. aside:
    those of the whole project."""

    reading: Reading
    place: Place
    elevations: list[Record]
    wanted: Wanted
    checkpoint: Checkpoint
    aside: Aside

    def changed(self, stream: str) -> list[Record]:
        """Those whose version is not the one that the stream holds; without those in the recycle bin."""
        if not self.wanted.has(stream):
            return []
        held = self.reading.held(stream, self.place.project)
        present = [each for each in self.elevations if not each["is_in_recycle_bin"]]
        return [each for each in present if not each["version"] or held.get(each["external_id"]) != each["version"]]

    def page(self, found: list[tuple[Record, Reply]], stream: str) -> Page:
        records = [record for record, _ in found]
        return Page(records, self.checkpoint, found[0][1].fetched_at, stream=self.wanted.page_stream(stream))


def thumbnail_pages(phase: Phase) -> Iterator[Page]:
    found: list[tuple[Record, Reply]] = []
    for elevation in phase.changed("thumbnails"):
        if picture := _picture(phase, elevation["external_id"]):
            fields = {name: elevation[name] for name in ("external_id", "project_id", "version")}
            found.append((fields | {"image": picture.data}, picture))
        if len(found) == PICTURES_A_PAGE:
            yield phase.page(found, "thumbnails")
            found = []
    if found:
        yield phase.page(found, "thumbnails")


def _picture(phase: Phase, elevation: str) -> Reply | None:
    """None where there is none: nothing else depends on it, and the next change of the elevation asks again."""
    session = phase.reading.session
    try:
        reply = session.thumbnail(elevation)
    except (Refused, Forbidden, TooLong) as error:
        if session.place != phase.place:  # a new session did not get back to here
            raise
        log.info("LOGIKAL gave no picture of an elevation: %s", error.sentence)
        return None
    except Failed as error:
        if session.place != phase.place:
            raise
        phase.aside.waits(elevation, error)
        return None
    return reply if reply.data.startswith(PNG) else None


def part_pages(phase: Phase) -> Iterator[Page]:
    """A page for each, so that what was fetched is kept. Where one is forbidden, the others are not asked for."""
    is_forbidden = False
    for elevation in phase.changed("parts_lists"):
        asked_at = phase.reading.now()
        try:
            record = _forbidden(elevation) if is_forbidden else _parts(phase, elevation)
        except Forbidden as error:
            if error.level != "elevation":
                raise
            is_forbidden, record = True, _forbidden(elevation)
        if record is not None:
            yield phase.page([(record, Reply(None, asked_at))], "parts_lists")


def _forbidden(elevation: Record) -> Record:
    return parts_records.refused(elevation, NO_RIGHT, is_final=False)


def _parts(phase: Phase, elevation: Record) -> Record | None:
    """None where the elevation is gone since it was listed, or put aside."""
    session, place = phase.reading.session, replace(phase.place, elevation=elevation["external_id"])
    try:
        session.go(place)
        return parts_records.parts_record(elevation, session.parts_list().data)
    except TooLong:
        return parts_records.refused(elevation, TOO_LARGE)
    except (Refused, Failed) as error:
        if error.level != "elevation":
            raise
        return _not_read(phase, elevation, error, is_open=session.place == place)


def _not_read(phase: Phase, elevation: Record, error: Refused | Failed, *, is_open: bool) -> Record | None:
    sentence = NOT_GIVEN if is_open else NOT_OPENED
    if isinstance(error, Failed) or error.status == IN_USE:
        phase.reading.session.close()  # where it stands now, nobody knows
        if phase.aside.waits(elevation["external_id"], error):
            return None
        phase.aside.left_any = True
        sentence = f"{sentence} {error.sentence}"
    elif error.status == GONE and not is_open:
        return None
    return parts_records.refused(elevation, sentence, is_final=False)
