"""A login to Google Ads: its refresh token, and the client of the installation that it was given to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connections.errors import Misconfigured, NeedsReconnect
from connections.sources import SourceContext

FIELD = "refresh_token"
HIDDEN = "[removed]"
SHORTEST_SECRET = 6


@dataclass(frozen=True)
class Login:
    """token_url: where Google turns the refresh token into one for an hour. endpoint: host and port; empty for Google's
    own."""

    refresh_token: str = field(repr=False)
    client_id: str
    client_secret: str = field(repr=False)
    token_url: str
    endpoint: str = ""

    @classmethod
    def of(cls, context: SourceContext) -> "Login":
        token = context.secrets.get(FIELD, "").strip()
        if not token:
            raise NeedsReconnect("No Google sign-in is stored for this connection.", remedy="Press Reconnect.")
        return cls(
            token, *_client(context.settings), f"{context.settings['sign_in_url']}/token", context.settings["endpoint"]
        )

    def scrub(self, text: str) -> str:
        """Without the secrets that are known here."""
        return hidden(text, self.refresh_token, self.client_secret)


def hidden(text: str, *secrets: str) -> str:
    for secret in secrets:
        text = text.replace(secret, HIDDEN) if len(secret) >= SHORTEST_SECRET else text
    return text


def _client(settings: Mapping[str, Any]) -> tuple[str, str]:
    client_id, client_secret = settings.get("client_id") or "", settings.get("client_secret") or ""
    if not (client_id and client_secret):
        raise no_client()
    return client_id, client_secret


def no_client() -> Misconfigured:
    return Misconfigured(
        "This installation has no OAuth client at Google.",
        remedy="Whoever runs the installation has to set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET.",
    )
