"""Everything that an account shows at one moment: what a perfect sync would hold."""

from typing import TypedDict

from connections.providers.logikal.sandbox.present import Present
from connections.providers.logikal.sandbox.records import Record


class Truth(TypedDict):
    """Records as the API gives them, with the `directory` of a project and the `project` and `phase` of the rest."""

    directories: list[Record]
    projects: list[Record]
    phases: list[Record]
    elevations: list[Record]


def truth(present: Present) -> Truth:
    found = Truth(directories=[], projects=[], phases=[], elevations=[])
    _walk(present, "", found)
    return found


def _walk(present: Present, path: str, found: Truth) -> None:
    for directory in present.directories_in(path):
        found["directories"].append(present.directory_record(directory))
        _walk(present, directory.path, found)
    for project in present.projects_in(path):
        found["projects"].append({**present.project_record(project), "directory": path})
        _open(present, project.id, found)


def _open(present: Present, project: str, found: Truth) -> None:
    for phase in present.phases_of(project):
        found["phases"].append({**present.phase_record(phase), "project": project})
        owners = {"project": project, "phase": phase.id}
        inside = present.elevations_of(project, phase.id)
        found["elevations"] += [{**present.elevation_record(elevation), **owners} for elevation in inside]
