"""manage.py connect youtube and connect instagram: a key or a token of the stand-in."""

import io
import sys
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command

from connections.models import Connection, Workspace
from connections.sandbox.server import SandboxServer

Connect = Callable[..., str]
SECRETS = {"youtube": "sandbox-demo-key", "instagram": "sandbox-demo-token"}
OWN = "17841400000000001"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(sandbox: SandboxServer) -> Workspace:
    return Workspace.objects.create(name="Alpine Outfitters")


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Connect:
    def run(kind: str, *words: str, secret: str = "") -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{secret or SECRETS[kind]}\n"))
        call_command("connect", kind, "--token-stdin", *words)
        return capsys.readouterr().out

    return run


def test_a_key_needs_no_account(connect: Connect) -> None:
    assert connect("youtube").startswith("Connected YouTube channels (YouTube) (sandbox), UTC.")
    assert Connection.objects.get().credential.secrets() == {"api_key": SECRETS["youtube"]}


def test_a_token_is_connected_with_its_account(connect: Connect) -> None:
    assert connect("instagram", "--account", OWN).startswith("Connected @freshet.demo (Instagram) (sandbox), UTC.")
    assert Connection.objects.get().external_account_id == OWN


@pytest.mark.parametrize(
    ("kind", "words", "said"),
    [
        ("youtube", [], "YouTube does not accept this API key"),
        ("youtube", ["--account", "somebody"], "opens no account"),
        ("instagram", ["--account", OWN], "no longer accepts this token"),
        ("instagram", ["--account", "act_17"], "not the number of an Instagram account"),
        ("instagram", [], "No account id was given"),
    ],
)
def test_what_cannot_be_done_is_said(connect: Connect, kind: str, words: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said) as refused:
        connect(kind, *words, secret="a-wrong-secret")
    assert "a-wrong-secret" not in str(refused.value)
    assert not Connection.objects.exists()
