"""The key of a service account: the robot that spreadsheets are shared with, and the names that follow from it."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from connections.errors import Misconfigured, NeedsReconnect
from connections.sources import SourceContext

FIELD = "service_account"
GOOGLE = "googleapis.com"
_AGAIN = "In Google Cloud, make a key of type JSON for the service account, and paste the whole file."


@dataclass(frozen=True)
class ServiceAccount:
    """email: whom people share a spreadsheet with. info: the whole file. Where it says that tokens are had is left out
    on purpose: a pasted file must not send our calls anywhere."""

    email: str
    private_key: str = field(repr=False)
    info: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, context: SourceContext) -> "ServiceAccount":
        """Raises NeedsReconnect where there is no usable key."""
        pasted = context.secrets.get(FIELD, "").strip()
        if not pasted:
            raise NeedsReconnect("No Google key is stored for this connection.", remedy="Press Reconnect.")
        info = _decoded(pasted)
        if info.get("universe_domain", GOOGLE) != GOOGLE:
            raise Misconfigured("This key belongs to another cloud than Google's own.", remedy=_AGAIN)
        return cls(info["client_email"], info["private_key"], info)

    @property
    def bucket(self) -> str:
        """What Google counts the calls of, without spelling it out."""
        return f"google_{sha256(self.email.encode()).hexdigest()[:16]}"


def _decoded(pasted: str) -> dict[str, Any]:
    info: Any = None
    with suppress(ValueError, RecursionError):  # what is raised below carries no part of the key along
        info = json.loads(pasted)
    if not isinstance(info, dict):
        raise NeedsReconnect("This is not the JSON file of a service account's key.", remedy=_AGAIN)
    if "installed" in info or "web" in info or info.get("type") == "authorized_user":
        raise NeedsReconnect("This file is of an OAuth client, not of a service account.", remedy=_AGAIN)
    if any(not isinstance(info.get(name), str) or not info[name] for name in ("client_email", "private_key")):
        raise NeedsReconnect("The key of the service account is not complete.", remedy=_AGAIN)
    return info
