"""Connect an account: ask the provider first, keep the history of one that is known."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from connections.accounts import check, connect
from connections.errors import NeedsReconnect
from connections.models import Connection, Credential, Workspace
from syncing.models import SyncJob
from tests.fixtures.engine import NOON
from tests.fixtures.plain import TOKEN

pytestmark = pytest.mark.django_db
GOOD = {"token": TOKEN}


@pytest.fixture
def home(plain: None) -> Workspace:
    return Workspace.objects.create(name="Alpine Outfitters")


def open_account(home: Workspace, secrets: dict[str, str] = GOOD, **options: Any) -> Connection:
    return connect(home, "plain", "account-1", secrets, now=NOON, **options)


@pytest.mark.spec("A96")
def test_a_connection_is_named_by_the_provider_and_belongs_to_the_workspace(home: Workspace) -> None:
    made = open_account(home)
    stored = Connection.objects.get()
    assert (stored.workspace, stored.provider, stored.external_account_id) == (home, "plain", "account-1")
    assert (stored.name, stored.timezone, stored.currency) == ("Plain account", "Europe/Zurich", "CHF")
    assert (stored.is_sandbox, stored.paused, stored.anchor_date) == (True, False, date(2026, 3, 20))
    assert made.credential.secrets() == GOOD


def test_the_anchor_is_the_accounts_day(home: Workspace) -> None:
    late = datetime(2026, 3, 20, 23, 30, tzinfo=UTC)
    assert connect(home, "plain", "account-1", GOOD, now=late).anchor_date == date(2026, 3, 21)


def test_a_connection_starts_its_first_sync(home: Workspace) -> None:
    made = open_account(home)
    job = SyncJob.objects.get()
    assert (job.connection, job.sync_type, job.trigger) == (made, "initial", "command")


def test_the_first_sync_may_be_left_out(home: Workspace) -> None:
    open_account(home, start_sync=False)
    assert not SyncJob.objects.exists()


def test_a_login_that_the_provider_refuses_leaves_nothing_behind(home: Workspace) -> None:
    with pytest.raises(NeedsReconnect, match="The token is not known"):
        open_account(home, {"token": "wrong"})
    assert not Connection.objects.exists()
    assert not Credential.objects.exists()


def test_an_unknown_provider_is_refused(home: Workspace) -> None:
    with pytest.raises(LookupError):
        check("nowhere", "account-1", GOOD, now=NOON)


def test_a_known_account_gets_its_new_login_and_keeps_its_history(home: Workspace) -> None:
    first = open_account(home, options={"salt": "kept"}, start_sync=False)
    first.credential.mark_dead("Expired.")
    Connection.objects.update(anchor_date=date(2025, 1, 1))
    again = open_account(home, options={"suffix": "added"}, start_sync=False)
    assert (again.pk, Credential.objects.count()) == (first.pk, 1)
    assert (again.anchor_date, again.options) == (date(2025, 1, 1), {"salt": "kept", "suffix": "added"})
    assert not Credential.objects.get().needs_reconnect


def test_a_login_of_many_accounts_comes_back_to_life_for_all(home: Workspace) -> None:
    first = open_account(home, start_sync=False)
    second = connect(home, "plain", "account-2", GOOD, now=NOON, start_sync=False)
    second.credential = first.credential
    second.save()
    first.credential.mark_dead("Expired.")
    open_account(home, start_sync=False)
    assert Connection.objects.filter(Connection.runnable()).count() == 2


def test_a_paused_connection_gets_its_new_login_and_stays_paused(home: Workspace) -> None:
    first = open_account(home, start_sync=False)
    first.paused = True
    first.save()
    first.credential.mark_dead("Expired.")
    again = open_account(home)
    assert again.paused
    assert not Credential.objects.get().needs_reconnect
    assert not SyncJob.objects.exists()
