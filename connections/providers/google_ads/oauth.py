"""Sign in at Google's own page, turn its code into a login that lasts, and ask what that login may do."""

import logging
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from connections.errors import ConsentIncomplete, SyncError
from connections.providers.google_ads import sign_in
from connections.providers.google_ads.login import FIELD, Login, hidden
from connections.providers.google_ads.names import sign_in_bucket
from connections.sources import CallLimit, LoginFacts, OAuth, SourceContext, Trip

if TYPE_CHECKING:
    from google_auth_oauthlib.flow import Flow

# It would write the secret, the code and the tokens.
logging.getLogger("requests_oauthlib").setLevel(logging.INFO)

NEEDED = sign_in.SCOPE.rpartition("/")[2]
PLAIN = "http://"


class GoogleOAuth(OAuth):
    """Google gives a refresh token only to those who ask for offline access, and surely where a person consents."""

    scopes = (sign_in.SCOPE,)

    def is_configured(self, settings: Mapping[str, Any]) -> bool:
        return all(settings.get(name) for name in ("client_id", "client_secret", "dialog_url"))

    def dialog(self, trip: Trip, settings: Mapping[str, Any]) -> str:
        flow = _flow(trip, settings, self.scopes)
        address, _ = flow.authorization_url(state=trip.state, access_type="offline", prompt="consent")
        return str(address)

    def secrets(self, trip: Trip, code: str, context: SourceContext) -> Mapping[str, str]:
        """One call, which is no operation of the API."""
        context.gate.before_call([CallLimit(sign_in_bucket(context.settings))])
        given = _turned_in(trip, code, context.settings)
        if isinstance(given, SyncError):
            raise given
        if sign_in.SCOPE not in given.get("scope", ()):
            raise ConsentIncomplete(NEEDED)
        if not given.get("refresh_token"):
            raise sign_in.as_error(sign_in.NOT_LASTING, "")
        return {FIELD: given["refresh_token"]}


def facts(context: SourceContext) -> LoginFacts:
    """Google tells what a login may do, and neither whose it is, unless that is asked for, nor when it ends."""
    from connections.providers.google_ads.line import line

    found = line(Login.of(context))
    found.sign_in(lambda: context.gate.before_call([CallLimit(sign_in_bucket(context.settings))]))
    return LoginFacts(scopes=found.granted)


def _turned_in(trip: Trip, code: str, settings: Mapping[str, Any]) -> Mapping[str, Any] | SyncError:
    """What went wrong is raised outside, where it does not carry along an error that quotes the code."""
    from oauthlib.oauth2 import OAuth2Error  # type: ignore[import-untyped]
    from requests import RequestException

    flow = _flow(trip, settings, None)  # whatever was granted is looked at above
    try:
        token: Mapping[str, Any] = flow.fetch_token(code=code, include_client_id=True, timeout=sign_in.SECONDS)
    except OAuth2Error as error:
        told = f"{error.error}: {error.description or ''}"
        return sign_in.refused(sign_in.TURNING_IN, error.error, _scrubbed(told, trip, code, settings))
    except (RequestException, OSError) as error:
        return sign_in.as_error(sign_in.BROKEN, _scrubbed(str(error), trip, code, settings))
    return token


def _flow(trip: Trip, settings: Mapping[str, Any], scopes: tuple[str, ...] | None) -> "Flow":
    from google_auth_oauthlib.flow import Flow

    client = {
        "client_id": settings["client_id"],
        "client_secret": settings["client_secret"],
        "auth_uri": f"{settings['dialog_url']}{sign_in.DIALOG_PATH}",
        "token_uri": f"{settings['sign_in_url']}/token",
    }
    _allow_what_is_configured(client["auth_uri"], client["token_uri"])
    return Flow.from_client_config(
        {"web": client},
        scopes,
        redirect_uri=trip.redirect_uri,
        code_verifier=trip.verifier,
        autogenerate_code_verifier=False,
    )


def _allow_what_is_configured(*addresses: str) -> None:
    """The library refuses plain HTTP even to a stand-in on the same machine, unless it is told so for the process."""
    if any(address.startswith(PLAIN) for address in addresses):
        os.environ.setdefault("OAUTHLIB_INSECURE_TRANSPORT", "1")


def _scrubbed(text: str, trip: Trip, code: str, settings: Mapping[str, Any]) -> str:
    return hidden(text, code, trip.verifier, settings["client_secret"])
