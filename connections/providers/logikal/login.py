"""Who signs in where: address, user name and password of a connection, and the names that follow from them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from connections.errors import Misconfigured, NeedsReconnect
from connections.sources import LONGEST_ID, Account, CallLimit, SourceContext

ADDRESS = r"https?://[^\s/?#@]+(/[^\s?#@]*)?"
"""Scheme, host and port, and a path where a proxy needs one. No user in it, and no query."""

API = "/api/v3"


@dataclass(frozen=True)
class Login:
    """address: of the API, without a slash at its end. external_id: of the account, the same for the same login."""

    address: str
    username: str
    password: str = field(repr=False)
    external_id: str

    @classmethod
    def of(cls, context: SourceContext) -> "Login":
        """Raises NeedsReconnect where something is missing, Misconfigured where the address is none."""
        typed = _base(context.secrets.get("address", ""))
        username = context.secrets.get("username", "").strip()
        password = context.secrets.get("password", "")
        if not (username and password):
            raise NeedsReconnect("No LOGIKAL login is stored for this connection.", remedy="Press Reconnect.")
        address = typed or _base(str(context.settings.get("api_url") or ""))
        if not re.fullmatch(ADDRESS, address):
            raise Misconfigured(
                "There is no usable address of the LOGIKAL server.",
                remedy="Enter the address that the service answers at, such as https://server:8443.",
            )
        return cls(address + API, username, password, external_id(typed, username))

    @property
    def account(self) -> Account:
        return Account(self.external_id, f"LOGIKAL of {self.username}"[:200])


def external_id(typed: str, username: str) -> str:
    """The user, at the host that was typed; the installation's own address may move, and is left out."""
    host = urlsplit(typed).netloc.lower()
    whole = f"{username}@{host}" if host else username
    return whole if len(whole) <= LONGEST_ID else f"{whole[:80]}~{sha256(whole.encode()).hexdigest()[:16]}"


def call_limits(account_id: str, settings: Mapping[str, Any]) -> Sequence[CallLimit]:
    """What each call counts against: one bucket for each user of each host, which does not spell the user out."""
    user, _, host = account_id.rpartition("@")
    digest = sha256((user or host).encode()).hexdigest()[:16]
    bucket = f"logikal_{host if user else 'own'}_{digest}"
    return (CallLimit(bucket, settings.get("calls_per_hour")),)


def _base(address: str) -> str:
    return address.strip().rstrip("/").removesuffix(API).rstrip("/")
