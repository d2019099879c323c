"""Who may ask: refresh tokens, the tokens that they are given for an hour, and what they open."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any, Final

from connections.providers.google_ads.demo import DEMO_TOKEN
from connections.providers.google_ads.sandbox.consent import SCOPES, Desk, GrantRefused, opened_by
from connections.providers.google_ads.sandbox.errors import Refusal
from connections.providers.google_ads.sandbox.world import CLOSED, MANAGER, SHOP
from connections.sandbox.exchange import Call, Reply, json_reply

LASTS: Final = timedelta(hours=1)
ADWORDS: Final = f"{SCOPES}adwords"
WORDS: Final = "Token has been expired or revoked."


@dataclass
class Logins:
    """opens: by refresh token, the customers that are reached directly. secret: of the OAuth client; empty takes any.
    subtype: with which a renewal is refused, such as rapt_required."""

    opens: dict[str, tuple[str, ...]] = field(default_factory=lambda: {DEMO_TOKEN: (MANAGER,)})
    revoked: set[str] = field(default_factory=set)
    given: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    desk: Desk = field(default_factory=Desk)
    secret: str = ""
    subtype: str = ""
    refreshes: int = 0

    def revoke(self, token: str = DEMO_TOKEN) -> None:
        """A person has taken the access back: what was given for an hour ends too."""
        self.revoked.add(token)
        self.end_tokens()

    def end_tokens(self) -> None:
        self.given.clear()

    def token(self, call: Call, now: datetime) -> Reply:
        grants = {"refresh_token": self._renewed, "authorization_code": self._turned_in}
        try:
            self._check_client(call)
            grant = grants.get(call.params.get("grant_type", ""))
            if grant is None:
                raise GrantRefused("unsupported_grant_type", "Invalid grant_type")
            return json_reply(grant(call, now))
        except GrantRefused as refused:
            subtype = {"error_subtype": self.subtype} if self.subtype else {}
            return json_reply(
                {"error": refused.error, "error_description": refused.description, **subtype}, refused.status
            )

    def of(self, header: str, now: datetime) -> str:
        """The refresh token of whoever calls. Raises Refusal."""
        found = self.given.get(header.removeprefix("Bearer ").strip())
        if found is None or found[1] <= now:
            raise Refusal("authentication_error.OAUTH_TOKEN_INVALID", "Oauth token has been disabled or is invalid.")
        return found[0]

    def roots(self, token: str) -> tuple[str, ...]:
        made_here = opened_by(token)
        return made_here[0] if made_here else self.opens.get(token, ())

    def add(self, token: str, *customers: str) -> None:
        self.opens[token] = customers or (MANAGER, SHOP, CLOSED)

    def _check_client(self, call: Call) -> None:
        given = call.params.get("client_secret", "")
        if not (call.params.get("client_id") and given) or (self.secret and given != self.secret):
            raise GrantRefused("invalid_client", "Unauthorized", 401)

    def _renewed(self, call: Call, now: datetime) -> dict[str, Any]:
        token = call.params.get("refresh_token", "")
        if self.subtype or token in self.revoked or not self.roots(token):
            raise GrantRefused("invalid_grant", WORDS)
        made_here = opened_by(token)
        scopes = made_here[1] if made_here else (ADWORDS,)
        if set(call.params.get("scope", "").split()) - set(scopes):
            raise GrantRefused("invalid_scope")
        self.refreshes += 1
        return self._for_an_hour(token, scopes, now)

    def _turned_in(self, call: Call, now: datetime) -> dict[str, Any]:
        code = self.desk.turn_in(call.params, now)
        token = self.desk.lasting(code)
        return self._for_an_hour(token, code.scopes, now) | ({"refresh_token": token} if token else {})

    def _for_an_hour(self, token: str, scopes: tuple[str, ...], now: datetime) -> dict[str, Any]:
        made = f"sandbox-access-{token_hex(12)}"
        self.given[made] = (token, now + LASTS)
        return {"access_token": made, "expires_in": 3599, "scope": " ".join(scopes), "token_type": "Bearer"}
