"""A Google Sheets source for tests: at the sandbox or at a scripted server, with a gate that tests can ask."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connections.errors import RateLimited
from connections.providers.google_sheets.demo import DEMO_BOOK, demo_key
from connections.providers.google_sheets.key import FIELD
from connections.providers.google_sheets.source import GoogleSheetsSource
from connections.sandbox.server import SandboxServer
from connections.sources import Account, CallLimit, Held, Page, Record, Slice, SourceContext, nothing_held

NOW = datetime(2026, 3, 12, 19, 30, tzinfo=UTC)


@dataclass
class RememberingGate:
    """Lets every call pass, unless it is closed."""

    calls: list[Sequence[CallLimit]] = field(default_factory=list)
    blocks: list[tuple[str, datetime, str]] = field(default_factory=list)
    closed_after: int | None = None

    def before_call(self, limits: Sequence[CallLimit]) -> None:
        if self.closed_after is not None and len(self.calls) >= self.closed_after:
            raise RateLimited("The gate is closed.", retry_at=NOW, scope=limits[0].bucket)
        self.calls.append(limits)

    def block(self, bucket: str, until: datetime, reason: str) -> None:
        self.blocks.append((bucket, until, reason))


def source_at(
    url: str,
    *,
    book: str = DEMO_BOOK,
    key: str = "",
    gate: Any = None,
    options: Mapping[str, Any] | None = None,
    scheduled: bool = False,
    held: Held = nothing_held,
    clock: Callable[[], datetime] = lambda: NOW,
    **settings: Any,
) -> GoogleSheetsSource:
    return GoogleSheetsSource(
        SourceContext(
            account=Account(book),
            secrets={FIELD: key or demo_key()},
            options=options or {},
            settings={"api_url": url, **settings},
            gate=gate or RememberingGate(),
            clock=clock,
            scheduled=scheduled,
            held=held,
        )
    )


class Reader:
    """Somebody who reads a spreadsheet of the sandbox, and can be asked what that took."""

    def __init__(self, server: SandboxServer, **options: Any) -> None:
        self.server = server
        self.google = server.google_sheets
        self.gate = RememberingGate()
        self.options = options
        self.stored: dict[tuple[str, str], dict[str, str]] = {}

    def held(self, stream: str, entity: str) -> Mapping[str, str]:
        """As the tables remember it."""
        return self.stored.get((stream, entity), {})

    def store(self, pages: Sequence[Page]) -> None:
        for page in pages:
            if page.stream == "sheet_projects":
                versions = {each["project_id"]: each["read_version"] for each in page.records}
                self.stored["sheet_projects", ""] = {**self.held("sheet_projects", ""), **versions}
            for each in page.records if page.stream == "" else ():
                place = self.stored.setdefault(("sheet_accounts", each["project_id"]), {})
                place[str(each["url"])] = ""

    def source(self, **options: Any) -> GoogleSheetsSource:
        """As a chunk gets it: new each time."""
        return source_at(
            self.server.url("google_sheets"), **{"gate": self.gate, "held": self.held, **self.options, **options}
        )

    def pages(self, stream: str = "sheet_accounts", *, checkpoint: Any = None, **options: Any) -> list[Page]:
        source = self.source(**{name: value for name, value in options.items() if name != "updated_since"})
        piece = Slice(updated_since=options.get("updated_since"))
        return list(source.read(source.stream(stream), piece, checkpoint))

    def accounts(self, tab: str = "", **options: Any) -> list[Record]:
        """Of all tabs, or of the one with this title."""
        found = [record for page in self.pages(**options) if page.stream == "" for record in page.records]
        return [record for record in found if tab in ("", record["project_name"])]

    def projects(self, **options: Any) -> list[Record]:
        return [record for page in self.pages("sheet_projects", **options) for record in page.records]

    def put(self, rows: Sequence[Sequence[Any]], *, title: str = "Tab") -> None:
        """Read a spreadsheet with this one tab from now on."""
        self.google.add_book("sandbox-book-of-a-test", {title: rows})
        self.options["book"] = "sandbox-book-of-a-test"

    def kinds(self) -> list[str]:
        return [call.bucket for call in self.google.calls.all()]


HEADERS = ["Link", "Platform", "Username", "Followers", "Likes", "Following", "Videos", "Views", "Comments"]


def row(link: str = "https://www.tiktok.com/@alice", **cells: Any) -> list[Any]:
    """In the order of HEADERS: row(views="12%")."""
    given = {"link": link, **cells}
    return [given.get(header.lower(), "") for header in HEADERS]
