"""A LOGIKAL source for tests: at the sandbox or at a scripted server, with a gate and a memory that tests can ask."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connections.errors import RateLimited
from connections.providers.logikal.sandbox.accounts import DEMO_PASSWORD, DEMO_USER
from connections.providers.logikal.source import LogikalSource
from connections.sandbox.server import SandboxServer
from connections.sources import Account, CallLimit, Page, Record, Slice, SourceContext

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


@dataclass
class Store:
    """What the tables would hold: the newest record of each stream and key, and how projects ended."""

    records: dict[str, dict[tuple[Any, ...], Record]] = field(default_factory=dict)
    ended: dict[str, Any] = field(default_factory=dict)
    pages: list[Page] = field(default_factory=list)

    def save(self, source: LogikalSource, stream: str, page: Page) -> None:
        name = page.stream or stream
        key = source.stream(name).primary_key
        known = self.records.setdefault(name, {})
        known.update({tuple(record[each] for each in key): record for record in page.records})
        self.ended.update(page.ended)
        self.pages.append(page)

    def held(self, stream: str, project: str) -> Mapping[str, str]:
        rows = self.records.get(stream, {}).values()
        return {row["external_id"]: row["version"] for row in rows if row["project_id"] == project}

    def of(self, stream: str) -> list[Record]:
        return list(self.records.get(stream, {}).values())

    def addresses(self) -> list[str]:
        """Of all projects, as the table gives them."""
        return [f"{row['external_id']} {row['directory_path']}" for row in self.of("projects")]


def source_at(
    url: str,
    *,
    username: str = DEMO_USER,
    password: str = DEMO_PASSWORD,
    store: Store | None = None,
    gate: Any = None,
    options: Mapping[str, Any] | None = None,
    account: str = "",
    address: str = "",
    clock: Callable[[], datetime] = lambda: NOW,
    **settings: Any,
) -> LogikalSource:
    return LogikalSource(
        SourceContext(
            account=Account(account),
            secrets={"username": username, "password": password, "address": address},
            options=options or {},
            settings={"api_url": url, **settings},
            gate=gate or RememberingGate(),
            clock=clock,
            held=(store or Store()).held,
        )
    )


class Reader:
    """Somebody who syncs one user of the sandbox, and can be asked what that took."""

    def __init__(self, server: SandboxServer, username: str = DEMO_USER, **options: Any) -> None:
        self.server = server
        self.logikal = server.logikal
        self.username = username
        self.store = Store()
        self.gate = RememberingGate()
        self.options = options

    def source(self) -> LogikalSource:
        """As a chunk gets it: new each time."""
        chosen: dict[str, Any] = {"username": self.username, "store": self.store, "gate": self.gate, **self.options}
        return source_at(self.server.url("logikal"), **chosen)

    def read(self, stream: str, *ids: str, checkpoint: Any = None, pages: int | None = None) -> list[Page]:
        """pages: stop after so many, as a process does that is told to end."""
        source, found = self.source(), []
        for page in source.read(source.stream(stream), Slice(ids=ids), checkpoint):
            self.store.save(source, stream, page)
            found.append(page)
            if len(found) == pages:
                break
        return found

    def kinds(self) -> list[str]:
        return [call.bucket for call in self.logikal.calls.all()]

    def count(self, kind: str) -> int:
        return self.kinds().count(kind)

    def begin_counting(self) -> None:
        self.logikal.calls.clear()
        self.logikal.simulated.reset()
