"""Read a spreadsheet, or see that nobody has changed it, and give its tabs and their rows as pages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connections.providers.google_sheets.tabs import Project, project
from connections.sources import Checkpoint, Page, Slice, SourceContext

PROJECTS, ACCOUNTS = "sheet_projects", "sheet_accounts"
ALWAYS = "always"
READ_HIDDEN = "read"


@dataclass(frozen=True)
class Reading:
    """What a stream is given to read with. api: the SheetsApi. book: the id of the spreadsheet."""

    context: SourceContext
    api: Any
    book: str

    def is_unchanged(self, piece: Slice) -> bool:
        """Asked where the schedule has come by again, and its last whole reading is not long ago.

        Whoever presses a button wants everything read: results of formulas change without anybody changing the file.
        """
        options: Mapping[str, Any] = self.context.options
        if piece.updated_since is None or not self.context.scheduled or options.get("look") == ALWAYS:
            return False
        modified: datetime = self.api.modified(self.book)
        return modified <= piece.updated_since

    def projects(self) -> list[Project]:
        """All tabs, those that are hidden only if the connection wants them."""
        wants_hidden = self.context.options.get("hidden_tabs") == READ_HIDDEN
        tabs = [tab for tab in self.api.book(self.book).tabs if wants_hidden or not tab.is_hidden]
        return [project(tab, grid) for tab, grid in zip(tabs, self.api.grids(self.book, tabs), strict=True)]

    @property
    def fetched_at(self) -> datetime:
        moment: datetime = self.api.last.fetched_at
        return moment


def project_pages(reading: Reading, piece: Slice) -> Iterator[Page]:
    """All tabs, with what is wrong in their headers."""
    if reading.is_unchanged(piece):
        yield Page([], None, reading.fetched_at, is_first=True)
        return
    yield _projects(reading, reading.projects(), None)


def account_pages(reading: Reading, piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
    """The tabs, then the rows of each: a page a tab, since a tab is a complete list."""
    if checkpoint is None and reading.is_unchanged(piece):
        yield Page([], None, reading.fetched_at, is_first=True)
        return
    done = list((checkpoint or {}).get("done", ()))
    found = reading.projects()
    left = [each for each in found if each.tab.id not in done]
    if checkpoint is None or not left:
        yield _projects(reading, found, {"done": []} if left else None)
    for each in left:
        done.append(each.tab.id)
        yield _accounts(reading, each, None if each is left[-1] else {"done": list(done)})


def _projects(reading: Reading, found: list[Project], checkpoint: Checkpoint | None) -> Page:
    records = [each.record for each in found]
    return Page(records, checkpoint, reading.fetched_at, is_first=True, stream=PROJECTS, complete={})


def _accounts(reading: Reading, each: Project, checkpoint: Checkpoint | None) -> Page:
    complete = {"project_id": each.tab.id} if each.is_complete else None
    return Page(each.accounts, checkpoint, reading.fetched_at, complete=complete)
