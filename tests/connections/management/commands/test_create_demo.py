"""manage.py create_demo: a person who can sign in, and the demo accounts of sandboxes, made once."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from connections import registry
from connections.models import Connection, Workspace
from connections.sources import DemoAccount
from tests.fixtures.plain import KIND, TOKEN, PlainSource

pytestmark = pytest.mark.django_db


@pytest.fixture
def only_plain(plain: None, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    """The plain provider is the only one, and has a demo account."""
    monkeypatch.setattr(registry, "SOURCES", {KIND: registry.SOURCES[KIND]})
    monkeypatch.setattr(PlainSource, "demo", DemoAccount("demo-1", {"token": TOKEN}))
    settings.VAR_DIR = tmp_path


def make(capsys: pytest.CaptureFixture[str]) -> str:
    call_command("create_demo")
    return capsys.readouterr().out


def test_the_login_stands_in_a_file_of_its_owners(only_plain: None, tmp_path: Path, capsys: Any) -> None:
    said = make(capsys)
    file = tmp_path / "demo-login"
    email, password = file.read_text().split()
    assert file.stat().st_mode & 0o777 == 0o600
    assert User.objects.get(username=email).check_password(password)
    assert password not in said
    assert said == "Connected Plain account (Plain).\n"


def test_a_second_run_changes_nothing(only_plain: None, tmp_path: Path, capsys: Any) -> None:
    make(capsys)
    before = (tmp_path / "demo-login").read_text()
    assert make(capsys) == ""
    assert (tmp_path / "demo-login").read_text() == before
    assert (User.objects.count(), Workspace.objects.count(), Connection.objects.count()) == (1, 1, 1)


def test_a_provider_with_real_credentials_gets_no_demo_account(only_plain: None, settings: Any, capsys: Any) -> None:
    settings.PROVIDERS = {KIND: {"sandbox": False}}
    assert make(capsys) == ""
    assert not Connection.objects.exists()
