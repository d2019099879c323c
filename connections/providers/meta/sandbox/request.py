"""One question to the Graph API, once token, version and account are known."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from connections.providers.meta.sandbox.accounts import Accounts, AdAccount
from connections.providers.meta.sandbox.oauth import Desk
from connections.providers.meta.sandbox.reports import Reports
from connections.providers.meta.sandbox.structure import Node
from connections.providers.meta.sandbox.tables import Days
from connections.sandbox.faults import FaultRule


@dataclass
class World:
    """Everything that lasts from call to call."""

    accounts: Accounts = field(default_factory=Accounts)
    days: Days = field(default_factory=Days)
    reports: Reports = field(default_factory=Reports)
    desk: Desk = field(default_factory=Desk)
    app_id: str = "2001"
    app_secret: str = ""
    oldest_version: int = 20


@dataclass(frozen=True)
class GraphRequest:
    """root: the address of the API's version. instant: when it was asked; now: the same, cut to the minute.

    node: None for the account itself. rules: what is to go wrong with it.
    """

    world: World
    method: str
    root: str
    path: str
    params: dict[str, str]
    token: str
    now: datetime
    instant: datetime
    rules: tuple[FaultRule, ...] = ()
    account_or_none: AdAccount | None = None
    node: Node | None = None

    @property
    def url(self) -> str:
        return f"{self.root}/{self.path}".rstrip("/")

    @property
    def account(self) -> AdAccount:
        if self.account_or_none is None:
            raise LookupError("This question is not about an account.")
        return self.account_or_none

    def about(self, account: AdAccount, node: Node | None, path: str, params: dict[str, str]) -> "GraphRequest":
        """The same caller, asking about something else."""
        return replace(self, account_or_none=account, node=node, path=path, params=params)

    def asking(self, params: dict[str, str], now: datetime) -> "GraphRequest":
        """Another question about the same, at another time."""
        return replace(self, params=params, now=now)
