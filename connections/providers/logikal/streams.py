"""The streams of LOGIKAL: what each of them is, and which reader gives its pages."""

from collections.abc import Iterator
from typing import ClassVar

from connections.providers.logikal import walk
from connections.providers.logikal.elevations import Wanted
from connections.providers.logikal.project import project_pages
from connections.providers.logikal.reading import Reading
from connections.sources import Checkpoint, ChunkType, Page, Slice, Stream


class Directories(Stream):
    name = "directories"
    label = "Directories"
    table = "directory"
    chunk_type: ClassVar[ChunkType] = "structure"
    primary_key = ("path",)
    interval_minutes = 60
    staleness_minutes = 120
    priority = 1

    def read(self, client: Reading, piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
        return walk.directory_pages(client, checkpoint)


class Projects(Stream):
    """One look at each directory tells which of its projects have changed, without opening any."""

    name = "projects"
    label = "Projects"
    table = "logikal_project"
    chunk_type: ClassVar[ChunkType] = "structure"
    primary_key = ("external_id",)
    parent = "directories"
    brings = ("directories",)
    interval_minutes = 30
    staleness_minutes = 60
    priority = 2

    def read(self, client: Reading, piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
        return walk.project_pages(client, checkpoint)


class InProjects(Stream):
    """What is read by opening a project: a login for each, so one project is one slice."""

    chunk_type: ClassVar[ChunkType] = "structure"
    primary_key: ClassVar[tuple[str, ...]] = ("external_id",)
    entity_stream = "projects"
    entity_batch = 1
    reads_changed = True
    interval_minutes: ClassVar[int] = 15
    staleness_minutes: ClassVar[int] = 30
    priority: ClassVar[int] = 3

    def read(self, client: Reading, piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
        return project_pages(client, piece.ids, checkpoint, Wanted(self.name, self.brings))


class Phases(InProjects):
    """The default phase has the same id in every project."""

    name = "phases"
    label = "Phases"
    table = "phase"
    parent = "projects"
    primary_key = ("project_id", "external_id")


class Elevations(InProjects):
    name = "elevations"
    label = "Elevations"
    table = "elevation"
    parent = "phases"
    brings = ("phases", "thumbnails")


class Thumbnails(InProjects):
    """They come along with elevations, whose lists say which of them have changed."""

    name = "thumbnails"
    label = "Thumbnails"
    table = "elevation_thumbnail"
    parent = "elevations"


class PartsLists(InProjects):
    """A parts list may be read only where its elevation is selected, and its file is 0.7 to 1.7 MB."""

    name = "parts_lists"
    label = "Parts lists"
    table = "parts_list"
    chunk_type: ClassVar[ChunkType] = "parts_lists"
    parent = "elevations"
    brings = ("phases", "elevations", "thumbnails")
    queue = "parser"
    interval_minutes = 60
    staleness_minutes = 120
    priority = 4
