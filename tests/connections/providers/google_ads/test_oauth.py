"""Signing in at Google's page: what is asked there, what its code is turned in for, and what goes wrong on the way."""

import http.client
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from connections.errors import ConsentIncomplete, Misconfigured, NeedsReconnect, SyncError, Transient
from connections.providers.google_ads import sign_in
from connections.providers.google_ads.login import FIELD
from connections.providers.google_ads.oauth import GoogleOAuth
from connections.providers.google_ads.sandbox.world import MANAGER, SHOP
from connections.sources import LoginFacts, Trip
from tests.connections.providers.google_ads.reading import Reader

pytestmark = pytest.mark.once

BACK = "http://localhost:8000/connect/google_ads/back"
TRIP = Trip(BACK, "the-state", "a-verifier-that-stays-here-until-the-code-is-turned-in")
ALLOW = {"decision": "allow", f"grant_{sign_in.SCOPE}": "on"}


def at_the_page(reader: Reader, method: str = "GET", **changes: str) -> Any:
    address = urlsplit(dialog(reader))
    question = dict(parse_qsl(address.query)) | changes
    wire = http.client.HTTPConnection("127.0.0.1", reader.server.port, timeout=5)
    wire.request(method, f"{address.path}?{urlencode(question)}")
    answer = wire.getresponse()
    answer.text = answer.read().decode()  # type: ignore[attr-defined]
    wire.close()
    return answer


def sent_back(reader: Reader, answers: Mapping[str, str] = ALLOW, **changes: str) -> dict[str, str]:
    there = at_the_page(reader, "POST", **{**answers, **changes}).getheader("Location")
    assert there.startswith(f"{BACK}?")
    return dict(parse_qsl(urlsplit(there).query))


def turn_in(reader: Reader, code: str, trip: Trip = TRIP) -> Mapping[str, str]:
    return GoogleOAuth().secrets(trip, code, reader.context("", token=""))


def test_google_is_asked_for_a_login_that_lasts_and_no_more_than_is_read(reader: Reader) -> None:
    question = {name: value for name, (value,) in parse_qs(urlsplit(dialog(reader)).query).items()}
    assert question == {
        "client_id": reader.settings["client_id"],
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "https://www.googleapis.com/auth/adwords",
        "state": "the-state",
        "access_type": "offline",
        "prompt": "consent",
        "code_challenge": TRIP.challenge,
        "code_challenge_method": "S256",
    }
    assert TRIP.verifier not in dialog(reader)
    assert reader.settings["client_secret"] not in dialog(reader)
    assert GoogleOAuth().origins(reader.settings) == (f"http://127.0.0.1:{reader.server.port}",)


def dialog(reader: Reader) -> str:
    return GoogleOAuth().dialog(TRIP, reader.settings)


def test_at_google_itself_nothing_is_plain(reader: Reader) -> None:
    there = {"dialog_url": "https://accounts.google.com", "sign_in_url": "https://oauth2.googleapis.com"}
    address = GoogleOAuth().dialog(TRIP, reader.settings | there)
    assert address.startswith("https://accounts.google.com/o/oauth2/v2/auth?response_type=code&")


@pytest.mark.parametrize("missing", ["client_id", "client_secret"])
def test_without_a_client_nobody_is_offered_to_sign_in(reader: Reader, missing: str) -> None:
    assert GoogleOAuth().is_configured(reader.settings)
    assert not GoogleOAuth().is_configured({})
    assert not GoogleOAuth().is_configured(reader.settings | {missing: ""})


def test_the_page_says_who_asks_for_what(reader: Reader) -> None:
    page = at_the_page(reader, state="s<1>").text
    for words in ("4711-sandbox.apps.example wants access to", "auth/adwords", "Continue", "Cancel", "s&lt;1&gt;"):
        assert words in page


@pytest.mark.parametrize("address", ["https://evil.example/", "javascript:alert(1)", "http://localhost.evil.example/"])
def test_nobody_is_sent_anywhere_but_to_this_machine(reader: Reader, address: str) -> None:
    for method in ("GET", "POST"):
        answer = at_the_page(reader, method, redirect_uri=address, **ALLOW)
        assert (answer.status, answer.getheader("Location")) == (400, None)


def test_a_code_is_turned_in_for_a_login_that_reads(reader: Reader) -> None:
    back = sent_back(reader)
    assert back["state"] == "the-state"
    secrets = turn_in(reader, back["code"])
    assert secrets.keys() == {FIELD}
    assert reader.source(token=secrets[FIELD]).check().name == "Demo Shop"
    assert reader.google.logins.refreshes == 1
    assert reader.google.quota.made == 1, "signing in is no operation"


def test_whoever_signs_in_sees_their_own_accounts(reader: Reader) -> None:
    reader.google.logins.desk.set({"login_as": [SHOP]})
    token = turn_in(reader, sent_back(reader)["code"])[FIELD]
    assert [choice.account.external_id for choice in reader.source("", token=token).accounts()] == [SHOP]


@pytest.mark.parametrize("told", ["by a button", "at once"])
def test_whoever_says_no_comes_back_without_a_code(reader: Reader, told: str) -> None:
    if told == "at once":
        reader.google.logins.desk.set({"answer": "deny"})
    assert sent_back(reader, {"decision": "deny"}) == {"error": "access_denied", "state": "the-state"}


def test_a_permission_that_was_not_ticked_is_named(reader: Reader) -> None:
    with pytest.raises(ConsentIncomplete) as raised:
        turn_in(reader, sent_back(reader, {"decision": "allow"})["code"])
    assert raised.value.permissions == ("adwords",)


def test_a_permission_beside_ours_does_no_harm(reader: Reader) -> None:
    wider = f"{sign_in.SCOPE} openid"
    assert turn_in(reader, sent_back(reader, ALLOW | {"grant_openid": "on"}, scope=wider)["code"])[FIELD]


def test_a_login_that_does_not_last_is_none(reader: Reader) -> None:
    with pytest.raises(Misconfigured, match="within the hour"):
        turn_in(reader, sent_back(reader, access_type="online")["code"])


def used(reader: Reader) -> tuple[str, Trip]:
    code = sent_back(reader)["code"]
    turn_in(reader, code)
    return code, TRIP


def late(reader: Reader) -> tuple[str, Trip]:
    code = sent_back(reader)["code"]
    reader.server.clock.advance(minutes=11)
    return code, TRIP


def with_another_verifier(reader: Reader) -> tuple[str, Trip]:
    return sent_back(reader)["code"], Trip(BACK, TRIP.state, "another-verifier-than-the-one-of-the-challenge")


def from_another_address(reader: Reader) -> tuple[str, Trip]:
    return sent_back(reader)["code"], Trip(f"{BACK}/", TRIP.state, TRIP.verifier)


def with_another_secret(reader: Reader) -> tuple[str, Trip]:
    reader.google.logins.secret = "sandbox-another"
    return sent_back(reader)["code"], TRIP


def made_up(reader: Reader) -> tuple[str, Trip]:
    return "made-up-code-of-nobody", TRIP


def of_a_server_that_is_down(reader: Reader) -> tuple[str, Trip]:
    code = sent_back(reader)["code"]
    reader.google.faults.add({"kind": "html"})
    return code, TRIP


@pytest.mark.parametrize(
    ("begin", "family", "code"),
    [
        (used, Misconfigured, "invalid_grant"),
        (late, Misconfigured, "invalid_grant"),
        (made_up, Misconfigured, "invalid_grant"),
        (with_another_verifier, Misconfigured, "invalid_grant"),
        (from_another_address, Misconfigured, "redirect_uri_mismatch"),
        (with_another_secret, Misconfigured, "invalid_client"),
        (of_a_server_that_is_down, Transient, "missing_token"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_code_that_is_not_accepted_is_told_and_not_quoted(
    reader: Reader, begin: Any, family: type[SyncError], code: str
) -> None:
    given, trip = begin(reader)
    with pytest.raises(family) as raised:
        turn_in(reader, given, trip)
    error = raised.value
    assert (type(error), error.code) == (family, code)
    assert error.__context__ is None, "what it came from may quote the code"
    for secret in (given, trip.verifier, reader.settings["client_secret"]):
        assert secret not in f"{error.sentence} {error.remedy} {error.original}"


def test_a_line_that_breaks_is_tried_again(reader: Reader) -> None:
    reader.settings["sign_in_url"] = "http://127.0.0.1:9"
    with pytest.raises(Transient) as raised:
        turn_in(reader, "sandbox-code-never-sent")
    assert "sandbox-code-never-sent" not in raised.value.original


# The login, once it is there


def test_the_login_says_what_it_may_do(reader: Reader) -> None:
    assert reader.source("").login_facts() == LoginFacts(scopes=(sign_in.SCOPE,))
    assert reader.google.quota.made == 0


def may_do_something_else(reader: Reader) -> str:
    return f"sandbox-login.{MANAGER}.spreadsheets.0123456789ab"


def must_sign_in_again(reader: Reader) -> str:
    reader.google.logins.subtype = "rapt_required"
    return f"sandbox-login.{MANAGER}.adwords.0123456789ab"


def was_taken_back(reader: Reader) -> str:
    token = turn_in(reader, sent_back(reader)["code"])[FIELD]
    reader.google.logins.revoke(token)
    return token


@pytest.mark.parametrize(
    ("begin", "code", "words"),
    [
        (may_do_something_else, "invalid_scope", "right to read Google Ads"),
        (must_sign_in_again, "invalid_grant", "from time to time"),
        (was_taken_back, "invalid_grant", "no longer accepts"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_login_that_no_longer_reads_asks_for_its_person(reader: Reader, begin: Any, code: str, words: str) -> None:
    token = begin(reader)
    for ask in (lambda: reader.source("", token=token).login_facts(), lambda: reader.records("campaigns", token=token)):
        with pytest.raises(NeedsReconnect, match=words) as raised:
            ask()
        assert raised.value.code == code
        assert token not in raised.value.original
    assert reader.google.quota.made == 0, "found out before a call that could not succeed"


def test_a_login_that_was_given_less_than_asked_is_seen(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the sign-in does not refuse but answers with fewer rights."""
    narrower = reader.google.logins._for_an_hour
    monkeypatch.setattr(reader.google.logins, "_renewed", lambda call, now: narrower("x", ("openid",), now))
    with pytest.raises(NeedsReconnect, match="right to read Google Ads"):
        reader.records("campaigns")
