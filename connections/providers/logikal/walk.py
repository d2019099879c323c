"""Walk the tree of directories, from the root down and each of them once.

A session cannot go up, so the walk goes down as far as it can before it turns aside. What is left to visit lies on a
stack: the next is a child of where the session stands, or else beside something above. Where the server lets us go
aside, one login is enough; where it does not, each directory without children ends a session.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from connections.errors import SyncError
from connections.providers.logikal import records
from connections.providers.logikal.errors import Forbidden, Refused
from connections.providers.logikal.places import Place
from connections.providers.logikal.reading import Reading
from connections.providers.logikal.rows import Listed, listed
from connections.sources import Checkpoint, Page, Quarantined

DIRECTORIES = "directories"
ROOT = ""
GONE = "404"


@dataclass(frozen=True)
class Visit:
    """The session stands in this directory. before: the checkpoint that visits it again. after: the one behind it."""

    path: str
    children: Listed
    before: Checkpoint
    after: Checkpoint | None

    def child_page(self, checkpoint: Checkpoint | None, *, stream: str = "") -> Page:
        whole = {"parent_path": self.path}
        return self.children.page(checkpoint, complete=whole, stream=stream, is_first=self.path == ROOT)


def directory_pages(reading: Reading, checkpoint: Checkpoint | None) -> Iterator[Page]:
    """The child directories of each directory."""
    for visit in _visits(reading, checkpoint):
        yield visit if isinstance(visit, Page) else visit.child_page(visit.after)


def project_pages(reading: Reading, checkpoint: Checkpoint | None) -> Iterator[Page]:
    """The same, each followed by the projects that lie in the directory."""
    for visit in _visits(reading, checkpoint):
        if isinstance(visit, Page):
            yield visit
            continue
        projects = _projects_in(visit.path, reading)
        yield visit.child_page(visit.before, stream=DIRECTORIES)
        yield projects.page(visit.after, complete={"directory_path": visit.path})


def _visits(reading: Reading, checkpoint: Checkpoint | None) -> Iterator[Visit | Page]:
    """A page without records, where a directory cannot be entered."""
    waiting: list[str] = list(checkpoint["waiting"]) if checkpoint else [ROOT]
    while waiting:
        path, before = waiting[-1], waiting
        try:
            reading.session.go(Place(directory=path))
        except (Refused, Forbidden) as refused:
            waiting = waiting[:-1]
            yield Page([], _place(waiting), reading.now(), _put_aside(path, refused))
            continue
        children = _children_of(path, reading)
        below = [record["path"] for record in children.records if not reading.is_excluded(record["path"])]
        waiting = [*waiting[:-1], *reversed(below)]
        yield Visit(path, children, {"waiting": before}, _place(waiting))


def _put_aside(path: str, refused: SyncError) -> tuple[Quarantined, ...]:
    """What is gone since it was listed, is missing from the list of the next walk. The rest people should see."""
    if refused.code == GONE:
        return ()
    return (Quarantined(path, f"LOGIKAL did not let us into this directory (HTTP {refused.code}).", refused.original),)


def _children_of(path: str, reading: Reading) -> Listed:
    return listed(reading.session.directories(), lambda row: records.directory(row, parent=path), "path")


def _projects_in(path: str, reading: Reading) -> Listed:
    return listed(reading.session.projects(), lambda row: records.project(row, directory_path=path), "external_id")


def _place(waiting: list[str]) -> Checkpoint | None:
    return {"waiting": waiting} if waiting else None
