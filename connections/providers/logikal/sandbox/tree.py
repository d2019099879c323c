"""Directories, projects, phases and elevations of an account, as far as time does not touch them."""

from collections import defaultdict
from dataclasses import dataclass

from connections.providers.logikal.sandbox.draws import NULL_GUID, guid, number

TOP_DIRECTORIES = 3
CHILDREN = 2
TOP_NAMES = ("Façades", "Windows", "Doors", "Conservatories", "Balconies", "Roofs")
NAMES = ("Offers", "Orders", "North", "South", "Building A", "Building B", "Phase out", "Großprojekte")


@dataclass(frozen=True)
class Directory:
    path: str
    name: str
    parent: str


@dataclass(frozen=True)
class Project:
    """directory: the path of the one it lies in."""

    id: str
    index: int
    directory: str


@dataclass(frozen=True)
class Phase:
    """Its id alone does not name it: that of the default phase is the same in every project."""

    id: str
    index: int
    project: str

    @property
    def key(self) -> str:
        return f"{self.project}/{self.id}"


@dataclass(frozen=True)
class Elevation:
    id: str
    index: int
    project: str
    phase: str


class Tree:
    """All objects of one account, in the order in which the API lists them."""

    def __init__(
        self, seed: str, directories: int, projects: int, elevations: tuple[int, int], further_phases: bool
    ) -> None:
        self.seed = seed
        self.directories: dict[str, Directory] = {}
        self.projects: dict[str, Project] = {}
        self.elevations: dict[str, Elevation] = {}
        self.phases_of: defaultdict[str, list[Phase]] = defaultdict(list)
        self.elevations_of: defaultdict[str, list[Elevation]] = defaultdict(list)
        self._add_directories(directories)
        for index in range(projects):
            project = self._add_project(index)
            self._add_phases(project, 1 + (further_phases and FURTHER_PHASES[index % len(FURTHER_PHASES)]))
            self._add_elevations(project, number(*elevations, seed, "elevations", index))
        self._phases = {phase.key for phases in self.phases_of.values() for phase in phases}

    def __contains__(self, key: str) -> bool:
        return key in self.directories or key in self.projects or key in self.elevations or key in self._phases

    def _add_directories(self, count: int) -> None:
        paths: list[str] = []
        for index in range(count):
            below = index - TOP_DIRECTORIES
            parent = paths[below // CHILDREN] if below >= 0 else ""
            name = NAMES[below % len(NAMES)] if parent else TOP_NAMES[index]
            paths.append(f"{parent}/{name}".lstrip("/"))
            self.directories[paths[-1]] = Directory(paths[-1], name, parent)

    def _add_project(self, index: int) -> Project:
        """From the deepest directory upwards, so that a small tree has its projects well below."""
        paths = list(self.directories)
        project = Project(guid(self.seed, "project", index), index, paths[-1 - index % len(paths)])
        self.projects[project.id] = project
        return project

    def _add_phases(self, project: Project, count: int) -> None:
        for index in range(count):
            identifier = guid(self.seed, "phase", project.index, index) if index else NULL_GUID
            self.phases_of[project.id].append(Phase(identifier, index, project.id))

    def _add_elevations(self, project: Project, count: int) -> None:
        phases = self.phases_of[project.id]
        for index in range(count):
            identifier = guid(self.seed, "elevation", project.index, index)
            elevation = Elevation(identifier, index, project.id, phases[index % len(phases)].id)
            self.elevations[identifier] = elevation
            self.elevations_of[project.id].append(elevation)


FURTHER_PHASES = (0, 1, 0, 2)
"""Besides the default phase, in turn."""
