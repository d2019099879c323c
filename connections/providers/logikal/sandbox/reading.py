"""The calls that sign in and out, and those that read where the session stands."""

from connections.providers.logikal.sandbox.errors import bad_login, bad_request, forbidden, locked
from connections.providers.logikal.sandbox.parts.lists import parts_list_data
from connections.providers.logikal.sandbox.records import Record
from connections.providers.logikal.sandbox.thumbnails import thumbnail
from connections.providers.logikal.sandbox.tree import Elevation, Project
from connections.providers.logikal.sandbox.visit import Visit

VERSION = {"name": "MBIOE Service", "version": "12.2.6.59", "description": "Freshet's stand-in"}


def version(visit: Visit) -> Record:
    return {"componentVersions": [VERSION]}


def login(visit: Visit) -> Record:
    body = visit.body()
    username, password = body.get("username"), body.get("password")
    if not (isinstance(username, str) and isinstance(password, str) and username and password):
        raise bad_request("username and password are required.")
    if not isinstance(body.get("erp", False), bool):
        raise bad_request("erp is true or false.")
    account = visit.world.accounts.opened_by(username, password)
    if account is None:
        raise bad_login()
    visit.opened = visit.world.sessions.open(account, visit.behaviour, visit.now)
    return {"username": username, "token": visit.session.token}


def logout(visit: Visit) -> None:
    visit.world.sessions.close(visit.session)


def directories(visit: Visit) -> list[Record]:
    return [visit.present.directory_record(one) for one in visit.present.directories_in(visit.position.directory)]


def projects(visit: Visit) -> list[Record]:
    return [visit.present.project_record(one) for one in visit.present.projects_in(visit.position.directory)]


def selected_project(visit: Visit) -> Record:
    project = visit.session.account.tree.projects[visit.position.project]
    refuse_closed(visit, project)
    return visit.present.project_record(project)


def phases(visit: Visit) -> list[Record]:
    return [visit.present.phase_record(one) for one in visit.present.phases_of(visit.position.project)]


def elevations(visit: Visit) -> list[Record]:
    return [visit.present.elevation_record(one) for one in _elevations_here(visit)]


def thumbnail_of_one(visit: Visit) -> bytes:
    elevation = next((one for one in _elevations_here(visit) if one.id == visit.identifier.lower()), None)
    if elevation is None:
        raise bad_request(f"There is no elevation '{visit.identifier}' in this phase.")
    return thumbnail(visit.present.version_id(elevation), visit.call.params)


def thumbnail_of_selected(visit: Visit) -> bytes:
    return thumbnail(visit.present.version_id(_selected_elevation(visit)), visit.call.params)


def parts_list(visit: Visit) -> str:
    return parts_list_data(visit.present, _selected_elevation(visit))


def refuse_closed(visit: Visit, project: Project) -> None:
    """Raises the Refusal of a project that another user works in, or that this one may not open."""
    lock = visit.session.account.edits.of(project.id).lock
    if lock:
        raise {"locked": locked, "forbidden": forbidden}[lock]()


def _elevations_here(visit: Visit) -> list[Elevation]:
    return visit.present.elevations_of(visit.position.project, visit.position.phase)


def _selected_elevation(visit: Visit) -> Elevation:
    elevation = next((one for one in _elevations_here(visit) if one.id == visit.position.elevation), None)
    if elevation is None:
        raise bad_request("The selected elevation is no longer there.")
    return elevation
