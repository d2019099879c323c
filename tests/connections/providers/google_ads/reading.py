"""A Google Ads source for tests, at the stand-in, with a gate that tests can ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from connections.providers.google_ads.demo import DEMO_TOKEN
from connections.providers.google_ads.login import FIELD, Login
from connections.providers.google_ads.sandbox.world import MANAGER, SHOP
from connections.providers.google_ads.source import GoogleAdsSource
from connections.sandbox.server import SandboxServer
from connections.sources import Account, CallLimit, Checkpoint, Page, Record, Slice, SourceContext

NOW = datetime(2026, 3, 12, 19, 30, tzinfo=UTC)
TODAY = date(2026, 3, 12)
WEEK = Slice(since=TODAY - timedelta(days=6), until=TODAY)
PROJECT = "google_project_4711"


@dataclass
class RememberingGate:
    calls: list[Sequence[CallLimit]] = field(default_factory=list)
    blocks: list[tuple[str, datetime, str]] = field(default_factory=list)

    def before_call(self, limits: Sequence[CallLimit]) -> None:
        self.calls.append(limits)

    def block(self, bucket: str, until: datetime, reason: str) -> None:
        self.blocks.append((bucket, until, reason))


class Reader:
    """Somebody who reads customers of the stand-in."""

    def __init__(self, server: SandboxServer, grpc: str) -> None:
        self.server = server
        self.google = server.google_ads
        self.gate = RememberingGate()
        self.settings: dict[str, Any] = {
            "endpoint": grpc,
            "sign_in_url": server.url("google_ads"),
            "dialog_url": server.url("google_ads"),
            "client_id": "4711-sandbox.apps.example",
            "client_secret": "sandbox-client-secret",
            "access_level": "basic",
        }

    def context(self, customer: str = SHOP, *, token: str = DEMO_TOKEN, manager: str = MANAGER) -> SourceContext:
        return SourceContext(
            account=Account(customer),
            secrets={FIELD: token},
            options={"login_customer_id": manager},
            settings=self.settings,
            gate=self.gate,
            clock=lambda: NOW,
        )

    def source(self, customer: str = SHOP, **options: str) -> GoogleAdsSource:
        return GoogleAdsSource(self.context(customer, **options))

    @property
    def login(self) -> Login:
        return Login.of(self.context())

    def pages(
        self, stream: str, piece: Slice | None = None, checkpoint: Checkpoint | None = None, **options: str
    ) -> list[Page]:
        source = self.source(**options)
        wanted = source.stream(stream)
        return list(source.read(wanted, piece or (WEEK if wanted.cursor_field else Slice()), checkpoint))

    def records(self, stream: str, piece: Slice | None = None, **options: str) -> list[Record]:
        return [record for page in self.pages(stream, piece, None, **options) for record in page.records]

    def questions(self) -> list[Mapping[str, str]]:
        """Without the renewals of the login, which are no operations."""
        return [call.params for call in self.google.calls.all() if call.method == "GRPC"]
