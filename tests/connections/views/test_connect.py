"""Connecting accounts: the way, whoever goes it, and any provider."""

import re
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from connections.frequencies import CHOICES
from connections.models import AuditEvent, Connection, Credential, Membership, Workspace
from connections.sandbox.server import SandboxServer
from syncing.models import ConnectionSync, SyncJob, SyncSchedule
from tests.fixtures.people import make_person
from tests.fixtures.wizard import PROVIDERS, START, TOKEN, SignIn, Visitor, arrive, paste, said, text, walk

# The way


@pytest.mark.spec("A96")
def test_a_pasted_login_is_led_to_a_connection_that_syncs(alices: Visitor, alice: User) -> None:
    start = alices.get(START)
    assert "Connect Meta Ads" in text(start)
    assert '<a href="https://developers.facebook.com/' in start.content.decode()
    picking = paste(alices)
    shown = arrive(alices, picking)
    assert re.search("Bluebird.*act_41.*Cardinal.*act_42.*Dodo.*act_43", shown)
    assert "EUR · Europe/Vienna" in shown
    assert "Meta has disabled this ad account because of a payment problem. Open Account Quality" in shown
    assert re.search(r'value="act_43" disabled', shown)
    checking = alices.post(picking.url, {"accounts": ["act_41"]})
    shown = arrive(alices, checking)
    for name in ("The token is valid", "It may read ads (ads_read)", "The account is open", "Insights can be read"):
        assert f"{name} : passed" in shown
    assert "Its days end in Europe/Vienna, its money is EUR." in shown
    done = alices.post(checking.url, {"conversion_action": "lead"})
    made = Connection.objects.get()
    assert done.url == reverse("start", args=[made.pk])
    assert said(done) == ["Bluebird is connected. Its first sync starts now. After that it syncs once per day."]
    assert (made.external_account_id, made.options) == ("act_41", {"conversion_action": "lead"})
    assert made.credential.secrets() == {"access_token": TOKEN}
    job = SyncJob.objects.get()
    assert (job.connection, job.sync_type, job.trigger, job.user) == (made, "initial", "user", alice)
    event = AuditEvent.objects.get()
    assert (event.action, event.actor, event.target) == ("connection made", alice.username, f"connection {made.pk}")


def test_several_accounts_share_one_login(alices: Visitor) -> None:
    done = walk(alices, "act_41", "act_42")
    assert done.url == reverse("overview")
    assert said(done) == ["2 accounts are connected. Their first syncs start now."]
    assert Credential.objects.count() == 1
    assert set(Connection.objects.values_list("name", "credential")) == {
        ("Bluebird", Credential.objects.get().pk),
        ("Cardinal", Credential.objects.get().pk),
    }
    assert AuditEvent.objects.filter(action="connection made").count() == SyncJob.objects.count() == 2


# How often


@pytest.mark.spec("C28", "C3")
def test_a_new_connection_is_read_daily_unless_somebody_chooses_otherwise(alices: Visitor) -> None:
    checking = alices.post(paste(alices).url, {"accounts": ["act_41"]})
    page = alices.get(checking.url)
    ticked = re.findall(r'type="radio" name="frequency" value="(\w+)" checked', page.content.decode())
    assert ticked == ["daily"]
    for choice in CHOICES:
        assert f"{choice.label} {choice.meaning} {choice.good_for}" in unescape(text(page))
    alices.post(checking.url)
    assert (frequency("act_41"), is_scheduled("act_41")) == ("daily", True)


@pytest.mark.parametrize("chosen", [choice.value for choice in CHOICES])
def test_the_chosen_frequency_holds_and_the_first_sync_starts_in_any_case(alices: Visitor, chosen: str) -> None:
    done = walk(alices, "act_41", frequency=chosen)
    assert (frequency("act_41"), is_scheduled("act_41")) == (chosen, chosen != "manual")
    assert SyncJob.objects.get().sync_type == "initial"
    assert "Its first sync starts now." in said(done)[0]
    assert "conversion_action" not in Connection.objects.get().options
    assert "frequency" not in Connection.objects.get().options


def test_what_is_no_frequency_is_refused_in_words(alices: Visitor) -> None:
    page = walk(alices, "act_41", frequency="often")
    assert page.status_code == 200
    assert "Choose one of these." in text(page)
    assert not Connection.objects.exists()


@pytest.mark.spec("C3")
def test_connecting_again_asks_for_no_frequency_and_changes_none(alices: Visitor) -> None:
    walk(alices, "act_41", frequency="manual")
    checking = alices.post(paste(alices).url, {"accounts": ["act_41"]})
    page = text(alices.get(checking.url))
    assert "How often it is read stays as it is." in page
    assert 'name="frequency"' not in page
    alices.post(checking.url, {"frequency": "realtime"})
    assert (frequency("act_41"), is_scheduled("act_41")) == ("manual", False)


def test_of_several_accounts_those_that_are_known_keep_theirs(alices: Visitor) -> None:
    walk(alices, "act_41", frequency="manual")
    checking = alices.post(paste(alices).url, {"accounts": ["act_41", "act_42"]})
    assert "1 of these accounts is connected already and keeps its frequency." in text(alices.get(checking.url))
    alices.post(checking.url, {"frequency": "hourly"})
    assert (frequency("act_41"), frequency("act_42")) == ("manual", "hourly")


def frequency(account_id: str) -> str:
    return ConnectionSync.objects.get(connection__external_account_id=account_id).sync_frequency


def is_scheduled(account_id: str) -> bool:
    schedules = SyncSchedule.objects.filter(connection__external_account_id=account_id)
    return schedules.filter(next_due_at__isnull=False).exists()


def test_the_calls_are_few(alices: Visitor, bluebird: SandboxServer) -> None:
    bluebird.meta.calls.clear()
    walk(alices, "act_41")
    paths = [call.path.removeprefix("/v26.0/").rstrip("/") for call in bluebird.meta.calls.all()]
    assert paths == ["me/adaccounts", "me/permissions", "act_41", "act_41/insights", "act_41", "debug_token"]


def test_an_account_that_is_connected_is_marked_and_gets_the_new_login(
    alices: Visitor, bluebird: SandboxServer
) -> None:
    walk(alices, "act_41")
    bluebird.meta.account("41").tokens = (TOKEN, "a-newer-token")
    picking = paste(alices, "a-newer-token")
    assert "Connected: gets the new login" in arrive(alices, picking)
    done = alices.post(alices.post(picking.url, {"accounts": ["act_41"]}).url)
    assert said(done) == ["Bluebird has the new login."]
    assert Connection.objects.get().credential.secrets() == {"access_token": "a-newer-token"}
    assert [event.action for event in AuditEvent.objects.order_by("pk")] == ["connection made", "connection renewed"]


def test_the_only_account_is_ticked_already(alices: Visitor, bluebird: SandboxServer) -> None:
    bluebird.meta.add_account("77", name="Only one", tokens=["its-own-token"])
    assert re.search(r'value="act_77" checked', arrive(alices, paste(alices, "its-own-token")))


def test_the_only_account_is_not_ticked_if_it_is_connected(alices: Visitor, bluebird: SandboxServer) -> None:
    bluebird.meta.add_account("77", name="Only one", tokens=["its-own-token"])
    picking = paste(alices, "its-own-token")
    alices.post(alices.post(picking.url, {"accounts": ["act_77"]}).url)
    shown = arrive(alices, paste(alices, "its-own-token"))
    assert "Connected: gets the new login" in shown
    assert re.search(r'value="act_77">', shown)


def test_going_back_shows_what_was_picked_and_asks_nobody(alices: Visitor, bluebird: SandboxServer) -> None:
    picking = paste(alices)
    checking = alices.post(picking.url, {"accounts": ["act_42"]})
    bluebird.meta.calls.clear()
    assert re.search(r'value="act_42" checked', text(alices.get(picking.url)))
    assert "Ready to connect" in text(alices.get(checking.url))
    assert bluebird.meta.calls.all() == []


def test_the_checks_come_after_the_accounts(alices: Visitor) -> None:
    picking = paste(alices)
    answer = alices.get(picking.url.replace("accounts", "checks"))
    assert answer.url == picking.url


@pytest.mark.parametrize("typed", ["act_41", " 41 "])
def test_an_id_can_be_typed(alices: Visitor, typed: str) -> None:
    checking = alices.post(paste(alices).url, {"typed": typed})
    alices.post(checking.url)
    assert Connection.objects.get().external_account_id == "act_41"


def test_an_account_that_was_picked_and_typed_is_one(alices: Visitor) -> None:
    checking = alices.post(paste(alices).url, {"typed": "41", "accounts": ["act_41"]})
    alices.post(checking.url)
    assert Connection.objects.get().name == "Bluebird"


# Who may


def test_an_admin_may_connect(workspace: Workspace, bluebird: SandboxServer, signed_in: SignIn) -> None:
    ada = make_person("ada", workspace, Membership.Role.ADMIN)
    assert walk(signed_in(ada), "act_41").status_code == 302


@pytest.mark.parametrize("role", ["operator", "viewer"])
def test_who_may_not_connect_is_told(role: str, workspace: Workspace, signed_in: SignIn) -> None:
    client = signed_in(make_person("dora", workspace, role))
    assert client.get(START).status_code == 403
    assert client.post(START, {"workspace": workspace.pk, "access_token": TOKEN}).status_code == 403


def test_a_role_that_was_taken_away_counts_at_the_next_step(alices: Visitor, alice: User) -> None:
    picking = paste(alices)
    Membership.objects.filter(user=alice).update(role="viewer")
    assert alices.get(picking.url).status_code == 403
    assert alices.post(picking.url, {"accounts": ["act_41"]}).status_code == 403


def test_a_stranger_connects_into_a_workspace_of_their_own_only(
    charlie: User, workspace: Workspace, bluebird: SandboxServer, signed_in: SignIn
) -> None:
    client = signed_in(charlie)
    assert workspace.name not in text(client.get(START))
    assert paste(client).status_code == 200
    assert bluebird.meta.calls.all() == []


def test_who_is_not_signed_in_is_asked_to(client: Visitor, db: None) -> None:
    assert client.get(PROVIDERS).url == f"{reverse('sign_in')}?next={PROVIDERS}"


def test_one_who_runs_two_workspaces_chooses_where_accounts_belong(
    alices: Visitor, alice: User, strange_workspace: Workspace
) -> None:
    assert "Workspace" not in text(alices.get(START))
    Membership.objects.create(user=alice, workspace=strange_workspace, role="admin")
    assert strange_workspace.name in text(alices.get(START)).replace("&#x27;", "'")
    checking = alices.post(paste(alices, workspace=strange_workspace.pk).url, {"accounts": ["act_41"]})
    alices.post(checking.url)
    assert Connection.objects.get().workspace == strange_workspace


# Any provider


def test_with_several_providers_one_is_chosen_first(alices: Visitor, plain: None) -> None:
    offered = re.findall(r'href="(\?[^"]*)"', alices.get(PROVIDERS).content.decode())
    assert {"?provider=meta", "?provider=plain"} <= set(offered)
    assert "Connect Plain" in text(alices.get(f"{PROVIDERS}?provider=plain"))
    assert alices.get(f"{PROVIDERS}?provider=nowhere").status_code == 404


def test_a_provider_that_lists_no_accounts_is_connected_by_a_typed_id(alices: Visitor, plain: None) -> None:
    workspace = Workspace.objects.get(name="Alpine Outfitters")
    picking = alices.post(f"{PROVIDERS}?provider=plain", {"workspace": workspace.pk, "token": "plain-token"})
    checking = alices.post(picking.url, {"typed": "account-1"})
    assert "The account can be read : passed It is called Plain account." in arrive(alices, checking)
    alices.post(checking.url)
    assert Connection.objects.get().provider == "plain"
