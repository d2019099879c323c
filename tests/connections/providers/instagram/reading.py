"""An Instagram source for tests, at the sandbox, with a gate that tests can ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connections.errors import RateLimited
from connections.providers.instagram.limits import FIELD
from connections.providers.instagram.names import BEFORE, PLATFORM
from connections.providers.instagram.reading import PROFILES
from connections.providers.instagram.source import InstagramSource
from connections.sandbox.server import SandboxServer
from connections.sources import Account, CallLimit, Page, Record, Slice, SourceContext

NOW = datetime(2026, 3, 12, 19, 30, tzinfo=UTC)
TOKEN = "sandbox-demo-token"
OWN = "17841400000000001"


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


class Reader:
    """Somebody who reads profiles of the sandbox, and can be asked what that took."""

    def __init__(self, server: SandboxServer) -> None:
        self.server = server
        self.instagram = server.instagram
        self.gate = RememberingGate()

    def source(
        self, names: Sequence[str] = (), *, token: str = TOKEN, account: str = OWN, **settings: Any
    ) -> InstagramSource:
        def held(stream: str, entity: str) -> Mapping[str, str]:
            assert (stream, entity) == (PROFILES, PLATFORM)
            return {f"{BEFORE}{name}": "" for name in names}

        address = {"graph_url": self.server.url("instagram"), "api_version": "v26.0"}
        return InstagramSource(
            SourceContext(
                account=Account(account),
                secrets={FIELD: token},
                options={},
                settings=address | settings,
                gate=self.gate,
                clock=lambda: NOW,
                held=held,
            )
        )

    def pages(self, *names: str, checkpoint: Any = None, **options: Any) -> list[Page]:
        source = self.source(names, **options)
        return list(source.read(source.stream(PROFILES), Slice(), checkpoint))

    def read(self, *names: str, **options: Any) -> dict[str, Record]:
        records = [record for page in self.pages(*names, **options) for record in page.records]
        return {record["profile"].removeprefix(BEFORE): record for record in records}

    def asked(self) -> list[str]:
        return [call.bucket for call in self.instagram.calls.all()]
