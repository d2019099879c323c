"""A Meta source for tests: with settings as the installation's, a clock that stands, and a gate that remembers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from connections.providers.meta.source import MetaSource
from connections.sources import Account, CallLimit, Clock, Page, Slice, SourceContext

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
TOKEN = "EAAbcdefgh%3Dsecret+token/1234567890"  # percent, plus and slash look different in an address
ACCOUNT = Account("act_42", "Bluebird", "Europe/Vienna", "EUR")
WEEK = Slice(since=date(2026, 3, 1), until=date(2026, 3, 7))


@dataclass
class RememberingGate:
    """Lets every call pass."""

    calls: list[Sequence[CallLimit]] = field(default_factory=list)
    blocks: list[tuple[str, datetime, str]] = field(default_factory=list)

    def before_call(self, limits: Sequence[CallLimit]) -> None:
        self.calls.append(limits)

    def block(self, bucket: str, until: datetime, reason: str) -> None:
        self.blocks.append((bucket, until, reason))

    @property
    def blocked_seconds(self) -> dict[str, float]:
        return {bucket: (until - NOW).total_seconds() for bucket, until, _ in self.blocks}


def source_at(
    url: str,
    *,
    gate: Any = None,
    account: Account = ACCOUNT,
    options: dict[str, Any] | None = None,
    scheduled: bool = False,
    token: str = TOKEN,
    now: Clock = lambda: NOW,
    **settings: Any,
) -> MetaSource:
    known = {
        "graph_url": url,
        "api_version": "v26.0",
        "app_id": "",
        "app_secret": "",
        "calls_per_hour": 180,
        "burst_calls_per_hour": 2000,
        "page_size": 500,
        "report_rows": 5000,
    }
    return MetaSource(
        SourceContext(
            account=account,
            secrets={"access_token": token},
            options=options or {},
            settings=known | settings,
            gate=gate or RememberingGate(),
            clock=now,
            scheduled=scheduled,
        )
    )


def pages_of(source: MetaSource, stream: str, piece: Slice = WEEK, checkpoint: Any = None) -> list[Page]:
    return list(source.read(source.stream(stream), piece, checkpoint))


def records_of(source: MetaSource, stream: str, piece: Slice = WEEK, checkpoint: Any = None) -> list[dict[str, Any]]:
    return [record for page in pages_of(source, stream, piece, checkpoint) for record in page.records]
