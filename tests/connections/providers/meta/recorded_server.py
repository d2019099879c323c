"""A Graph API that replays what keboola/ex-facebook-graph-api recorded of a real ad account: 63 campaigns,
224 ad sets and 788 ads, 25 a page. It matches on edge and cursor, and ignores version, fields, filters and limit.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.connections.providers.meta.scripted_server import Asked, Raw, ScriptedServer, as_json

ACCOUNT_ID = "act_10152412627713995"
RECORDING = Path("meta/keboola_ex_facebook_graph_api/ads.json")
CAMPAIGNS, AD_SETS, ADS = 63, 224, 788
ACCOUNT_NODE = {
    "id": ACCOUNT_ID,
    "name": "Recorded account",
    "account_status": 1,
    "currency": "EUR",
    "timezone_name": "Europe/Prague",
}

Recordings = dict[tuple[str, str], dict[str, Any]]


def recordings(recordings_dir: Path) -> Recordings:
    """The recorded bodies by edge and cursor."""
    found: Recordings = {}
    for call in json.loads((recordings_dir / RECORDING).read_text())["interactions"]:
        address = urlsplit(call["url"])
        cursor = parse_qs(address.query).get("after", [""])[0]
        found[address.path.rsplit("/", 1)[-1], cursor] = _unwrapped(call["body"])
    return found


def _unwrapped(body: dict[str, Any]) -> dict[str, Any]:
    """The first page of each list was asked for by ids=, so it stands under the account's id."""
    envelope: dict[str, dict[str, Any]] = body
    return envelope.get(ACCOUNT_ID, body)


@contextmanager
def recorded(recordings_dir: Path) -> Iterator[ScriptedServer]:
    known = recordings(recordings_dir)

    def answer(asked: Asked) -> Raw:
        parts = asked.path.strip("/").split("/")[1:]
        if parts == [ACCOUNT_ID]:
            return as_json(ACCOUNT_NODE)
        edge = parts[1] if len(parts) == 2 and parts[0] == ACCOUNT_ID else ""
        if edge == "insights":
            return as_json({"data": []})
        body = known.get((edge, asked.params.get("after", "")))
        missing = {"error": {"message": f"Unknown path {asked.path}", "type": "OAuthException", "code": 2500}}
        return as_json(body) if body else as_json(missing, 404)

    with ScriptedServer(answer).running() as server:
        yield server
