"""One question to the Graph API, once token, version and account are known."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from connections.providers.meta.sandbox.accounts import Accounts, AdAccount
from connections.providers.meta.sandbox.structure import Node
from connections.providers.meta.sandbox.tables import Days


@dataclass
class World:
    """Everything that lasts from call to call."""

    accounts: Accounts = field(default_factory=Accounts)
    days: Days = field(default_factory=Days)
    app_id: str = "2001"
    app_secret: str = ""
    oldest_version: int = 20


@dataclass(frozen=True)
class GraphRequest:
    """root: the address of the API's version. now: cut to the minute. node: None for the account itself."""

    world: World
    method: str
    root: str
    path: str
    params: dict[str, str]
    token: str
    now: datetime
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
