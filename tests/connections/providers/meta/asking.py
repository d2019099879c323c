"""Ask the Graph stand-in over plain HTTP, as `curl` would."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from connections.providers.meta.sandbox.accounts import DEMO_TOKEN
from connections.sandbox.server import SandboxServer


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def data(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.json["data"]
        return rows

    @property
    def error(self) -> dict[str, Any]:
        error: dict[str, Any] = self.json["error"]
        return error

    def usage(self, header: str) -> Any:
        return json.loads(self.headers[header])


class Graph:
    """get("act_1/ads", fields="id"): lists and dicts become JSON, as the SDK sends them."""

    def __init__(self, server: SandboxServer) -> None:
        self.server = server
        self.meta = server.meta
        self.clock = server.clock
        self.wire = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)

    def get(self, path: str, *, token: str = DEMO_TOKEN, version: str = "v26.0", **params: Any) -> Answer:
        encoded = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in {"access_token": token, **params}.items()
        }
        return self.fetch(f"/meta/{version}/{path}?{urlencode(encoded)}")

    def post(self, path: str, *, token: str = DEMO_TOKEN, **params: Any) -> Answer:
        """The token in the address and the rest as a form, as the SDK sends it."""
        form = urlencode({name: each if isinstance(each, str) else json.dumps(each) for name, each in params.items()})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        self.wire.request("POST", f"/meta/v26.0/{path}?{urlencode({'access_token': token})}", form, headers)
        response = self.wire.getresponse()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())

    def follow(self, link: str) -> Answer:
        address = urlsplit(link)
        return self.fetch(f"{address.path}?{address.query}")

    def fetch(self, target: str) -> Answer:
        self.wire.request("GET", target)
        response = self.wire.getresponse()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())

    def control(self, path: str, body: Any = None, method: str = "POST") -> Any:
        self.wire.request(method, f"/_sandbox/{path}", json.dumps(body) if body is not None else None)
        response = self.wire.getresponse()
        said = json.loads(response.read())
        assert response.status == 200, said
        return said

    def pages(self, path: str, **params: Any) -> list[Answer]:
        """Every page, by its next links."""
        answers = [self.get(path, **params)]
        while link := answers[-1].json.get("paging", {}).get("next"):
            answers.append(self.follow(link))
        return answers

    def everything(self, path: str, **params: Any) -> list[dict[str, Any]]:
        return [row for page in self.pages(path, **params) for row in page.data]
