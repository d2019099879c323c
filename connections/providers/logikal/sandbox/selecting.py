"""The calls that lead a session down the tree: what may be selected from where."""

from collections.abc import Callable
from uuid import UUID

from connections.providers.logikal.sandbox.errors import bad_request, going_up, unknown, wrong_state
from connections.providers.logikal.sandbox.reading import refuse_closed
from connections.providers.logikal.sandbox.sessions import LEVELS
from connections.providers.logikal.sandbox.visit import Visit

WITH_SIBLINGS = {"phase", "elevation"}


def select_directory(visit: Visit) -> None:
    """Only the next step down: `A`, then `A/B`."""
    path = _wanted(visit)
    _refuse_from_elsewhere(visit, "directory", "directory", path)
    if not visit.present.has_directory(path):
        raise unknown("directory", path)
    if path not in [one.path for one in visit.present.directories_in(visit.position.directory)]:
        raise going_up(visit.behaviour.going_up, "directory", path)
    visit.session.position = visit.position.at("directory", path)


def select_project(visit: Visit) -> None:
    identifier = _wanted_guid(visit)
    _refuse_from_elsewhere(visit, "project", "directory", identifier)
    project = next((one for one in visit.present.projects_in(visit.position.directory) if one.id == identifier), None)
    if project is None:
        raise unknown("project", identifier)
    refuse_closed(visit, project)
    visit.session.position = visit.position.at("project", identifier)


def select_phase(visit: Visit) -> None:
    _select(visit, "phase", lambda: [one.id for one in visit.present.phases_of(visit.position.project)])


def select_elevation(visit: Visit) -> None:
    here = visit.position
    _select(visit, "elevation", lambda: [one.id for one in visit.present.elevations_of(here.project, here.phase)])


def _select(visit: Visit, level: str, offered: Callable[[], list[str]]) -> None:
    identifier = _wanted_guid(visit)
    _refuse_from_elsewhere(visit, level, LEVELS[LEVELS.index(level) - 1], identifier)
    if identifier not in offered():
        raise unknown(level, identifier)
    visit.session.position = visit.position.at(level, identifier)


def _refuse_from_elsewhere(visit: Visit, level: str, above: str, identifier: str) -> None:
    """Raises the Refusal of a session that stands too high, or too low and cannot go up."""
    beside = visit.behaviour.sibling_select and level in WITH_SIBLINGS and visit.position.state == level
    if visit.position.state == above or beside:
        return
    if visit.position.is_below(above):
        raise going_up(visit.behaviour.going_up, above, identifier)
    raise wrong_state(above)


def _wanted(visit: Visit) -> str:
    identifier = visit.body().get("identifier")
    if not (isinstance(identifier, str) and identifier):
        raise bad_request("identifier is required.")
    return identifier


def _wanted_guid(visit: Visit) -> str:
    try:
        return str(UUID(_wanted(visit)))
    except ValueError:
        raise bad_request("identifier is no GUID.") from None
