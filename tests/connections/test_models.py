"""Who may read from where: workspaces, logins, connections."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from connections.access import Actor
from connections.errors import NeedsReconnect
from connections.models import Connection, Credential, Membership, Workspace
from connections.sources import OpenGate
from syncing.models import ConnectionSync
from tests.fixtures import plain as provider
from tests.fixtures.engine import MakeAccount, Watch

pytestmark = pytest.mark.django_db


# Logins


@pytest.mark.spec("A96")
def test_secrets_are_stored_encrypted(account: Connection) -> None:
    stored = Credential.objects.values().get(pk=account.credential_id)
    assert provider.TOKEN not in str(stored)
    assert account.credential.secrets() == {"token": provider.TOKEN}
    assert stored["key_id"]


def test_a_login_without_its_key_needs_reconnecting_and_says_what_to_do(account: Connection, settings: Any) -> None:
    settings.TOKEN_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(NeedsReconnect) as error:
        account.credential.secrets()
    assert "TOKEN_ENCRYPTION_KEYS" in error.value.remedy


def test_fresh_secrets_bring_a_login_back_to_life(account: Connection) -> None:
    account.credential.mark_dead("Expired.")
    credential = Credential.objects.get(pk=account.credential_id)
    assert (credential.needs_reconnect, credential.needs_reconnect_reason) == (True, "Expired.")
    credential.seal({"token": "fresh"})
    credential.save()
    credential.refresh_from_db()
    assert (credential.needs_reconnect, credential.needs_reconnect_reason) == (False, "")


def test_the_death_of_old_secrets_does_not_undo_a_reconnect(account: Connection) -> None:
    late = Credential.objects.get(pk=account.credential_id)
    account.credential.seal({"token": "fresh"})
    account.credential.save()
    late.mark_dead("The old token expired.")
    assert not Credential.objects.get(pk=account.credential_id).needs_reconnect


# Connections


def test_an_account_is_connected_once_in_a_workspace(account: Connection, make_account: MakeAccount) -> None:
    same = {
        "provider": account.provider,
        "external_account_id": account.external_account_id,
        "credential": account.credential,
        "name": "again",
        "anchor_date": account.anchor_date,
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        Connection.objects.create(workspace=account.workspace, **same)
    Connection.objects.create(workspace=make_account().workspace, **same)
    assert Connection.objects.filter(external_account_id=account.external_account_id).count() == 2


@pytest.mark.spec("A9", "A18")
def test_a_new_connection_is_manual_and_has_its_state(account: Connection) -> None:
    state = ConnectionSync.objects.get(connection=account)
    assert (state.sync_frequency, state.sync_status, state.total_syncs_attempted) == ("manual", "idle", 0)
    assert state.slices_in_flight == account.source_class.slices_in_flight


def test_people_see_the_connections_of_their_workspaces(make_account: MakeAccount) -> None:
    mine, _ = make_account(), make_account()
    alice, charlie = User.objects.create(username="alice"), User.objects.create(username="charlie")
    Membership.objects.create(user=alice, workspace=mine.workspace)
    assert list(Actor(alice).connections()) == [mine]
    assert list(Actor(charlie).connections()) == []


def test_runnable_is_neither_paused_nor_signed_out_nor_of_the_other_mode(make_account: MakeAccount) -> None:
    well, _, dead, real = make_account(), make_account(paused=True), make_account(), make_account()
    dead.credential.mark_dead("Expired.")
    Connection.objects.filter(pk=real.pk).update(is_sandbox=False)
    assert list(Connection.objects.filter(Connection.runnable())) == [well]


@pytest.mark.parametrize(
    ("is_sandbox", "mode", "said"),
    [
        (True, True, ""),
        (False, False, ""),
        (True, False, "It was made for the Plain sandbox, and this installation talks to the real one."),
        (False, True, "It is a real account, and this installation talks to the Plain sandbox."),
    ],
)
def test_a_connection_says_when_it_is_of_the_other_mode(
    account: Connection, settings: Any, is_sandbox: bool, mode: bool, said: str
) -> None:
    settings.PROVIDERS = {**settings.PROVIDERS, "plain": {"sandbox": mode}}
    account.is_sandbox = is_sandbox
    assert account.wrong_mode() == said


@pytest.mark.parametrize(
    ("name", "zone"), [("Europe/Zurich", "Europe/Zurich"), ("Mars/Base", "UTC"), ("Europe", "UTC"), ("", "UTC")]
)
def test_an_account_or_a_workspace_without_a_known_time_zone_lives_by_utc(
    account: Connection, name: str, zone: str
) -> None:
    account.timezone = account.workspace.timezone = name
    assert (account.zone.key, account.workspace.zone.key) == (zone, zone)


def test_a_source_knows_its_account_its_login_and_its_options(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(salt="x")
    source = account.source(gate=OpenGate(), clock=watch, scheduled=True)
    context = source.context
    assert (context.account.external_id, context.secrets, context.options, context.scheduled) == (
        account.external_account_id,
        {"token": provider.TOKEN},
        {"salt": "x"},
        True,
    )
    assert context.settings == provider.SETTINGS


def test_names_for_people(account: Connection) -> None:
    assert str(account) == f"{account.name} (Plain)"
    assert str(account.workspace) == account.workspace.name
    assert "plain login" in str(account.credential)


def test_an_unknown_provider_is_said_with_the_known_ones(account: Connection) -> None:
    account.provider = "nowhere"
    with pytest.raises(LookupError, match=r"no provider called 'nowhere'. Known are: .*plain"):
        _ = account.source_class
    assert Workspace.objects.exists()
