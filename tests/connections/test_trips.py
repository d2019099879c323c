"""A trip to a provider's sign-in page: what leaves, what stays, and who may come back."""

from base64 import urlsafe_b64decode
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from connections import asking, trips
from connections.errors import Misconfigured
from connections.trips import Errand
from tests.fixtures import plain as provider

pytestmark = pytest.mark.django_db
ERRAND = Errand(provider.KIND, 1, "a-connection", ("another",))


@pytest.fixture
def signs_in(plain, settings):
    settings.PROVIDERS = {**settings.PROVIDERS, provider.KIND: {**provider.SETTINGS, "client_id": "freshet"}}


def test_whoever_comes_back_finds_the_trip_and_the_errand_as_they_were():
    session, now = SessionStore(), timezone.now()
    trip = trips.begin(session, ERRAND, now, again=True)
    assert trips.end(session, provider.KIND, trip.state, now) == (trip, ERRAND)
    with pytest.raises(trips.Refused):
        trips.end(session, provider.KIND, trip.state, now)


def test_two_trips_share_nothing_that_one_could_guess():
    session, now = SessionStore(), timezone.now()
    one, two = trips.begin(session, ERRAND, now), trips.begin(session, ERRAND, now)
    assert len({one.state, one.verifier, two.state, two.verifier}) == 4
    assert one.state not in repr(one)
    assert one.verifier not in repr(one)


def test_another_providers_answer_is_refused():
    session, now = SessionStore(), timezone.now()
    trip = trips.begin(session, ERRAND, now)
    with pytest.raises(trips.Refused, match="does not belong"):
        trips.end(session, "meta", trip.state, now)


@pytest.mark.usefixtures("signs_in")
def test_a_provider_with_pkce_sees_the_challenge_first_and_the_verifier_last():
    trip = trips.begin(SessionStore(), ERRAND, timezone.now())
    address = asking.dialog(provider.KIND, trip)
    question = parse_qs(urlsplit(address).query)
    assert trip.verifier not in address
    assert question["code_challenge_method"] == ["S256"]
    padded = question["code_challenge"][0] + "="
    assert urlsafe_b64decode(padded) == sha256(trip.verifier.encode()).digest()
    secrets = asking.secrets_of(provider.KIND, trip, question["code_challenge"][0], now=timezone.now())
    assert secrets == {"token": provider.TOKEN}
    other = trips.begin(SessionStore(), ERRAND, timezone.now())
    with pytest.raises(Misconfigured):
        asking.secrets_of(provider.KIND, other, question["code_challenge"][0], now=timezone.now())


def test_where_nobody_can_sign_in_nobody_is_sent(plain, settings):
    settings.PROVIDERS = {**settings.PROVIDERS, provider.KIND: provider.SETTINGS}
    assert asking.oauth(provider.KIND) is None
    with pytest.raises(LookupError):
        asking.dialog(provider.KIND, trips.begin(SessionStore(), ERRAND, timezone.now()))
