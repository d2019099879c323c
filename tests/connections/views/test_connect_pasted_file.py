"""Connecting with a login that is a file: pasted into a field of several lines, and never written into a page again."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from connections.models import Connection, Workspace
from connections.providers.google_sheets.demo import DEMO_BOOK, DEMO_EMAIL
from connections.sandbox.server import SandboxServer
from tests.fixtures.sandbox import demo_account
from tests.fixtures.wizard import arrive, text

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Any]
START = "/connections/new/?provider=google_sheets"
ADDRESS = (
    f"https://docs.google.com/spreadsheets/d/{DEMO_BOOK}/edit?usp=sharing&ouid=1#gid=123456789012345678901234567890"
)


@pytest.fixture
def client(alice: User, sandbox: SandboxServer, signed_in: SignIn) -> Any:
    return signed_in(alice)


def key(*, lines: bool) -> str:
    held = json.loads(demo_account("google_sheets").secrets["service_account"])
    return json.dumps(held, indent=2).replace("\n", "\r\n") if lines else json.dumps(held)


def paste(client: Any, pasted: str) -> Any:
    workspace = Workspace.objects.get(name="Alpine Outfitters")
    return client.post(START, {"workspace": workspace.pk, "service_account": pasted})


def test_there_is_room_for_a_file(client: Any) -> None:
    page = client.get(START).content.decode()
    field = page.partition("<textarea")[2].partition("</textarea>")[0]
    assert 'name="service_account"' in field
    assert 'autocomplete="off"' in field
    assert 'maxlength="4096"' in field


@pytest.mark.parametrize("lines", [True, False], ids=["many lines", "one line"])
def test_the_whole_way(client: Any, lines: bool) -> None:
    picking = paste(client, key(lines=lines))
    assert "Creators 2026" in arrive(client, picking)
    checking = client.post(picking.url, {"accounts": [DEMO_BOOK]})
    page = arrive(client, checking)
    assert "40 accounts stand in 5 of its tabs." in page
    assert client.post(checking.url, {"vanished": "believe"}).status_code == 302
    made = Connection.objects.get()
    assert (made.external_account_id, made.options) == (DEMO_BOOK, {"vanished": "believe"})
    assert made.credential.subject == DEMO_EMAIL


def test_the_address_of_a_spreadsheet_may_be_typed(client: Any) -> None:
    picking = paste(client, key(lines=True))
    checking = client.post(picking.url, {"typed": ADDRESS})
    client.post(checking.url, {})
    assert Connection.objects.get().external_account_id == DEMO_BOOK


def test_a_wrong_file_is_said_and_not_repeated(client: Any) -> None:
    wrong = json.dumps({"type": "authorized_user", "refresh_token": "words-that-stay-away"})
    answer = paste(client, wrong)
    assert "This file is of an OAuth client, not of a service account." in text(answer)
    assert "words-that-stay-away" not in answer.content.decode()
