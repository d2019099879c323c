"""manage.py connect: what stands in the way is said in one sentence, and the secret never."""

import io
import sys
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from connections.models import Connection, Workspace
from syncing.models import ConnectionSync, SyncJob
from tests.fixtures.plain import TOKEN

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain")]


@pytest.fixture
def home() -> Workspace:
    return Workspace.objects.create(name="Alpine Outfitters")


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def run(*words: str, token: str = TOKEN) -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{token}\n"))
        call_command("connect", "plain", *words)
        return capsys.readouterr().out

    return run


def test_an_account_is_connected_and_the_next_step_named(connect, home: Workspace) -> None:
    said = connect("--account", "account-1", "--token-stdin")
    connection = Connection.objects.get()
    assert said.splitlines() == [
        "Connected Plain account (Plain) (sandbox), Europe/Zurich, CHF.",
        f"Its id is {connection.pk}. Read it now: manage.py sync {connection.pk} --foreground",
    ]
    assert SyncJob.objects.get().connection == connection


def test_the_first_sync_may_be_left_out(connect, home: Workspace) -> None:
    connect("--account", "account-1", "--token-stdin", "--no-sync")
    assert not SyncJob.objects.exists()


@pytest.mark.spec("C3")
def test_it_stays_manual_unless_a_frequency_is_given(connect, home: Workspace) -> None:
    connect("--account", "account-1", "--token-stdin")
    assert frequencies() == ["manual"]
    said = connect("--account", "account-2", "--token-stdin", "--frequency", "hourly")
    assert frequencies() == ["hourly", "manual"]
    assert "After its first sync it syncs every hour." in said
    said = connect("--account", "account-1", "--token-stdin", "--frequency", "realtime")
    assert frequencies() == ["hourly", "manual"]
    assert "It was connected already, and keeps its frequency." in said


def test_a_frequency_without_a_first_sync_makes_no_sense(connect, home: Workspace) -> None:
    with pytest.raises(CommandError, match="not allowed with argument --no-sync"):
        connect("--account", "account-1", "--token-stdin", "--no-sync", "--frequency", "daily")
    with pytest.raises(CommandError, match="invalid choice: 'often'"):
        connect("--account", "account-1", "--token-stdin", "--frequency", "often")


def frequencies() -> list[str]:
    return sorted(ConnectionSync.objects.values_list("sync_frequency", flat=True))


def test_account_and_secret_may_come_from_the_environment(connect, home: Workspace, settings: Any) -> None:
    given = {"sandbox": True, "from_environment": {"account_id": "account-7", "token": TOKEN}}
    settings.PROVIDERS = {**settings.PROVIDERS, "plain": given}
    connect()
    connection = Connection.objects.get()
    assert (connection.external_account_id, connection.credential.secrets()) == ("account-7", {"token": TOKEN})


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "No account id was given: use --account, or set it in the environment."),
        (["--account", "account-1"], "No token was given: use --token-stdin, or set it in the environment."),
    ],
    ids=["account", "secret"],
)
def test_what_is_missing_is_said(connect, home: Workspace, words: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        connect(*words)


def test_an_empty_standard_input_is_no_secret(connect, home: Workspace) -> None:
    with pytest.raises(CommandError, match="Standard input was empty: pipe the secret in"):
        connect("--account", "account-1", "--token-stdin", token="")


def test_what_the_provider_refuses_is_said_with_its_remedy_and_without_the_secret(connect, home: Workspace) -> None:
    with pytest.raises(CommandError, match=r"The token is not known\. Make a new one\.") as error:
        connect("--account", "account-1", "--token-stdin", token="canary")
    assert "canary" not in str(error.value)
    assert not Connection.objects.exists()


def test_a_provider_that_does_not_exist_is_refused(home: Workspace) -> None:
    with pytest.raises(CommandError, match="invalid choice: 'nowhere'"):
        call_command("connect", "nowhere", "--account", "x")


def test_there_has_to_be_a_workspace(connect) -> None:
    with pytest.raises(CommandError, match="create_owner EMAIL makes one"):
        connect("--account", "account-1", "--token-stdin")


def test_of_several_workspaces_one_is_chosen(connect, home: Workspace) -> None:
    other = Workspace.objects.create(name="Other")
    with pytest.raises(CommandError, match=r"several workspaces to choose from: .*, Other \(\d+\)\."):
        connect("--account", "account-1", "--token-stdin")
    with pytest.raises(CommandError, match=r"There is no such workspace: name one by --workspace\. Known are: "):
        connect("--account", "account-1", "--token-stdin", "--workspace", "Nowhere")
    connect("--account", "account-1", "--token-stdin", "--workspace", "Other")
    assert Connection.objects.get().workspace == other
