"""Signing in at the provider's own page: there and back, and every way in which it goes wrong."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connections import trips
from connections.accounts import connect_all
from connections.models import AuditEvent, Connection, Credential, Membership, SealedDraft, Workspace
from connections.sandbox.server import SandboxServer
from syncing.models import SyncJob
from tests.fixtures.dialog import press, turned_in
from tests.fixtures.sandbox import configure
from tests.fixtures.wizard import START, Answer, SignIn, Visitor, arrive, text

BEGIN = "/connections/oauth/meta/begin/"
CALLBACK = "/connections/oauth/meta/callback"
DANA = "danas-accounts"
APP_SECRET = "sandbox-app-secret"


@pytest.fixture
def meta(sandbox: SandboxServer) -> SandboxServer:
    """Who signs in has two open accounts and a disabled one."""
    small: dict[str, Any] = {"campaigns": 1, "ad_sets": 1, "ads": 1, "tokens": [DANA]}
    sandbox.meta.add_account("41", name="Bluebird", timezone="Europe/Vienna", currency="EUR", **small)
    sandbox.meta.add_account("42", name="Cardinal", **small)
    sandbox.meta.add_account("43", name="Dodo", account_status=2, disable_reason=3, **small)
    sandbox.meta.world.desk.login_as = DANA
    return sandbox


@pytest.fixture
def alices(alice: User, meta: SandboxServer, signed_in: SignIn) -> Visitor:
    return signed_in(alice)


@pytest.fixture
def bluebird(meta: SandboxServer, workspace: Workspace) -> Connection:
    """Connected with a token that was pasted, and has died."""
    meta.meta.account("41").tokens = (DANA, "pasted")
    meta.meta.account("42").tokens = (DANA, "pasted")
    made = connect_all(
        workspace, "meta", ["act_41", "act_42"], {"access_token": "pasted"}, now=timezone.now(), start_sync=False
    )
    made[0].connection.credential.mark_dead("The Meta sign-in has expired.")
    return Connection.objects.get(name="Bluebird")


def begin(client: Visitor, **fields: Any) -> str:
    """The address of the dialog."""
    workspace = Workspace.objects.get(name="Alpine Outfitters")
    left = client.post(BEGIN, {"workspace": workspace.pk, **fields})
    assert left.status_code == 302
    return str(left.url)


def refused(answer: Answer, *sentences: str, status: int = 400) -> str:
    """A clear page, and nothing stored."""
    page = text(answer)
    assert answer.status_code == status, page
    for sentence in sentences:
        assert sentence in page
    assert APP_SECRET not in answer.content.decode()
    stored = (
        Connection.objects.count(),
        Credential.objects.count(),
        SealedDraft.objects.count(),
        SyncJob.objects.count(),
    )
    assert stored == (0, 0, 0, 0)
    assert not AuditEvent.objects.exclude(action__startswith="signed").exists()
    return page


# There and back


def test_the_dialog_is_asked_for_no_more_than_is_read(alices: Visitor) -> None:
    address = begin(alices)
    question = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert urlsplit(address).path == "/meta/v26.0/dialog/oauth"
    assert len(question.pop("state")) >= 43
    assert question == {
        "client_id": "2001",
        "redirect_uri": "http://localhost:8000/connections/oauth/meta/callback",
        "scope": "ads_read",
        "response_type": "code",
    }


@pytest.mark.spec("T46")
def test_several_accounts_are_connected_and_their_first_syncs_start(alices: Visitor, meta: SandboxServer) -> None:
    back = alices.get(press(begin(alices)))
    page = arrive(alices, back)
    assert "Bluebird act_41 · EUR · Europe/Vienna" in page
    assert "Meta has disabled this ad account" in page
    checks = alices.post(back.url, {"accounts": ["act_41", "act_42"]})
    alices.post(checks.url)
    assert {each.name for each in Connection.objects.all()} == {"Bluebird", "Cardinal"}
    assert {job.connection.name for job in SyncJob.objects.all()} == {"Bluebird", "Cardinal"}
    login = Credential.objects.get()
    now = timezone.now()
    assert login.subject == "900100200300"
    assert login.scopes == ["public_profile", "ads_read"]
    assert login.expires_at
    assert login.data_access_expires_at
    assert timedelta(days=59) < login.expires_at - now < timedelta(days=61)
    assert timedelta(days=89) < login.data_access_expires_at - now < timedelta(days=91)


def test_no_secret_leaves_but_to_the_provider(alices: Visitor, meta: SandboxServer) -> None:
    address = begin(alices)
    back = alices.get(press(address))
    assert APP_SECRET not in address + back.url + str(dict(alices.session.items()))
    assert "sandbox-login" not in back.url + str(dict(alices.session.items()))
    assert [sorted(call.params) for call in turned_in(meta)] == [
        ["client_id", "redirect_uri"],
        ["client_id", "grant_type"],
    ]


def test_a_token_that_never_ends_says_so_by_naming_no_date(alices: Visitor, meta: SandboxServer) -> None:
    meta.meta.world.desk.token_seconds = None
    back = alices.get(press(begin(alices)))
    alices.post(alices.post(back.url, {"accounts": ["act_41"]}).url)
    login = Credential.objects.get()
    assert login.is_described
    assert login.expires_at is None
    assert login.data_access_expires_at


def test_a_pasted_token_is_described_too(alices: Visitor, bluebird: Connection) -> None:
    login = Connection.objects.get(name="Bluebird").credential
    assert (login.subject, bool(login.expires_at)) == ("900100200300", True)


def test_without_an_app_tokens_are_pasted(alices: Visitor, settings: Any) -> None:
    assert "Continue with Meta Ads" in text(alices.get(START))
    configure(settings, app_secret="")
    page = alices.get(START)
    assert "Continue with" not in text(page)
    assert "Access token" in text(page)
    assert "form-action 'self';" in page.headers["Content-Security-Policy"] + ";"


def test_only_pages_with_the_button_may_lead_to_the_provider(alices: Visitor, meta: SandboxServer) -> None:
    policy = alices.get(START).headers["Content-Security-Policy"]
    assert f"form-action 'self' {meta.url()}" in policy
    assert meta.url() not in alices.get("/").headers["Content-Security-Policy"]


# Back again, and not let in


def test_the_state_is_missing(alices: Visitor, meta: SandboxServer) -> None:
    begin(alices)
    refused(alices.get(f"{CALLBACK}?code=x"), "the address lacks its state", "Begin again, at http://localhost:8000.")
    assert turned_in(meta) == []


def test_the_state_is_wrong_and_spoils_nothing(alices: Visitor, meta: SandboxServer) -> None:
    address = begin(alices)
    refused(
        alices.get(f"{CALLBACK}?code=x&state=guessed"), "does not belong to the sign-in that this browser began last"
    )
    assert turned_in(meta) == []
    assert alices.get(press(address)).status_code == 302


def test_the_state_works_once(alices: Visitor, meta: SandboxServer) -> None:
    back = press(begin(alices), decision="deny")
    refused(alices.get(back), "Access was not allowed.")
    refused(alices.get(back), "it was used already")


def test_the_state_is_another_persons(alices: Visitor, meta: SandboxServer, alice: User, signed_in: SignIn) -> None:
    back = press(begin(alices))
    elsewhere = Client()
    elsewhere.force_login(alice)
    refused(elsewhere.get(back), "it was begun in another browser, or by somebody else")
    begin(elsewhere)
    refused(elsewhere.get(back), "does not belong to the sign-in that this browser began last")
    assert turned_in(meta) == []


def test_the_state_is_older_than_ten_minutes(alices: Visitor, meta: SandboxServer, monkeypatch: Any) -> None:
    monkeypatch.setattr(trips, "LASTS", timedelta(0))
    back = press(begin(alices))
    refused(alices.get(back), "more than ten minutes ago")
    assert turned_in(meta) == []


def test_of_two_tabs_the_newer_one_counts(alices: Visitor) -> None:
    older, newer = press(begin(alices)), press(begin(alices))
    refused(alices.get(older), "Perhaps another tab began a newer one.")
    assert alices.get(newer).status_code == 302


def test_the_person_says_no(alices: Visitor, meta: SandboxServer) -> None:
    page = refused(
        alices.get(press(begin(alices), decision="deny")), "Access was not allowed.", "Try again with Meta Ads"
    )
    assert "Paste a token" in page
    assert turned_in(meta) == []


def test_the_provider_reports_another_error(alices: Visitor, meta: SandboxServer) -> None:
    meta.meta.world.desk.answer = "server_error"
    refused(alices.get(press(begin(alices))), "The provider could not sign you in.", "Permissions error")


def test_metas_own_form_of_an_error_is_told_too(alices: Visitor) -> None:
    state = parse_qs(urlsplit(begin(alices)).query)["state"][0]
    told = {"state": state, "error_code": "1349048", "error_message": "App not active"}
    refused(alices.get(CALLBACK, told), "The provider could not sign you in.", "App not active")


def test_signed_out_in_another_tab_in_between(alices: Visitor) -> None:
    back = press(begin(alices))
    real = alices.session

    def gone(self: Any, *_: Any, **__: Any) -> None:
        raise UpdateError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(real), "save", gone)
        with pytest.raises(trips.Refused, match="No sign-in of this browser"):
            trips.end(real, "meta", parse_qs(urlsplit(back).query)["state"][0], timezone.now())


def test_what_an_error_says_is_only_text(alices: Visitor) -> None:
    state = parse_qs(urlsplit(begin(alices)).query)["state"][0]
    answer = alices.get(CALLBACK, {"state": state, "error": "x", "error_description": "<script>1</script>" * 90})
    assert b"<script>1" not in answer.content
    refused(answer, "The provider could not sign you in.")


def test_the_code_is_missing(alices: Visitor) -> None:
    state = parse_qs(urlsplit(begin(alices)).query)["state"][0]
    refused(alices.get(CALLBACK, {"state": state}), "sent you back without a code")


def test_the_code_was_used_already(alices: Visitor, meta: SandboxServer) -> None:
    back = press(begin(alices))
    meta.meta.world.desk.used.update(meta.meta.world.desk.codes)
    refused(alices.get(back), "Meta no longer accepts this sign-in's code.".replace("'", "&#x27;"), "a code works once")


def test_the_code_came_too_late(alices: Visitor, meta: SandboxServer) -> None:
    meta.meta.world.desk.code_seconds = 0
    refused(alices.get(press(begin(alices))), "Begin again: a code works once.")


def test_the_address_differs_by_a_letter(alices: Visitor, settings: Any) -> None:
    back = press(begin(alices))
    kept = alices.session
    kept[trips._KEY]["trip"]["redirect_uri"] += "/"
    kept.save()
    refused(alices.get(back), "does not expect people to come back to this address")


def test_the_app_secret_is_wrong(alices: Visitor, meta: SandboxServer) -> None:
    back = press(begin(alices))
    meta.meta.world.app_secret = "another"
    refused(alices.get(back), "or its secret is wrong", "META_APP_SECRET")


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"kind": "html", "status": 500}, "servers are in trouble (HTTP 500)"),
        ({"kind": "reset"}, "The line to Meta broke."),
        ({"kind": "hang"}, "Meta did not answer in time."),
        ({"kind": "body", "body": "{}"}, "Meta answered without an access token."),
        ({"kind": "garbage"}, "something unreadable"),
    ],
    ids=["HTML", "broken line", "slow", "no token", "garbage"],
)
def test_the_place_where_codes_are_turned_in_is_ill(
    alices: Visitor, meta: SandboxServer, settings: Any, caplog: Any, fault: dict[str, Any], sentence: str
) -> None:
    configure(settings, answer_seconds=0.5)
    back = press(begin(alices))
    meta.meta.faults.add({**fault, "path": "/oauth/access_token"})
    answer = alices.get(back)
    refused(answer, sentence, "Try again in a minute.")
    code = parse_qs(urlsplit(back).query)["code"][0]
    assert code not in answer.content.decode() + caplog.text
    assert APP_SECRET not in caplog.text


def test_a_permission_was_left_out_and_is_asked_for_again(alices: Visitor) -> None:
    answer = alices.get(press(begin(alices), without=("ads_read",)))
    page = refused(answer, "The permission ads_read was not granted.", "leave ads_read ticked")
    assert 'name="again" value="1"' in page
    again = begin(alices, again="1")
    assert parse_qs(urlsplit(again).query)["auth_type"] == ["rerequest"]
    assert alices.get(press(again)).status_code == 302


def test_the_provider_is_not_known(alices: Visitor) -> None:
    for answer in (alices.get("/connections/oauth/nowhere/callback?state=x"), begin_at(alices, "nowhere")):
        refused(answer, "There is no such provider.", status=404)


def test_the_provider_has_no_app_here(alices: Visitor, settings: Any) -> None:
    configure(settings, app_id="")
    for answer in (alices.get(f"{CALLBACK}?state=x"), begin_at(alices, "meta")):
        refused(answer, "This installation has no application at Meta Ads.", status=404)


def begin_at(client: Visitor, provider: str) -> Answer:
    workspace = Workspace.objects.get(name="Alpine Outfitters")
    return client.post(f"/connections/oauth/{provider}/begin/", {"workspace": workspace.pk})


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_the_role_was_taken_away_in_between(alices: Visitor, meta: SandboxServer, role: str) -> None:
    back = press(begin(alices))
    Membership.objects.update(role=role)
    refused(alices.get(back), "This needs the role admin", status=403)
    assert turned_in(meta) == []
    assert begin_at(alices, "meta").status_code == 403


def test_the_workspace_was_removed_in_between(alices: Visitor, meta: SandboxServer) -> None:
    back = press(begin(alices))
    Workspace.objects.all().delete()
    refused(alices.get(back), "The workspace that this was for is gone.")
    assert turned_in(meta) == []


@pytest.mark.parametrize("number", ["", "0", "x", "999999"])
def test_a_workspace_that_is_not_ones_own(alices: Visitor, number: str) -> None:
    assert alices.post(BEGIN, {"workspace": number}).status_code == 404


# A new login for what is connected


def reconnect(client: Visitor, connection: Connection, **fields: Any) -> str:
    return str(client.post(reverse("oauth_reconnect", args=[connection.pk]), fields).url)


def test_a_connection_gets_its_new_login_and_keeps_its_history(alices: Visitor, bluebird: Connection) -> None:
    cardinal = Connection.objects.get(name="Cardinal")
    done = alices.get(press(reconnect(alices, bluebird, others=[cardinal.pk])))
    assert done.url == reverse("connection", args=[bluebird.pk])
    again = Connection.objects.get(name="Bluebird")
    assert (again.pk, again.anchor_date, again.credential.needs_reconnect) == (bluebird.pk, bluebird.anchor_date, False)
    assert again.credential_id == Connection.objects.get(name="Cardinal").credential_id
    assert again.credential.secrets()["access_token"].startswith("sandbox-login:")
    assert AuditEvent.objects.filter(action="connection renewed").count() == 2


def test_a_login_that_does_not_open_the_account_changes_nothing(
    alices: Visitor, meta: SandboxServer, bluebird: Connection
) -> None:
    meta.meta.account("41").tokens = ("pasted",)
    before = list(Credential.objects.values()), AuditEvent.objects.count()
    answer = alices.get(press(reconnect(alices, bluebird)))
    page = text(answer)
    assert answer.status_code == 400
    assert "Bluebird was not reconnected" in re.sub(r"\s+", " ", page)
    assert "This login may not read the ad account." in page
    assert "If the provider asks which accounts Freshet may see, choose this one too." in page
    assert 'name="again" value="1"' in answer.content.decode(), "the next try asks for it again"
    assert (list(Credential.objects.values()), AuditEvent.objects.count()) == before
    assert not SealedDraft.objects.exists()


def test_the_connection_was_removed_in_between(alices: Visitor, meta: SandboxServer, bluebird: Connection) -> None:
    back = press(reconnect(alices, bluebird))
    bluebird.remove(timezone.now())
    answer = alices.get(back)
    assert answer.status_code == 400
    assert "This connection was removed." in text(answer)
    assert "sandbox-login" not in str(list(Credential.objects.values()))
