"""Sign in at Meta's own page, turn its code into a token that lasts, and ask what is known of a token.

The code is turned in with the app's secret, so PKCE, which Meta has for apps without one, would add nothing. There
is no refresh token: a token of sixty days is all there is, and its person signs in again.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from connections.errors import ConsentIncomplete, Transient
from connections.providers.meta import login
from connections.providers.meta.client import GraphApi, access_token, app_bucket
from connections.providers.meta.scrubbing import scrubber
from connections.sources import LoginFacts, OAuth, SourceContext, Trip

NEEDED = "ads_read"


class AppApi(GraphApi):
    """The SDK, asking as the app itself, without a login. secrets: which no error may quote."""

    def __init__(self, context: SourceContext, *secrets: str) -> None:
        super().__init__(context, node="oauth", bucket=app_bucket(context.settings))
        self.scrub = scrubber(context.settings["app_secret"], *secrets)
        self._app_named = {"client_id": context.settings["app_id"], "client_secret": context.settings["app_secret"]}

    def token_of(self, context: SourceContext) -> str:
        return ""

    def token(self, **question: str) -> str:
        """The answer may say when it expires, or not: nobody relies on that, see `facts`."""
        body = self.call("GET", ("oauth", "access_token"), params=question | self._app_named).body()
        token = body.get("access_token")
        if not (isinstance(token, str) and token):
            raise Transient("Meta answered without an access token.")
        return token

    def described(self, token: str) -> Mapping[str, Any]:
        question = {"input_token": token, "access_token": "|".join(self._app_named.values())}
        data = self.call("GET", ("debug_token",), params=question).body().get("data")
        return data if isinstance(data, dict) else {}


class MetaOAuth(OAuth):
    scopes = (NEEDED,)
    uses_pkce = False

    def is_configured(self, settings: Mapping[str, Any]) -> bool:
        return has_app(settings)

    def dialog(self, trip: Trip, settings: Mapping[str, Any]) -> str:
        question = {
            "client_id": settings["app_id"],
            "redirect_uri": trip.redirect_uri,
            "state": trip.state,
            "scope": ",".join(self.scopes),
            "response_type": "code",
        }
        again = {"auth_type": "rerequest"} if trip.again else {}
        return f"{settings['dialog_url']}/{settings['api_version']}/dialog/oauth?{urlencode(question | again)}"

    def origins(self, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """Phones are sent on to m.facebook.com, some countries to web.facebook.com."""
        origins = super().origins(settings)
        return (*origins, "https://*.facebook.com") if origins[0].endswith(".facebook.com") else origins

    def secrets(self, trip: Trip, code: str, context: SourceContext) -> Mapping[str, str]:
        """Three calls. The token that the code gives lasts an hour or two; what it is exchanged for, sixty days."""
        short = AppApi(context, code).token(redirect_uri=trip.redirect_uri, code=code)
        token = AppApi(context, short).token(grant_type="fb_exchange_token", fb_exchange_token=short)
        secrets = {"access_token": token}
        if not login.may_read_ads(login.LoginApi(replace(context, secrets=secrets))):
            raise ConsentIncomplete(NEEDED)
        return secrets


def has_app(settings: Mapping[str, Any]) -> bool:
    return bool(settings.get("app_id") and settings.get("app_secret"))


def facts(context: SourceContext) -> LoginFacts | None:
    """None where only the app could ask and there is none, or where the token is another app's."""
    token = access_token(context)
    told = AppApi(context, token).described(token) if has_app(context.settings) else {}
    if not told.get("is_valid"):
        return None
    return LoginFacts(
        subject=str(told.get("user_id") or "")[:200],
        scopes=tuple(str(scope) for scope in told.get("scopes") or ()),
        expires_at=_moment(told.get("expires_at")),
        data_access_expires_at=_moment(told.get("data_access_expires_at")),
    )


def _moment(seconds: object) -> datetime | None:
    """Meta writes 0 for never."""
    if not isinstance(seconds, int) or seconds <= 0:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
