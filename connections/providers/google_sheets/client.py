"""Read spreadsheets through gspread, signed with a service account's key. Nothing else imports Google's libraries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from google.auth import crypt, jwt
from gspread.http_client import HTTPClient
from gspread.urls import DRIVE_FILES_API_V3_URL

from connections.errors import Misconfigured, NeedsReconnect, Transient
from connections.providers.google_sheets import tabs
from connections.providers.google_sheets.key import ServiceAccount
from connections.providers.google_sheets.tabs import Book, Grid, Tab
from connections.providers.google_sheets.wire import TOKENS, Answer, Wire
from connections.sources import SourceContext

SCOPES = (
    "https://www.googleapis.com/auth/spreadsheets.readonly",
    "https://www.googleapis.com/auth/drive.metadata.readonly",
)
LASTS = timedelta(minutes=55)
DESCRIPTION = (
    "spreadsheetId,properties(title,timeZone),"
    "sheets(properties(sheetId,title,index,sheetType,hidden,gridProperties(rowCount,columnCount)))"
)
SPREADSHEETS = "mimeType='application/vnd.google-apps.spreadsheet' and trashed=false"
SHARED_TOO = {"supportsAllDrives": "true", "includeItemsFromAllDrives": "true"}
PAGE_SIZE = 500
LONGEST_ADDRESS = 6000
"""In characters, of the tabs that one question names: beyond some thousand, servers refuse an address."""


@dataclass(frozen=True)
class FileState:
    """Of a file in Drive. version: counts changes of any kind."""

    version: str
    modified: datetime


class SheetsApi:
    """gspread over our own wire. One for each source."""

    def __init__(self, context: SourceContext) -> None:
        self.key = ServiceAccount.of(context)
        self._signer = _signer(self.key)
        self.wire = Wire(context, self.key, self._assertion)
        self.http = HTTPClient(None, session=self.wire)

    @property
    def last(self) -> Answer:
        return self.wire.last

    def state(self, book: str) -> FileState:
        """When anybody last changed it, and the version that it has since. Counts against no quota of spreadsheets."""
        fields = {"fields": "id,mimeType,modifiedTime,version,trashed", "supportsAllDrives": "true"}
        found = self.http.request("get", f"{DRIVE_FILES_API_V3_URL}/{book}", params=fields).json()
        try:
            moment = datetime.fromisoformat(str(found.get("modifiedTime")))
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise Transient("Google did not say when the spreadsheet was changed.")
        if found.get("trashed") is True:
            raise Misconfigured(
                "This spreadsheet is in the bin.", remedy="Restore it in Google Drive, then sync again."
            )
        return FileState(str(found.get("version") or ""), moment)

    def book(self, book: str) -> Book:
        """What the spreadsheet is called and which tabs it has: one read."""
        return tabs.book(self.http.fetch_sheet_metadata(book, params={"fields": DESCRIPTION}))

    def grids(self, book: str, wanted: Sequence[Tab]) -> list[Grid]:
        """The cells of these tabs, in their order: one read, unless their names are very long."""
        return [grid for batch in _batches(wanted) for grid in self._grids(book, batch)]

    def _grids(self, book: str, batch: Sequence[Tab]) -> Iterator[Grid]:
        rendered = {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "SERIAL_NUMBER"}
        try:
            found = self.http.values_batch_get(book, [tab.range for tab in batch], params=rendered)
        except Misconfigured as error:
            if not error.code.startswith("400"):
                raise
            changed = Transient(CHANGED, original=error.original, code=error.code)
        else:
            ranges = found.get("valueRanges")
            if isinstance(ranges, list) and len(ranges) == len(batch):
                return map(_grid, ranges)
            changed = Transient("Google did not give all tabs of the spreadsheet.")
        raise changed

    def books(self) -> Iterator[dict[str, Any]]:
        """All spreadsheets that are shared with this key, page by page, by name."""
        question = {"q": SPREADSHEETS, "pageSize": PAGE_SIZE, "orderBy": "name", **SHARED_TOO}
        question["fields"] = "nextPageToken,files(id,name)"
        while True:
            found = self.http.request("get", DRIVE_FILES_API_V3_URL, params=question).json()
            yield from (each for each in found.get("files") or () if isinstance(each, dict))
            following = found.get("nextPageToken")
            if not following or following == question.get("pageToken"):
                return
            question["pageToken"] = following

    def _assertion(self, now: datetime) -> str:
        begins = int(now.timestamp())
        claims = {
            "iss": self.key.email,
            "scope": " ".join(SCOPES),
            "aud": TOKENS,
            "iat": begins,
            "exp": begins + int(LASTS.total_seconds()),
        }
        return str(jwt.encode(self._signer, claims).decode())


CHANGED = "The tabs of the spreadsheet were changed while it was read."


def _signer(key: ServiceAccount) -> Any:
    try:
        return crypt.RSASigner.from_service_account_info(dict(key.info))
    except Exception:  # whatever the library makes of a broken key, its words may quote it
        broken = NeedsReconnect(
            "The private key in this file cannot be read.",
            remedy="Paste the whole file, just as it was downloaded from Google Cloud.",
        )
    raise broken


def _batches(wanted: Sequence[Tab]) -> Iterator[list[Tab]]:
    batch: list[Tab] = []
    length = 0
    for tab in wanted:
        needs = len(tab.range.encode()) * 3 + len("&ranges=")
        if batch and length + needs > LONGEST_ADDRESS:
            yield batch
            batch, length = [], 0
        batch, length = [*batch, tab], length + needs
    if batch:
        yield batch


def _grid(answered: Any) -> Grid:
    """Google leaves out blanks at the end, and all of an empty tab."""
    rows = answered.get("values", []) if isinstance(answered, dict) else None
    if not isinstance(rows, list) or any(not isinstance(row, list) for row in rows):
        raise Transient("A tab of the spreadsheet came without rows of cells.")
    return rows
