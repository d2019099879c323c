"""Look a spreadsheet over before it is connected: the key, the sharing, the look for changes, and the headers."""

from collections.abc import Iterator

from connections.errors import Misconfigured, SyncError
from connections.providers.google_sheets.reading import Reading
from connections.providers.google_sheets.rows import told
from connections.providers.google_sheets.tabs import Project
from connections.sources import Check

CHANGES = "The key is accepted, and changes can be looked for"
SHARED = "The spreadsheet is shared with it"
HEADERS = "A tab has the headers that Freshet looks for"
MOST_NAMED = 3


def checks(reading: Reading) -> Iterator[Check]:
    """Four calls, one of them for the token."""
    try:
        modified = reading.api.state(reading.book).modified
    except SyncError as error:
        yield Check(CHANGES, error=error)
        return
    yield Check(CHANGES, f"It was last changed on {modified:%d %B %Y}.")
    try:
        found = reading.projects()
    except SyncError as error:
        yield Check(SHARED, error=error)
        return
    yield Check(SHARED, f"It has {len(found)} {'tab' if len(found) == 1 else 'tabs'}.")
    yield _headers(found)


def _headers(found: list[Project]) -> Check:
    """One good tab is enough: others may hold notes."""
    good = [each for each in found if each.is_complete]
    if good:
        count = sum(len(each.accounts) for each in good)
        left_out = [each.tab.title for each in found if not each.is_complete][:MOST_NAMED]
        besides = f" Not read: {', '.join(left_out)}." if left_out else ""
        return Check(HEADERS, f"{count} accounts stand in {len(good)} of its tabs.{besides}")
    said = next((sentence for each in found for sentence in told(each.columns.problems)), "It has no tabs.")
    remedy = "Name the columns Link, Platform, Username, Followers, Likes, Videos and Views."
    return Check(HEADERS, error=Misconfigured(f"No tab can be read. {said}", remedy=remedy))
