"""A new login for a connection that has one: history stays, mix-ups are refused, those that share it may come along."""

import re
from collections.abc import Callable
from datetime import date
from secrets import token_hex
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from connections.accounts import connect, connect_all
from connections.models import AuditEvent, Connection, Credential, Workspace
from connections.sandbox.server import SandboxServer
from syncing.models import SyncJob
from tests.fixtures.people import make_person
from tests.fixtures.sandbox import configure

Visitor = Any
"""Django's client; its answers have more than their type tells."""

Answer = Any
SignIn = Callable[[User], Visitor]
OLD, NEW = "the-old-token", "the-new-token-" + token_hex(8)


@pytest.fixture
def meta(sandbox: SandboxServer) -> Any:
    """Three accounts, which the old login opens; the new one opens the first two."""
    for number, name, tokens in ((41, "Bluebird", [OLD, NEW]), (42, "Cardinal", [OLD, NEW]), (43, "Dodo", [OLD])):
        sandbox.meta.add_account(str(number), name=name, tokens=tokens, campaigns=1, ad_sets=1, ads=1)
    return sandbox.meta


@pytest.fixture
def bluebird(meta: Any, workspace: Workspace) -> Connection:
    """One of three connections that share a login which has died."""
    ids = ["act_41", "act_42", "act_43"]
    made = connect_all(workspace, "meta", ids, {"access_token": OLD}, now=timezone.now(), start_sync=False)
    made[0].connection.credential.mark_dead("The Meta sign-in has expired.")
    Connection.objects.update(anchor_date=date(2025, 1, 1), options={"conversion_action": "lead"})
    return Connection.objects.get(name="Bluebird")


@pytest.fixture
def alices(alice: User, signed_in: SignIn) -> Visitor:
    return signed_in(alice)


def page_of(connection: Connection) -> str:
    return reverse("reconnect", args=[connection.pk])


def text(answer: Answer) -> str:
    return " ".join(re.sub(r"<(?!input)[^>]+>", " ", answer.content.decode()).split())


def said(answer: Answer) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_a_new_login_brings_the_connection_back_with_its_history(alices: Visitor, bluebird: Connection) -> None:
    shown = text(alices.get(page_of(bluebird)))
    assert "The present login no longer works The Meta sign-in has expired." in shown
    done = alices.post(page_of(bluebird), {"access_token": NEW})
    assert done.url == reverse("connection", args=[bluebird.pk])
    assert said(done) == ["Bluebird has its new login. A sync starts now."]
    again = Connection.objects.get(name="Bluebird")
    assert (again.pk, again.anchor_date, again.options) == (
        bluebird.pk,
        date(2025, 1, 1),
        {"conversion_action": "lead"},
    )
    assert again.credential.secrets() == {"access_token": NEW}
    assert not again.credential.needs_reconnect
    assert SyncJob.objects.get().connection == bluebird
    assert list(AuditEvent.objects.filter(actor="alice@example.com").values_list("action", "target")) == [
        ("connection renewed", f"connection {bluebird.pk}")
    ]


def test_one_that_is_paused_stays_so_and_nobody_promises_a_sync(alices: Visitor, bluebird: Connection) -> None:
    Connection.objects.filter(pk=bluebird.pk).update(paused=True)
    done = alices.post(page_of(bluebird), {"access_token": NEW})
    assert said(done) == ["Bluebird has its new login. It stays paused: resume it, and it syncs."]
    assert Connection.objects.get(pk=bluebird.pk).paused
    assert not SyncJob.objects.exists()


def test_the_others_stay_where_they_were_unless_they_are_ticked(alices: Visitor, bluebird: Connection) -> None:
    alices.post(page_of(bluebird), {"access_token": NEW})
    others = Connection.objects.exclude(pk=bluebird.pk)
    assert {other.credential_id for other in others} == {bluebird.credential_id}
    assert all(other.credential.secrets() == {"access_token": OLD} for other in others)
    assert all(other.credential.needs_reconnect for other in others)


def test_those_that_share_the_login_are_offered_and_move_if_it_opens_them(
    alices: Visitor, bluebird: Connection
) -> None:
    others = {other.name: other for other in Connection.objects.exclude(pk=bluebird.pk)}
    shown = text(alices.get(page_of(bluebird)))
    for other in others.values():
        assert f'value="{other.pk}" checked' in shown
    ticked = [other.pk for other in others.values()]
    done = alices.post(page_of(bluebird), {"access_token": NEW, "others": ticked})
    assert said(done) == [
        "Bluebird has its new login, and so has 1 more. A sync starts now.",
        "The new login does not open Dodo: the old one stays. Paste another one there.",
    ]
    secrets = {each.name: each.credential.secrets()["access_token"] for each in Connection.objects.all()}
    assert secrets == {"Bluebird": NEW, "Cardinal": NEW, "Dodo": OLD}
    assert Credential.objects.count() == 2
    assert {job.connection.name for job in SyncJob.objects.all()} == {"Bluebird", "Cardinal"}
    assert AuditEvent.objects.filter(action="connection renewed").count() == 2


def test_a_hiccup_is_not_taken_for_an_account_that_the_login_does_not_open(
    alices: Visitor, meta: Any, bluebird: Connection
) -> None:
    others = [other.pk for other in Connection.objects.exclude(pk=bluebird.pk).order_by("name")]
    meta.faults.add({"kind": "error", "error": "2", "path": "/act_42"})
    page = text(alices.post(page_of(bluebird), {"access_token": NEW, "others": others}))
    assert "Nothing was changed" in page
    assert "Try again in a minute." in page
    assert "does not open" not in page
    assert {each.credential.secrets()["access_token"] for each in Connection.objects.all()} == {OLD}


def test_a_login_of_another_account_is_refused(alices: Visitor, meta: Any, bluebird: Connection) -> None:
    meta.add_account("99", name="Elsewhere", tokens=["of-another-account"])
    page = alices.post(page_of(bluebird), {"access_token": "of-another-account"})
    assert page.status_code == 200
    assert "Nothing was changed This login may not read the ad account. What to do:" in text(page)
    assert Credential.objects.get().secrets() == {"access_token": OLD}
    assert not SyncJob.objects.exists()
    assert not AuditEvent.objects.filter(action="connection renewed").exists()


def test_an_answer_about_another_account_is_refused(
    alices: Visitor, workspace: Workspace, plain: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = connect(workspace, "plain", "one", {"token": "plain-token"}, now=timezone.now(), start_sync=False)
    Connection.objects.filter(pk=made.pk).update(external_account_id="one-of-old")
    monkeypatch.setattr("tests.fixtures.plain.Account", lambda _, *details: made.account)
    page = alices.post(page_of(made), {"token": "plain-token"})
    assert "This login opens one, not one-of-old." in text(page)


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        ("made-up-token", "Meta no longer accepts this sign-in."),
        ("sandbox-token-460", "The password of the Meta login was changed."),
        ("", "Access token: this is needed."),
    ],
    ids=["unknown", "dead", "none"],
)
def test_a_login_that_is_dead_too_changes_nothing(
    alices: Visitor, bluebird: Connection, token: str, sentence: str
) -> None:
    page = alices.post(page_of(bluebird), {"access_token": token})
    assert sentence in text(page)
    assert not token or token not in page.content.decode()
    assert Credential.objects.get().needs_reconnect


def test_what_was_unticked_stays_so_after_a_mistake(alices: Visitor, bluebird: Connection) -> None:
    cardinal = Connection.objects.get(name="Cardinal")
    page = text(alices.post(page_of(bluebird), {"access_token": "made-up-token", "others": [cardinal.pk]}))
    assert f'value="{cardinal.pk}" checked' in page
    assert page.count(" checked") == 2, "once beside each way to sign in"


def test_where_nobody_answers_one_tries_again(alices: Visitor, bluebird: Connection, settings: Any) -> None:
    configure(settings, graph_url="http://127.0.0.1:1/meta")
    page = alices.post(page_of(bluebird), {"access_token": NEW})
    assert "The line to Meta broke. What to do: Try again in a minute." in text(page)
    assert NEW not in page.content.decode()


def test_the_secret_is_kept_in_no_session_and_no_audit(alices: Visitor, bluebird: Connection) -> None:
    done = alices.post(page_of(bluebird), {"access_token": NEW})
    stored = [*Session.objects.values_list("session_data", flat=True), str(dict(alices.session.items()))]
    stored += [str(event) for event in AuditEvent.objects.values()]
    stored += [str(done.headers), str(done.cookies), alices.get(done.url).content.decode()]
    assert [each for each in stored if NEW in each] == []


def test_only_those_that_share_the_login_can_be_moved_along(
    alices: Visitor, meta: Any, bluebird: Connection, strange_workspace: Workspace
) -> None:
    meta.add_account("77", tokens=[NEW, "their-own"])
    foreign, _ = connect(
        strange_workspace, "meta", "77", {"access_token": "their-own"}, now=timezone.now(), start_sync=False
    )
    page = alices.post(page_of(bluebird), {"access_token": NEW, "others": [foreign.pk]})
    assert page.status_code == 200
    assert Connection.objects.get(pk=foreign.pk).credential.secrets() == {"access_token": "their-own"}


@pytest.mark.parametrize("role", ["operator", "viewer"])
def test_who_may_not_reconnect_is_told(
    role: str, workspace: Workspace, bluebird: Connection, signed_in: SignIn
) -> None:
    client = signed_in(make_person("dora", workspace, role))
    assert client.get(page_of(bluebird)).status_code == 403
    assert client.post(page_of(bluebird), {"access_token": NEW}).status_code == 403
    assert Credential.objects.get().needs_reconnect


def test_a_stranger_learns_nothing_of_it(charlie: User, bluebird: Connection, signed_in: SignIn) -> None:
    client = signed_in(charlie)
    assert client.get(page_of(bluebird)).status_code == 404
    assert client.post(page_of(bluebird), {"access_token": NEW}).status_code == 404
    assert Credential.objects.get().needs_reconnect


def test_who_is_not_signed_in_is_asked_to(client: Visitor, bluebird: Connection) -> None:
    assert reverse("sign_in") in client.get(page_of(bluebird)).url
