"""What Google's sign-in refuses, by its code: when a login is renewed, and when a code of its page is turned in."""

from collections.abc import Mapping
from typing import Final

from connections.errors import Misconfigured, NeedsReconnect, SyncError, Transient
from connections.providers.google_ads.errors import RECONNECT, REVOKED, Meaning
from connections.providers.google_ads.faults import Fault

SCOPE: Final = "https://www.googleapis.com/auth/adwords"
DIALOG_PATH: Final = "/o/oauth2/v2/auth"
SECONDS: Final = 20

CLIENT = Meaning(
    Misconfigured,
    "Google does not know this installation's OAuth client, or its secret is wrong.",
    "Whoever runs the installation has to set the id and the secret of one client.",
)
NO_SCOPE = Meaning(
    NeedsReconnect,
    "This Google sign-in was not given the right to read Google Ads.",
    "Press Reconnect, and leave Google Ads ticked when Google asks.",
)
AGAIN_SOON = Meaning(
    NeedsReconnect,
    "The organisation of the Google account wants its people to sign in again from time to time.",
    "Press Reconnect; or have the organisation's admin exempt this application from Google Cloud session control.",
)
CODE_OVER = Meaning(
    Misconfigured, "Google no longer accepts this sign-in's code.", "Begin again: a code works once, and only here."
)
BACK = Meaning(
    Misconfigured,
    "The OAuth client at Google does not expect people to come back to this address.",
    "Add it to the Authorized redirect URIs of the client; it begins with PUBLIC_URL.",
)
NOT_LASTING = Meaning(
    Misconfigured,
    "Google gave a sign-in that ends within the hour.",
    "Remove this application under Third-party access in the Google account, then begin again.",
)
BROKEN = Meaning(Transient, "Google's sign-in could not answer just now.")

RENEWING: Final[Mapping[str, Meaning]] = {
    REVOKED: RECONNECT,
    "invalid_scope": NO_SCOPE,
    "invalid_client": CLIENT,
    "unauthorized_client": CLIENT,
    "deleted_client": CLIENT,
}
TURNING_IN: Final[Mapping[str, Meaning]] = {**RENEWING, REVOKED: CODE_OVER, "redirect_uri_mismatch": BACK}


def refused(meanings: Mapping[str, Meaning], code: str, original: str) -> SyncError:
    return as_error(meanings.get(code, BROKEN), original, code)


def as_error(meaning: Meaning, original: str, code: str = "") -> SyncError:
    return meaning.of(Fault("", (code,), original[:500]))
