"""manage.py sync_status: how every connection stands, in words."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from connections.models import Connection
from syncing.models import ConnectionSync
from tests.fixtures.engine import MakeAccount, Watch, change, sync

pytestmark = pytest.mark.django_db
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def status(*words: Any) -> str:
    printed = StringIO()
    call_command("sync_status", *map(str, words), stdout=printed)
    return printed.getvalue()


def test_nothing_is_connected_yet() -> None:
    assert status() == "There is no connection yet: manage.py connect PROVIDER --account ID makes one.\n"


def test_a_connection_that_was_never_synced(account: Connection) -> None:
    assert status().splitlines() == [
        f"{account.pk}  {account}: idle",
        "  checked never, changed never",
        "  0 attempts, 0 with changes",
    ]


@pytest.mark.spec("A81")
def test_when_it_was_checked_and_when_it_changed_are_two_things(account: Connection, watch: Watch) -> None:
    sync(account, watch)
    watch.move(hours=2)
    sync(account, watch)
    assert status(account.pk).splitlines()[1:] == [
        "  checked 2026-03-20T14:00:00Z, changed 2026-03-20T12:00:00Z",
        "  2 attempts, 1 with changes",
    ]


def test_an_error_comes_with_its_remedy(account: Connection, watch: Watch) -> None:
    sync(change(account, errors=[{"kind": "misconfigured"}]), watch)
    lines = status().splitlines()
    assert lines[0].endswith(": error")
    assert lines[-1] == "  5 of 5 chunks failed. The first: Trouble: misconfigured. Wait."


def test_what_stops_a_connection_is_said(make_account: MakeAccount, settings: Any) -> None:
    make_account(paused=True)
    dead, blocked = make_account(), make_account()
    dead.credential.mark_dead("Expired.")
    until = timezone.now() + timedelta(minutes=9)
    ConnectionSync.block(blocked.pk, until, "Slow down.")
    said = [line for line in status().splitlines() if not line.startswith(" ")]
    assert [line.split(": ", 1)[1] for line in said] == [
        "paused",
        "needs reconnecting",
        f"waits until {until:%Y-%m-%dT%H:%M:%SZ}: Slow down.",
    ]
    settings.PROVIDERS = {**settings.PROVIDERS, "plain": {"sandbox": False}}
    assert "made for the Plain sandbox" in status(blocked.pk)


def test_a_removed_connection_is_not_listed(account: Connection) -> None:
    account.remove(timezone.now())
    assert status().startswith("There is no connection yet")
    with pytest.raises(CommandError, match="There is no connection"):
        status(account.pk)


def test_one_connection_may_be_chosen(make_account: MakeAccount) -> None:
    first, second = make_account(), make_account()
    assert str(second.pk) not in status(first.pk)


@pytest.mark.parametrize("chosen", ["nonsense", UNKNOWN])
def test_a_connection_that_does_not_exist_is_said(account: Connection, chosen: str) -> None:
    with pytest.raises(CommandError, match=f"There is no connection {chosen}"):
        status(chosen)
