"""A Graph API that replays the asynchronous report which keboola/ex-facebook-graph-api recorded: the request for it,
its state, and the account's three days. It matches on method and path, and ignores version, fields and filters.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.connections.providers.meta.scripted_server import Asked, Raw, ScriptedServer, as_json

RECORDING = Path("meta/keboola_ex_facebook_graph_api/asyncinisghtscampaigns.json")
ACCOUNT_ID = "act_522606278080331"
REPORT_ID = "192025512975195"
SINCE, UNTIL = date(2021, 8, 7), date(2021, 8, 9)
ACCOUNT_NODE = {
    "id": ACCOUNT_ID,
    "name": "Recorded report",
    "account_status": 1,
    "currency": "CZK",
    "timezone_name": "Europe/Prague",
}


def recorded_calls(recordings_dir: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """The recorded bodies by method and path below the version."""
    calls = json.loads((recordings_dir / RECORDING).read_text())["interactions"]
    return {(call["method"], _path(urlsplit(call["url"]).path)): call["body"] for call in calls}


def _path(path: str) -> str:
    return path.strip("/").partition("/")[2]


@contextmanager
def recorded_report(recordings_dir: Path) -> Iterator[ScriptedServer]:
    known = recorded_calls(recordings_dir) | {("GET", ACCOUNT_ID): ACCOUNT_NODE}

    def answer(asked: Asked) -> Raw:
        body = known.get((asked.method, _path(asked.path)))
        missing = {"error": {"message": f"Unknown path {asked.path}", "type": "OAuthException", "code": 2500}}
        return as_json(body) if body else as_json(missing, 404)

    with ScriptedServer(answer).running() as server:
        yield server
