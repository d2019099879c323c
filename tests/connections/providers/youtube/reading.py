"""A YouTube source for tests, at the sandbox, with a gate that tests can ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connections.providers.youtube.addresses import BEFORE, PLATFORM
from connections.providers.youtube.reading import CHANNELS
from connections.providers.youtube.source import PUBLIC, YouTubeSource
from connections.providers.youtube.wire import FIELD
from connections.sandbox.server import SandboxServer
from connections.sources import Account, CallLimit, Page, Record, Slice, SourceContext

NOW = datetime(2026, 3, 12, 19, 30, tzinfo=UTC)
KEY = "sandbox-demo-key"


@dataclass
class RememberingGate:
    calls: list[Sequence[CallLimit]] = field(default_factory=list)
    blocks: list[tuple[str, datetime, str]] = field(default_factory=list)

    def before_call(self, limits: Sequence[CallLimit]) -> None:
        self.calls.append(limits)

    def block(self, bucket: str, until: datetime, reason: str) -> None:
        self.blocks.append((bucket, until, reason))


def source_at(
    url: str,
    known: Mapping[str, str],
    *,
    gate: Any = None,
    key: str = KEY,
    options: Mapping[str, Any] | None = None,
    **settings: Any,
) -> YouTubeSource:
    def held(stream: str, entity: str) -> Mapping[str, str]:
        assert (stream, entity) == (CHANNELS, PLATFORM)
        return known

    return YouTubeSource(
        SourceContext(
            account=Account(PUBLIC),
            secrets={FIELD: key},
            options=options or {},
            settings={"api_url": url, **settings},
            gate=gate or RememberingGate(),
            clock=lambda: NOW,
            held=held,
        )
    )


class Reader:
    """Somebody who reads channels of the sandbox, and can be asked what that took."""

    def __init__(self, server: SandboxServer) -> None:
        self.server = server
        self.youtube = server.youtube
        self.gate = RememberingGate()

    def source(self, known: Mapping[str, str] | None = None, **options: Any) -> YouTubeSource:
        return source_at(self.server.url("youtube"), known or {}, **{"gate": self.gate, **options})

    def pages(self, known: Mapping[str, str], *, checkpoint: Any = None, **options: Any) -> list[Page]:
        source = self.source(known, **options)
        return list(source.read(source.stream(CHANNELS), Slice(), checkpoint))

    def read(self, *names: str, adding_up: bool = False, **known: str) -> dict[str, Record]:
        """By what stands behind youtube.com/; known: ids by handle."""
        options = {"likes": "count"} if adding_up else {}
        listed = {f"{BEFORE}{name}": "" for name in names} | {f"{BEFORE}@{name}": pk for name, pk in known.items()}
        records = [record for page in self.pages(listed, options=options) for record in page.records]
        return {record["profile"].removeprefix(BEFORE): record for record in records}

    def questions(self) -> list[dict[str, str]]:
        named = ("id", "forHandle", "forUsername")
        return [{name: call.params[name] for name in named if name in call.params} for call in self.youtube.calls.all()]
