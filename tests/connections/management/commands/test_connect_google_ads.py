"""manage.py connect google_ads: a customer of the stand-in, by its number and a refresh token."""

import io
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from connections.models import Connection, Credential, Workspace
from connections.providers.google_ads.demo import DEMO_CUSTOMER, DEMO_TOKEN
from connections.providers.google_ads.sandbox.world import CLOSED, MANAGER, STRANGER
from connections.sandbox.server import SandboxServer
from syncing.models import SyncJob

Connect = Callable[..., str]

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(autouse=True)
def home(sandbox: SandboxServer) -> Workspace:
    return Workspace.objects.create(name="Alpine Outfitters")


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Connect:
    def run(*words: str, token: str = DEMO_TOKEN) -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{token}\n"))
        call_command("connect", "google_ads", *words)
        return capsys.readouterr().out

    return run


def configure(settings: Any, **changes: Any) -> None:
    settings.PROVIDERS = {**settings.PROVIDERS, "google_ads": {**settings.PROVIDERS["google_ads"], **changes}}


@pytest.mark.spec("A96")
@pytest.mark.parametrize("account", ["222-000-2220", "2220002220"])
def test_the_login_comes_from_standard_input(connect: Connect, account: str) -> None:
    said = connect("--account", account, "--token-stdin")
    connection = Connection.objects.get()
    assert said.splitlines() == [
        "Connected Demo Shop (Google Ads) (sandbox), America/New_York, USD.",
        f"Its id is {connection.pk}. Read it now: manage.py sync {connection.pk} --foreground",
    ]
    assert (connection.external_account_id, connection.is_sandbox) == (DEMO_CUSTOMER, True)
    assert connection.credential.secrets() == {"refresh_token": DEMO_TOKEN}
    assert DEMO_TOKEN not in connection.credential.ciphertext
    job = SyncJob.objects.get()
    assert (job.connection, job.sync_type, job.status, job.trigger) == (connection, "initial", "pending", "command")


def test_a_login_whose_end_google_does_not_tell_is_not_said_to_last(connect: Connect) -> None:
    connect("--account", DEMO_CUSTOMER, "--token-stdin")
    login = Connection.objects.get().credential
    assert login.scopes == ["https://www.googleapis.com/auth/adwords"]
    assert not login.is_described


@pytest.mark.spec("A94")
def test_login_and_account_come_from_the_environment(connect: Connect, settings: Any) -> None:
    configure(settings, from_environment={"account_id": "222-000-2220", "refresh_token": DEMO_TOKEN})
    assert "Connected Demo Shop" in connect(token="")
    assert Connection.objects.get().credential.secrets() == {"refresh_token": DEMO_TOKEN}


@pytest.mark.spec("A95")
def test_a_login_that_a_person_gave_goes_before_that_of_the_environment(connect: Connect, settings: Any) -> None:
    configure(settings, from_environment={"account_id": STRANGER, "refresh_token": "of-the-environment"})
    connect("--account", DEMO_CUSTOMER, "--token-stdin")
    assert Connection.objects.get().credential.secrets() == {"refresh_token": DEMO_TOKEN}


@pytest.mark.parametrize("missing", ["account_id", "refresh_token"])
def test_what_neither_words_nor_environment_hold_is_named(connect: Connect, settings: Any, missing: str) -> None:
    held = {"account_id": DEMO_CUSTOMER, "refresh_token": DEMO_TOKEN}
    configure(settings, from_environment=held | {missing: ""})
    with pytest.raises(CommandError, match=f"No {missing.replace('_', ' ')} was given: use --"):
        connect()


@pytest.mark.parametrize(
    ("account", "token", "said"),
    [
        (DEMO_CUSTOMER, "no-such-login", "Google no longer accepts this sign-in. Press Reconnect"),
        ("222-000", DEMO_TOKEN, "This is not the number of a Google Ads account. Copy it from the top of Google Ads"),
        (STRANGER, DEMO_TOKEN, "This login may not read the Google Ads account. Ask its admin for access"),
        (CLOSED, DEMO_TOKEN, "This Google Ads account is not open."),
        (MANAGER, DEMO_TOKEN, "This is a manager account. It .* has no numbers of its own: pick the accounts below it"),
    ],
    ids=["login that nobody knows", "no number", "account of others", "cancelled account", "manager account"],
)
def test_what_google_refuses_is_said_and_nothing_is_stored(
    connect: Connect, account: str, token: str, said: str
) -> None:
    with pytest.raises(CommandError, match=said) as refused:
        connect("--account", account, "--token-stdin", token=token)
    assert token not in str(refused.value)
    assert not Connection.objects.exists()
    assert not Credential.objects.exists()


def test_a_login_that_was_taken_back_is_told(connect: Connect, sandbox: SandboxServer) -> None:
    sandbox.google_ads.logins.revoke()
    with pytest.raises(CommandError, match="Google no longer accepts this sign-in"):
        connect("--account", DEMO_CUSTOMER, "--token-stdin")


def test_without_a_client_nobody_is_asked(connect: Connect, settings: Any, sandbox: SandboxServer) -> None:
    configure(settings, client_id="")
    with pytest.raises(CommandError, match=r"has no OAuth client at Google. Whoever runs .* GOOGLE_CLIENT_ID"):
        connect("--account", DEMO_CUSTOMER, "--token-stdin")
    assert not sandbox.google_ads.calls.all()
