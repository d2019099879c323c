"""manage.py connect meta: an account of the stand-in, by its id and a token."""

import io
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from connections.models import Connection, Credential, Workspace
from connections.sandbox.server import SandboxServer
from syncing.models import SyncJob
from tests.fixtures.sandbox import configure

TOKEN, NEW_TOKEN = "a-token-of-these-tests", "another-token-of-these-tests"
Connect = Callable[..., str]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(sandbox: SandboxServer) -> Workspace:
    sandbox.meta.add_account(
        "42", name="Bluebird", timezone="Pacific/Auckland", currency="NZD", tokens=[TOKEN, NEW_TOKEN]
    )
    return Workspace.objects.create(name="Alpine Outfitters")


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Connect:
    def run(*words: str, token: str = TOKEN) -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{token}\n"))
        call_command("connect", "meta", *words)
        return capsys.readouterr().out

    return run


@pytest.mark.spec("A96")
@pytest.mark.parametrize("account", ["act_42", "42"])
def test_the_token_comes_from_standard_input(connect: Connect, account: str) -> None:
    said = connect("--account", account, "--token-stdin")
    connection = Connection.objects.get()
    assert said.splitlines() == [
        "Connected Bluebird (Meta Ads) (sandbox), Pacific/Auckland, NZD.",
        f"Its id is {connection.pk}. Read it now: manage.py sync {connection.pk} --foreground",
    ]
    assert (connection.external_account_id, connection.is_sandbox) == ("act_42", True)
    assert connection.credential.secrets() == {"access_token": TOKEN}
    assert TOKEN not in connection.credential.ciphertext
    job = SyncJob.objects.get()
    assert (job.connection, job.sync_type, job.status, job.trigger) == (connection, "initial", "pending", "command")


@pytest.mark.spec("A94")
def test_token_and_account_come_from_the_environment(connect: Connect, settings: Any) -> None:
    configure(settings, from_environment={"account_id": "act_42", "access_token": TOKEN})
    assert "Connected Bluebird" in connect()
    assert Connection.objects.get().credential.secrets() == {"access_token": TOKEN}


def test_without_a_first_sync(connect: Connect) -> None:
    connect("--account", "42", "--token-stdin", "--no-sync")
    assert not SyncJob.objects.exists()
    assert Connection.objects.get().sync.sync_frequency == "manual"


@pytest.mark.parametrize(
    ("account", "token", "said"),
    [
        ("42", "no-such-token-here", "Meta no longer accepts this sign-in. Press Reconnect"),
        ("42", "sandbox-token-463", "The Meta sign-in has expired. Press Reconnect"),
        ("99", TOKEN, "This ad account does not exist, or this login may not see it. Check the account's id"),
        ("1001001", TOKEN, "may not"),
        ("forty-two", TOKEN, "This is not the id of an ad account. Copy the number from Ads Manager"),
    ],
    ids=["token that nobody knows", "token that has expired", "unknown account", "account of others", "no id"],
)
def test_what_meta_refuses_is_said_and_nothing_is_stored(connect: Connect, account: str, token: str, said: str) -> None:
    with pytest.raises(CommandError, match=said) as refused:
        connect("--account", account, "--token-stdin", token=token)
    assert token not in str(refused.value)
    assert not Connection.objects.exists()
    assert not Credential.objects.exists()


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (2, "Meta has disabled this ad account. Open Account Quality"),
        (101, "This ad account is closed. Connect another"),
    ],
    ids=["disabled", "closed"],
)
def test_an_account_that_is_not_open_is_refused(
    connect: Connect, sandbox: SandboxServer, status: int, said: str
) -> None:
    sandbox.meta.add_account("42", account_status=status, tokens=[TOKEN])
    with pytest.raises(CommandError, match=said):
        connect("--account", "42", "--token-stdin")
    assert not Connection.objects.exists()


def test_connecting_again_renews_the_login_and_keeps_the_connection(connect: Connect) -> None:
    connect("--account", "42", "--token-stdin", "--no-sync")
    before = Connection.objects.get()
    before.credential.mark_dead("The Meta sign-in has expired.")
    Connection.objects.filter(pk=before.pk).update(anchor_date="2025-01-01", options={"conversion_action": "lead"})
    connect("--account", "act_42", "--token-stdin", "--no-sync", token=NEW_TOKEN)
    after = Connection.objects.get()
    assert (after.pk, str(after.anchor_date)) == (before.pk, "2025-01-01")
    assert after.options == {"conversion_action": "lead"}
    assert (after.credential_id, Credential.objects.count()) == (before.credential_id, 1)
    assert after.credential.secrets() == {"access_token": NEW_TOKEN}
    assert (after.credential.needs_reconnect, after.credential.needs_reconnect_reason) == (False, "")
