"""manage.py connect google_sheets: the file of a key, read whole, and the address of a spreadsheet."""

import io
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from connections.models import Connection, Workspace
from connections.providers.google_sheets.demo import DEMO_BOOK, DEMO_EMAIL
from connections.sandbox.server import SandboxServer
from syncing.models import SyncJob
from tests.fixtures.sandbox import demo_account

Connect = Callable[..., str]
ADDRESS = f"https://docs.google.com/spreadsheets/d/{DEMO_BOOK}/edit?gid=0#gid=0"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(sandbox: SandboxServer) -> Workspace:
    return Workspace.objects.create(name="Creators of Vienna")


@pytest.fixture
def key(sandbox: SandboxServer) -> str:
    """As Google Cloud gives it: a file of many lines."""
    return json.dumps(json.loads(demo_account("google_sheets").secrets["service_account"]), indent=2) + "\n"


@pytest.fixture
def connect(key: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Connect:
    def run(*words: str, piped: str = key) -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO(piped))
        call_command("connect", "google_sheets", *words)
        return capsys.readouterr().out

    return run


@pytest.mark.spec("V49")
@pytest.mark.parametrize("account", [DEMO_BOOK, ADDRESS], ids=["id", "address"])
def test_a_file_is_read_to_its_end(connect: Connect, key: str, account: str) -> None:
    said = connect("--account", account, "--token-stdin")
    connection = Connection.objects.get()
    assert said.splitlines() == [
        f"Connected {connection} (sandbox), Europe/Berlin.",
        f"Its id is {connection.pk}. Read it now: manage.py sync {connection.pk} --foreground",
    ]
    assert (connection.name, connection.external_account_id) == ("Creators 2026", DEMO_BOOK)
    assert connection.credential.subject == DEMO_EMAIL
    assert connection.credential.secrets() == {"service_account": key.strip()}
    assert "PRIVATE KEY" not in connection.credential.ciphertext
    assert SyncJob.objects.get().connection == connection


@pytest.mark.spec("V49")
def test_key_and_spreadsheet_may_come_from_the_environment(connect: Connect, key: str, settings: Any) -> None:
    held = {"account_id": ADDRESS, "service_account": key}
    mine = {**settings.PROVIDERS["google_sheets"], "from_environment": held}
    settings.PROVIDERS = {**settings.PROVIDERS, "google_sheets": mine}
    assert "Connected Creators 2026" in connect(piped="")


@pytest.mark.parametrize(
    ("words", "piped", "said"),
    [
        (["--token-stdin"], "{}", r"No account id was given: use --account"),
        (["--account", DEMO_BOOK], "{}", r"No service account was given: use --token-stdin"),
        (["--account", DEMO_BOOK, "--token-stdin"], "", r"Standard input was empty"),
        (["--account", DEMO_BOOK, "--token-stdin"], "hello", r"This is not the JSON file of a service account's key\."),
        (["--account", "creators", "--token-stdin"], None, r"This is not the id of a spreadsheet\."),
        (["--account", "some-other-spreadsheet", "--token-stdin"], None, rf"share the sheet with {DEMO_EMAIL}"),
    ],
    ids=["no spreadsheet", "no key", "nothing piped in", "no key file", "no id", "not shared"],
)
def test_what_cannot_be_done_is_said(
    connect: Connect, key: str, words: list[str], piped: str | None, said: str
) -> None:
    with pytest.raises(CommandError, match=said) as refused:
        connect(*words, piped=key if piped is None else piped)
    assert "PRIVATE KEY" not in str(refused.value)
    assert not Connection.objects.exists()
