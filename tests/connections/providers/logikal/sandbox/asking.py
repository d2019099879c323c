"""Ask the LOGIKAL stand-in over plain HTTP, as `curl` would."""

from datetime import UTC, datetime
from typing import Any

import requests

from connections.providers.logikal.sandbox import Sandbox
from connections.providers.logikal.sandbox.accounts import DEMO_PASSWORD, DEMO_USER, SEVENTEEN_USER
from connections.providers.logikal.sandbox.draws import NULL_GUID
from connections.sandbox.server import SandboxServer

AFTERNOON = datetime(2026, 3, 12, 19, 30, tzinfo=UTC)
SIZE = {"width": "60", "height": "40", "format": "PNG", "view": "Interior"}
PICTURE = {**SIZE, "withdimensions": "false", "withdescription": "false"}
Rows = list[dict[str, Any]]


class Caller:
    """Somebody at the API, signed in or not."""

    def __init__(self, server: SandboxServer, token: str = "") -> None:
        self.server = server
        self.logikal: Sandbox = server.logikal
        self.clock = server.clock
        self.token = token

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        address = f"{self.server.url('logikal')}/api/v3/{path}"
        return requests.request(method, address, headers=headers, timeout=10, **options)

    def get(self, path: str, **params: str) -> requests.Response:
        return self.call("GET", path, params=params)

    def data(self, path: str) -> Any:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def select(self, what: str, identifier: str) -> requests.Response:
        return self.call("POST", f"{what}/select", json={"identifier": identifier})

    def ask_to_sign_in(self, username: str = DEMO_USER, password: str = DEMO_PASSWORD) -> requests.Response:
        return self.call("POST", "auth", json={"username": username, "password": password, "erp": True})

    def signed_in(self, username: str = DEMO_USER) -> "Caller":
        answer = self.ask_to_sign_in(username)
        assert answer.status_code == 200, answer.text
        return Caller(self.server, answer.json()["data"]["token"])

    def sign_out(self) -> requests.Response:
        return self.call("DELETE", "auth")

    def go(self, directory: str = "", project: str = "", phase: str = "", elevation: str = "") -> "Caller":
        """Down the tree, step by step."""
        steps = directory.split("/") if directory else []
        wanted = [("directories", "/".join(steps[:depth])) for depth in range(1, len(steps) + 1)]
        wanted += [("projects", project), ("phases", phase), ("elevations", elevation)]
        for what, identifier in wanted:
            if identifier:
                answer = self.select(what, identifier)
                assert answer.status_code == 200, (what, identifier, answer.text)
        return self

    def signed_in_at(self, state: str) -> "Caller":
        """Somebody new in the one project of 17 elevations."""
        truth = self.logikal.truth(SEVENTEEN_USER)
        project, elevations = truth["projects"][0], truth["elevations"]
        first = elevations[0]["id"] if elevations else ""
        steps = {"directory": project["directory"], "project": project["id"], "phase": NULL_GUID, "elevation": first}
        names = list(steps)
        return self.signed_in(SEVENTEEN_USER).go(**{name: steps[name] for name in names[: names.index(state) + 1]})

    def control(self, path: str, wishes: Any = None, method: str = "") -> Any:
        address = f"{self.server.url()}/_sandbox/{path}"
        answer = requests.request(method or ("GET" if wishes is None else "POST"), address, json=wishes, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()


def all_rows(caller: Caller, path: str = "") -> tuple[Rows, Rows]:
    """Every directory below a path, and every project with its directory, each found in a session of its own."""
    here = caller.signed_in().go(path)
    projects = [{**project, "directory": path} for project in here.data("projects")] if path else []
    directories = here.data("directories")
    here.sign_out()
    for directory in list(directories):
        below, inside = all_rows(caller, directory["path"])
        directories, projects = directories + below, projects + inside
    return directories, projects
