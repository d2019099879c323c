"""manage.py connect logikal: a login of the stand-in, by its user name and password."""

import io
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from connections.models import Connection, Workspace
from connections.providers.logikal.sandbox.accounts import DEMO_PASSWORD, DEMO_USER
from connections.sandbox.server import SandboxServer
from syncing.models import SyncJob

Connect = Callable[..., str]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(sandbox: SandboxServer) -> Workspace:
    return Workspace.objects.create(name="Alpine Windows")


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Connect:
    def run(*words: str, password: str = DEMO_PASSWORD) -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
        call_command("connect", "logikal", *words)
        return capsys.readouterr().out

    return run


def test_the_login_says_which_account_it_is(connect: Connect) -> None:
    said = connect("--login", f"username={DEMO_USER}", "--token-stdin")
    connection = Connection.objects.get()
    assert said.splitlines() == [
        f"Connected {connection} (sandbox), UTC.",
        f"Its id is {connection.pk}. Read it now: manage.py sync {connection.pk} --foreground",
    ]
    assert (connection.provider, connection.external_account_id) == ("logikal", DEMO_USER)
    assert connection.credential.secrets() == {"username": DEMO_USER, "password": DEMO_PASSWORD}
    assert DEMO_PASSWORD not in connection.credential.ciphertext
    assert SyncJob.objects.get().connection == connection


def test_an_address_may_be_named(connect: Connect, sandbox: SandboxServer, settings: Any) -> None:
    address = settings.PROVIDERS["logikal"]["api_url"]
    settings.PROVIDERS = {**settings.PROVIDERS, "logikal": {**settings.PROVIDERS["logikal"], "api_url": ""}}
    connect("--login", f"username={DEMO_USER}", "--login", f"address={address}", "--token-stdin")
    assert Connection.objects.get().external_account_id == f"{DEMO_USER}@127.0.0.1:{sandbox.port}"


def test_user_and_password_may_come_from_the_environment(connect: Connect, settings: Any) -> None:
    held = {"username": DEMO_USER, "password": DEMO_PASSWORD}
    settings.PROVIDERS = {
        **settings.PROVIDERS,
        "logikal": {**settings.PROVIDERS["logikal"], "from_environment": held},
    }
    assert "Connected" in connect()
    assert Connection.objects.get().credential.secrets() == held


@pytest.mark.parametrize(
    ("words", "password", "said"),
    [
        ([], "", r"No username was given: use --login username=\.\.\., or set it in the environment\."),
        (["--login", "username=demo"], "", r"No password was given: use --token-stdin, or set it in the environment\."),
        (["--login", "password=demo"], "", r"Its login has no plain part called password\. It has address, username\."),
        (["--login", "username", "--token-stdin"], "", r"--login username has no value: write NAME=VALUE\."),
        (["--login", "username=demo", "--token-stdin"], "wrong", "LOGIKAL does not accept this login"),
    ],
    ids=["no user", "no password", "the password on the command line", "no value", "a wrong password"],
)
def test_what_cannot_be_done_is_said(connect: Connect, words: list[str], password: str, said: str) -> None:
    with pytest.raises(CommandError, match=said) as refused:
        connect(*words, password=password)
    assert "wrong" not in str(refused.value)
    assert not Connection.objects.exists()
