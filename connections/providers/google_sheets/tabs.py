"""A spreadsheet as it is read: its tabs, and for each what kind of project it is. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connections.providers.google_sheets import rows
from connections.providers.google_sheets.headers import Columns, columns
from connections.sources import Record

LONGEST_TITLE = 200

Grid = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Tab:
    """id: stays when the tab is renamed or moved. position: from 0, hidden ones counted."""

    id: str
    title: str
    position: int
    is_hidden: bool = False

    @property
    def range(self) -> str:
        """The whole tab, as addresses of cells have it: quotes are doubled."""
        return "'" + self.title.replace("'", "''") + "'"


@dataclass(frozen=True)
class Book:
    """tabs: those with cells; a chart may have a tab of its own, and has none."""

    id: str
    title: str
    timezone: str = ""
    tabs: tuple[Tab, ...] = field(default=())


@dataclass(frozen=True)
class Project:
    """A tab with what was found in it. doubt: why the rows that it lacks may not be gone."""

    tab: Tab
    columns: Columns
    accounts: list[Record]
    doubt: str = ""

    @property
    def record(self) -> Record:
        return {
            "project_id": self.tab.id,
            "project_name": self.tab.title[:LONGEST_TITLE],
            "position": self.tab.position,
            "row_count": len(self.accounts),
            "header_problems": [*self.columns.problems, *([rows.problem("", "", self.doubt)] if self.doubt else [])],
        }

    @property
    def is_complete(self) -> bool:
        """Whether an account that is not there has gone. Where headers are broken, nobody knows."""
        return self.columns.can_be_read and not self.doubt

    @property
    def why_not_complete(self) -> str:
        return self.doubt or " ".join(rows.told(self.columns.fatal))


def project(tab: Tab, grid: Grid) -> Project:
    found = columns(grid)
    return Project(tab, found, rows.records(tab.id, tab.title[:LONGEST_TITLE], grid, found))


def book(answer: Mapping[str, Any]) -> Book:
    """Of Google's description of a spreadsheet."""
    properties = answer.get("properties") or {}
    sheets = [sheet.get("properties") or {} for sheet in answer.get("sheets") or ()]
    tabs = [
        Tab(
            id=str(sheet.get("sheetId", 0)),
            title=rows.text(sheet.get("title")),
            position=int(sheet.get("index", 0)),
            is_hidden=bool(sheet.get("hidden")),
        )
        for sheet in sheets
        if sheet.get("sheetType", "GRID") == "GRID" and "gridProperties" in sheet
    ]
    title = rows.text(properties.get("title"))[:LONGEST_TITLE]
    timezone = str(properties.get("timeZone") or "")
    return Book(str(answer.get("spreadsheetId") or ""), title, timezone, tuple(sorted(tabs, key=lambda t: t.position)))
