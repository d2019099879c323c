"""What the real service answered gspread, as it was recorded: our source reads it, and the sandbox answers the same."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from connections.errors import Misconfigured, NeedsReconnect, SyncError, Transient
from connections.providers.google_sheets import errors
from connections.providers.google_sheets.errors import Fault
from connections.providers.google_sheets.numbers import NotANumber, count
from connections.providers.google_sheets.tabs import book
from connections.sandbox.server import SandboxServer
from tests.connections.providers.google_sheets.sandbox.asking import Caller

FOLDER = Path("sheets/gspread_cassettes")
CHANGES = {"addSheet", "deleteSheet", "updateSheetProperties", "updateSpreadsheetProperties"}
"""What the sandbox can do to tabs. Spreadsheets that something else was done to are left aside from there on."""


ASIDE = {"ClientTest.test_copy", "ClientTest.test_import_csv"}
"""Spreadsheets that are made of other files."""


@dataclass(frozen=True)
class Recorded:
    cassette: str
    method: str
    host: str
    path: str
    query: str
    body: str
    status: int
    answer: Any

    @property
    def book(self) -> str:
        parts = self.path.replace(":", "/").split("/")
        at = 3 if self.path.startswith("/v4/") else 4
        return parts[at] if len(parts) > at else ""


@pytest.fixture(scope="module")
def recorded(recordings_dir: Path) -> list[Recorded]:
    return [each for path in sorted((recordings_dir / FOLDER).glob("*.json")) for each in _calls(path)]


def _calls(path: Path) -> Iterator[Recorded]:
    for call in json.loads(path.read_text())["interactions"]:
        request, response = call["request"], call["response"]
        address = urlsplit(request["uri"])
        try:
            answer = json.loads(response["body"]["string"] or "null")
        except ValueError:
            answer = response["body"]["string"]
        body = request["body"] or ""
        status = response["status"]["code"]
        yield Recorded(path.stem, request["method"], address.netloc, address.path, address.query, body, status, answer)


def test_every_recorded_spreadsheet_is_understood(recorded: list[Recorded]) -> None:
    described = [
        each.answer
        for each in recorded
        if each.status == 200 and "spreadsheetId" in each.answer and "sheets" in each.answer
    ]
    assert len(described) > 400
    for answer in described:
        found = book(answer)
        assert found.id == answer["spreadsheetId"]
        assert [tab.title for tab in found.tabs] == [each["properties"]["title"] for each in answer["sheets"]]


def test_every_recorded_cell_is_a_count_or_nothing_or_refused(recorded: list[Recorded]) -> None:
    kinds: Counter[str] = Counter()
    for each in recorded:
        for cell in (cell for row in _values(each.answer) for cell in row):
            try:
                kinds[type(count(cell)).__name__] += 1
            except NotANumber:
                kinds["refused"] += 1
    assert kinds["int"] > 100
    assert kinds["refused"] > 100


def _values(answer: Any) -> list[list[Any]]:
    rows = answer.get("values") if isinstance(answer, dict) else None
    return [row for row in rows if isinstance(row, list)] if isinstance(rows, list) else []


def test_every_recorded_error_is_one_that_we_know(recorded: list[Recorded]) -> None:
    refused = [each for each in recorded if each.status >= 400]
    assert {each.status for each in refused} == {400, 404}
    found = [(each.status, type(explained(each))) for each in refused]
    assert set(found) == {(400, Misconfigured), (404, Misconfigured)}


def explained(each: Recorded) -> SyncError:
    fault = Fault(each.status, errors.reason_of(each.answer), errors.words(each.answer))
    assert fault.original
    found = errors.explain(fault, "robot@example.com")
    assert not isinstance(found, NeedsReconnect | Transient)
    return found


# The sandbox


@pytest.fixture
def caller(server: SandboxServer) -> Caller:
    server.google_sheets.set(reads_per_minute=None, writes_per_minute=None)
    return Caller(server)


def test_the_sandbox_answers_as_the_real_service_did(recorded: list[Recorded], caller: Caller) -> None:
    """Each recording is asked again in its order. What differs is counted, and may not grow."""
    same, different, aside = 0, [], set()
    for each in recorded:
        if _is_beyond(each):
            aside.add((each.cassette, each.book))
        if (each.cassette, each.book) in aside or _is_unsupported(each):
            continue
        if each.method == "POST" and each.path == "/drive/v3/files":
            _create(caller, each)
            continue
        answer = _asked_again(caller, each)
        _name_alike(caller, each)
        if answer is None or _is_same(each, answer):
            same += answer is not None
        else:
            different.append((each.cassette, each.method, unquote(each.path)[-40:], str(answer)[:200]))
    assert same > 850
    assert different == []


def _is_beyond(each: Recorded) -> bool:
    """Writing that the sandbox does not know, after which its cells would be others."""
    if (
        each.cassette in ASIDE
        or each.path.endswith((":append", ":batchClear", "/copy", "/export", "/comments"))
        or "/upload/" in each.path
    ):
        return True
    if not each.path.endswith(":batchUpdate") or "/values" in each.path or each.status != 200:
        return False
    asked = {name for wish in json.loads(each.body)["requests"] for name in wish}
    return not asked <= CHANGES


def _is_unsupported(each: Recorded) -> bool:
    """Answers that hold more than the sandbox keeps of a spreadsheet."""
    return "fields=" in each.query or "includeGridData=true" in each.query or each.path == "/drive/v3/files/"


def _create(caller: Caller, each: Recorded) -> None:
    """With the recorded id, since the calls that follow name it."""
    wanted = json.loads(each.body)
    made = caller.google.add_book(each.answer["id"], {"Sheet1": []}, title=wanted["name"])
    made.timezone = "Etc/GMT"


def _asked_again(caller: Caller, each: Recorded) -> Any:
    """None where only the status counts."""
    query = parse_qs(each.query, keep_blank_values=True)
    answer = caller.call(each.method, each.path.lstrip("/"), params=query, data=each.body.encode() or None)
    if each.status >= 400 or each.method == "DELETE":
        assert answer.status_code == each.status, (each, answer.text)
        return None
    return answer.json() if answer.content else {}


def _name_alike(caller: Caller, each: Recorded) -> None:
    """Google draws the ids of new tabs, and later calls name them."""
    if each.status != 200 or not isinstance(each.answer, dict):
        return
    for reply in each.answer.get("replies", ()):
        if "addSheet" in reply:
            made = reply["addSheet"]["properties"]
            caller.google.book(each.book).tab(made["title"]).id = made["sheetId"]


def _is_same(each: Recorded, answer: dict[str, Any]) -> bool:
    if "error" in answer:
        return False
    if "sheets" in each.answer:
        return bool(_described(answer) == _described(each.answer))
    if each.answer.keys() & {"valueRanges", "values", "range"}:
        return bool(answer == each.answer)
    return bool(each.answer.keys() & {"replies", "updatedRange"}) or set(each.answer) <= set(answer)


def _described(answer: Any) -> Any:
    tabs = [each["properties"] for each in answer["sheets"]]
    kept = ("title", "index", "sheetType", "hidden")
    return answer["properties"]["title"], [{name: tab[name] for name in kept if name in tab} for tab in tabs]
