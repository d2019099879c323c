"""Walk the tree of directories, from the root down and each of them once.

A session cannot go up, so the walk goes down as far as it can before it turns aside. What is left to visit lies on a
stack: the next is a child of where the session stands, or else beside something above. Where the server lets us go
aside, one login is enough; where it does not, each directory without children ends a session.

A directory at which the server fails comes last, so that what lies beside it need not wait until that is mended.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connections.errors import SyncError, Transient
from connections.providers.logikal import records
from connections.providers.logikal.errors import Failed, Forbidden, Refused
from connections.providers.logikal.places import Place
from connections.providers.logikal.reading import Reading
from connections.providers.logikal.rows import Listed, listed
from connections.sources import Checkpoint, Page, Quarantined

DIRECTORIES = "directories"
ROOT = ""
GONE = "404"


@dataclass(frozen=True)
class Way:
    """waiting: what is left to visit, the next one last. late: where the server failed. is_end: only that is left."""

    waiting: tuple[str, ...] = (ROOT,)
    late: tuple[str, ...] = ()
    is_end: bool = False

    @classmethod
    def of(cls, checkpoint: Checkpoint | None) -> "Way":
        if checkpoint is None:
            return cls()
        late, is_end = checkpoint.get("late", ()), checkpoint.get("is_end", False)
        return cls(tuple(checkpoint["waiting"]), tuple(late), is_end)

    @property
    def checkpoint(self) -> Checkpoint | None:
        """None at its end."""
        if not self.waiting:
            return None
        return {"waiting": list(self.waiting), "late": list(self.late), "is_end": self.is_end}

    def on(self, below: Sequence[str] = ()) -> "Way":
        """Behind the next one, in which these have been found."""
        waiting = (*self.waiting[:-1], *reversed(below))
        return Way(waiting, self.late, self.is_end) if waiting else Way(self.late, is_end=True)

    def around(self) -> "Way":
        """The next one comes last."""
        return Way(self.waiting, (self.waiting[-1], *self.late), self.is_end).on()


def directory_pages(reading: Reading, checkpoint: Checkpoint | None) -> Iterator[Page]:
    """The child directories of each directory."""
    return _pages(reading, checkpoint, with_projects=False)


def project_pages(reading: Reading, checkpoint: Checkpoint | None) -> Iterator[Page]:
    """The same, each followed by the projects that lie in the directory."""
    return _pages(reading, checkpoint, with_projects=True)


def _pages(reading: Reading, checkpoint: Checkpoint | None, *, with_projects: bool) -> Iterator[Page]:
    """A page without records, where a directory cannot be entered now."""
    way = Way.of(checkpoint)
    while way.waiting:
        path = way.waiting[-1]
        try:
            found = _visit(reading, way, with_projects)
        except Failed as failed:
            if path == ROOT or not failed.level:
                raise
            if way.is_end:
                raise _failed_at(path, failed) from None
            reading.session.close()  # where it stands now, nobody knows
            way = way.around()
            yield Page([], way.checkpoint, reading.now())
            continue
        way = Way.of(found[-1].checkpoint) if found[-1].checkpoint else Way(())
        yield from found


def _visit(reading: Reading, way: Way, with_projects: bool) -> list[Page]:
    """The pages about the next directory."""
    path = way.waiting[-1]
    try:
        reading.session.go(Place(directory=path))
    except (Refused, Forbidden) as refused:
        return [Page([], way.on().checkpoint, reading.now(), _put_aside(path, refused))]
    children = _children_of(path, reading)
    below = [record["path"] for record in children.records if not reading.is_excluded(record["path"])]
    after, whole, is_first = way.on(below).checkpoint, {"parent_path": path}, path == ROOT
    if not with_projects:
        return [children.page(after, complete=whole, is_first=is_first)]
    projects = _projects_in(path, reading)
    return [
        children.page(way.checkpoint, complete=whole, stream=DIRECTORIES, is_first=is_first),
        projects.page(after, complete={"directory_path": path}),
    ]


def _failed_at(path: str, failed: Failed) -> Transient:
    sentence = f"The directory {path} could not be read. {failed.sentence}"
    return Transient(sentence, original=failed.original, code=failed.code)


def _put_aside(path: str, refused: SyncError) -> tuple[Quarantined, ...]:
    """What is gone since it was listed, is missing from the list of the next walk. The rest people should see."""
    if refused.code == GONE:
        return ()
    return (Quarantined(path, f"LOGIKAL did not let us into this directory (HTTP {refused.code}).", refused.original),)


def _children_of(path: str, reading: Reading) -> Listed:
    return listed(reading.session.directories(), lambda row: records.directory(row, parent=path), "path")


def _projects_in(path: str, reading: Reading) -> Listed:
    return listed(reading.session.projects(), lambda row: records.project(row, directory_path=path), "external_id")
