"""Who may ask: refresh tokens, the tokens that they are given for an hour, and what they open."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Final

from connections.providers.google_ads.demo import DEMO_TOKEN
from connections.providers.google_ads.sandbox.errors import Refusal
from connections.providers.google_ads.sandbox.world import CLOSED, MANAGER, SHOP
from connections.sandbox.exchange import Call, Reply, json_reply

LASTS: Final = timedelta(hours=1)


@dataclass
class Logins:
    """opens: by refresh token, the customers that are reached directly."""

    opens: dict[str, tuple[str, ...]] = field(default_factory=lambda: {DEMO_TOKEN: (MANAGER,)})
    revoked: set[str] = field(default_factory=set)
    given: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    refreshes: int = 0

    def revoke(self, token: str = DEMO_TOKEN) -> None:
        """A person has taken the access back: what was given for an hour ends too."""
        self.revoked.add(token)
        self.end_tokens()

    def end_tokens(self) -> None:
        self.given.clear()

    def refresh(self, call: Call, now: datetime) -> Reply:
        token = call.params.get("refresh_token", "")
        if call.params.get("grant_type") != "refresh_token":
            return json_reply({"error": "unsupported_grant_type"}, 400)
        if not (call.params.get("client_id") and call.params.get("client_secret")):
            return json_reply({"error": "invalid_client", "error_description": "Unauthorized"}, 401)
        if token in self.revoked or token not in self.opens:
            said = {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
            return json_reply(said, 400)
        self.refreshes += 1
        made = f"sandbox-access-{token_hex(12)}"
        self.given[made] = (token, now + LASTS)
        scope = "https://www.googleapis.com/auth/adwords"
        return json_reply({"access_token": made, "expires_in": 3599, "scope": scope, "token_type": "Bearer"})

    def of(self, header: str, now: datetime) -> str:
        """The refresh token of whoever calls. Raises Refusal."""
        found = self.given.get(header.removeprefix("Bearer ").strip())
        if found is None or found[1] <= now:
            raise Refusal("authentication_error.OAUTH_TOKEN_INVALID", "Oauth token has been disabled or is invalid.")
        return found[0]

    def add(self, token: str, *customers: str) -> None:
        self.opens[token] = customers or (MANAGER, SHOP, CLOSED)
