"""Read a spreadsheet, or see that nobody has changed it, and give its tabs and their rows as pages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connections.providers.google_sheets.shrinking import TABS, held_back, is_doubtful
from connections.providers.google_sheets.tabs import Project, project
from connections.sources import Checkpoint, Page, Quarantined, Slice, SourceContext

PROJECTS, ACCOUNTS = "sheet_projects", "sheet_accounts"
ALWAYS = "always"
READ_HIDDEN = "read"
BELIEVE = "believe"


@dataclass(frozen=True)
class Reading:
    """What a stream is given to read with. api: the SheetsApi. book: the id of the spreadsheet."""

    context: SourceContext
    api: Any
    book: str

    @property
    def options(self) -> Mapping[str, Any]:
        return self.context.options

    def version(self) -> str:
        """Of the spreadsheet as it is now, and of what is read of it. Empty where it does not tell when numbers change.

        Asked before any cell is read: what is changed meanwhile then counts as changed.
        """
        if self.options.get("look") == ALWAYS:
            return ""
        state = self.api.state(self.book)
        wishes = [str(self.options.get(name, "")) for name in ("hidden_tabs", "vanished")]
        return " ".join([state.version, state.modified.isoformat(), *wishes]).strip()

    def is_unchanged(self, piece: Slice, version: str) -> bool:
        """The schedule has come by again, and every tab was read whole at this version, not long ago.

        Whoever presses a button wants everything read: results of formulas change without anybody changing the file.
        """
        if piece.updated_since is None or not self.context.scheduled or not version:
            return False
        return set(self.context.held(PROJECTS, "").values()) == {version}

    def projects(self) -> list[Project]:
        """All tabs, those that are hidden only if the connection wants them."""
        wants_hidden = self.options.get("hidden_tabs") == READ_HIDDEN
        tabs = [tab for tab in self.api.book(self.book).tabs if wants_hidden or not tab.is_hidden]
        found = [project(tab, grid) for tab, grid in zip(tabs, self.api.grids(self.book, tabs), strict=True)]
        if self.options.get("vanished") == BELIEVE:
            return found
        return [held_back(each, len(self.context.held(ACCOUNTS, each.tab.id))) for each in found]

    def lacks_tabs(self, found: list[Project]) -> bool:
        """So many that it may be an accident."""
        if self.options.get("vanished") == BELIEVE:
            return False
        return is_doubtful(len(self.context.held(PROJECTS, "")), len(found))

    @property
    def fetched_at(self) -> datetime:
        moment: datetime = self.api.last.fetched_at
        return moment


def project_pages(reading: Reading, piece: Slice) -> Iterator[Page]:
    """All tabs, with what is wrong in their headers."""
    version = reading.version()
    if reading.is_unchanged(piece, version):
        yield Page([], None, reading.fetched_at, is_first=True)
        return
    yield _projects(reading, reading.projects(), "", is_first=True)


def account_pages(reading: Reading, piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
    """The rows of each tab, a page a tab, since a tab is a complete list; then the tabs, with the version at which all
    of their rows were read."""
    version = reading.version() if checkpoint is None else checkpoint["version"]
    if checkpoint is None and reading.is_unchanged(piece, version):
        yield Page([], None, reading.fetched_at, is_first=True)
        return
    done = list((checkpoint or {}).get("done", ()))
    found = reading.projects()
    is_first = checkpoint is None
    for each in [each for each in found if each.tab.id not in done]:
        done.append(each.tab.id)
        yield _accounts(reading, each, {"done": list(done), "version": version}, is_first=is_first)
        is_first = False
    yield _projects(reading, found, version, is_first=is_first)


def _projects(reading: Reading, found: list[Project], version: str, *, is_first: bool) -> Page:
    records = [{**each.record, "read_version": version} for each in found]
    few = reading.lacks_tabs(found)
    aside = (Quarantined("tabs", TABS, ", ".join(each.tab.title for each in found)[:2000]),) if few else ()
    return Page(
        records,
        None,
        reading.fetched_at,
        quarantined=aside,
        is_first=is_first,
        stream=PROJECTS,
        complete=None if few else {},
    )


def _accounts(reading: Reading, each: Project, checkpoint: Checkpoint, *, is_first: bool) -> Page:
    if each.is_complete:
        complete = {"project_id": each.tab.id}
        return Page(each.accounts, checkpoint, reading.fetched_at, is_first=is_first, complete=complete)
    reason = f"{each.tab.title}: {each.why_not_complete}"
    aside = Quarantined(f"tab {each.tab.id}", reason, "", entity=each.tab.id)
    return Page(each.accounts, checkpoint, reading.fetched_at, quarantined=(aside,), is_first=is_first)
