"""Which call is answered by what, and where in the tree the session has to stand for it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connections.providers.logikal.sandbox import reading, selecting
from connections.providers.logikal.sandbox.errors import no_such_call, writes_nothing
from connections.providers.logikal.sandbox.visit import Visit

BASE = "/api/v3/"
THUMBNAIL = re.compile(r"^elevations/([^/]+)/thumbnail$")
WRITE = "write"


@dataclass(frozen=True)
class Route:
    """kind: what log and latencies call it. state: any, where none is named. Bytes are answered as they are."""

    kind: str
    answer: Callable[[Visit], Any]
    state: str = ""
    needs_session: bool = True


def _no_such_call(visit: Visit) -> None:
    raise no_such_call(visit.call.method, visit.call.path)


def _write(visit: Visit) -> None:
    raise writes_nothing()


ROUTES = {
    ("GET", "version"): Route("version", reading.version, needs_session=False),
    ("POST", "auth"): Route("login", reading.login, needs_session=False),
    ("DELETE", "auth"): Route("logout", reading.logout),
    ("GET", "directories"): Route("directories", reading.directories, "directory"),
    ("POST", "directories/select"): Route("select_directory", selecting.select_directory),
    ("GET", "projects"): Route("projects", reading.projects, "directory"),
    ("POST", "projects/select"): Route("select_project", selecting.select_project),
    ("GET", "projects/selected"): Route("selected_project", reading.selected_project, "project"),
    ("GET", "phases"): Route("phases", reading.phases, "project"),
    ("POST", "phases/select"): Route("select_phase", selecting.select_phase),
    ("GET", "elevations"): Route("elevations", reading.elevations, "phase"),
    ("POST", "elevations/select"): Route("select_elevation", selecting.select_elevation),
    ("GET", "elevations/selected/thumbnail"): Route("thumbnail", reading.thumbnail_of_selected, "elevation"),
    ("GET", "elevations/selected/parts-list"): Route("parts_list", reading.parts_list, "elevation"),
}
ONE_THUMBNAIL = Route("thumbnail", reading.thumbnail_of_one, "phase")
NOWHERE = Route("unknown", _no_such_call, needs_session=False)
WRITING = Route(WRITE, _write, needs_session=False)


def route(method: str, path: str) -> tuple[Route, str]:
    """And the identifier that stands in the path."""
    if not path.startswith(BASE):
        return NOWHERE, ""
    rest = path.removeprefix(BASE).rstrip("/")
    if found := ROUTES.get((method, rest)):
        return found, ""
    if method != "GET":
        return WRITING, ""
    named = THUMBNAIL.match(rest)
    return (ONE_THUMBNAIL, named.group(1)) if named else (NOWHERE, "")
