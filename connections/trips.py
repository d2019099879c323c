"""Send somebody to a provider's own page to sign in, and know them when they come back.

The trip is kept in their session: nobody else can end it. A session has one; a newer one takes its place.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from connections.sources import Trip

LASTS = timedelta(minutes=10)
_KEY = "oauth_trip"
_RANDOM_BYTES = 32


@dataclass(frozen=True)
class Errand:
    """What the trip is for: new accounts of a workspace, or a new login for a connection and others that share it."""

    provider: str
    workspace_id: int
    connection_id: str = ""
    others: tuple[str, ...] = ()


class Refused(Exception):
    """Whoever came back is not known, or came too late. sentence: why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


NO_STATE = "The provider sent nobody here: the address lacks its state."
UNKNOWN = (
    "No sign-in of this browser is waiting for this answer: it was used already, it was begun in another browser, or "
    "by somebody else."
)
NOT_THIS = (
    "This answer does not belong to the sign-in that this browser began last. Perhaps another tab began a newer one."
)
TOO_LATE = "This sign-in was begun more than ten minutes ago."


def begin(session: SessionBase, errand: Errand, now: datetime, *, again: bool = False) -> Trip:
    trip = Trip(redirect_uri(errand.provider), token_urlsafe(_RANDOM_BYTES), token_urlsafe(_RANDOM_BYTES), again)
    session[_KEY] = {"trip": asdict(trip), "errand": asdict(errand), "ends_at": (now + LASTS).isoformat()}
    return trip


def end(session: SessionBase, provider: str, state: str, now: datetime) -> tuple[Trip, Errand]:
    """It ends once. A wrong state leaves it as it is, so that a stranger's link cannot spoil it. Raises Refused."""
    if not state:
        raise Refused(NO_STATE)
    kept = session.get(_KEY)
    if kept is None:
        raise Refused(UNKNOWN)
    trip, errand = Trip(**kept["trip"]), _errand(kept["errand"])
    if not constant_time_compare(trip.state, state) or errand.provider != provider:
        raise Refused(NOT_THIS)
    del session[_KEY]
    try:
        session.save()  # before anything slow: a second request with the same state finds none
    except UpdateError as error:
        raise Refused(UNKNOWN) from error  # signed out in another tab
    if datetime.fromisoformat(kept["ends_at"]) <= now:
        raise Refused(TOO_LATE)
    return trip, errand


def redirect_uri(provider: str) -> str:
    """As it has to be entered at the provider, to the letter."""
    return settings.PUBLIC_URL + reverse("oauth_callback", args=[provider])


def _errand(kept: dict[str, Any]) -> Errand:
    return Errand(**kept | {"others": tuple(kept["others"])})
