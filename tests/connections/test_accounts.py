"""Connect an account: ask the provider first, keep the history of one that is known."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from connections.access import Actor
from connections.accounts import change, connect, connect_all, reconnect
from connections.errors import Misconfigured, NeedsReconnect
from connections.models import AuditEvent, Connection, Credential, Workspace
from syncing.models import SyncJob
from tests.fixtures.engine import NOON, together
from tests.fixtures.plain import TOKEN

pytestmark = pytest.mark.django_db
GOOD = {"token": TOKEN}


@pytest.fixture
def home(plain: None) -> Workspace:
    return Workspace.objects.create(name="Alpine Outfitters")


def open_account(home: Workspace, secrets: dict[str, str] = GOOD, **options: Any) -> Connection:
    return connect(home, "plain", "account-1", secrets, now=NOON, **options).connection


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
    assert connect(home, "plain", "account-1", GOOD, now=late).connection.anchor_date == date(2026, 3, 21)


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
    second, _ = connect(home, "plain", "account-2", GOOD, now=NOON, start_sync=False)
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


def test_a_name_that_somebody_gave_stays(home: Workspace) -> None:
    made = open_account(home, start_sync=False)
    Connection.objects.update(name="Our shop")
    made.credential.mark_dead("Expired.")
    open_account(home, start_sync=False)
    assert Connection.objects.get().name == "Our shop"


def test_a_name_that_is_given_takes_the_place_of_the_one_that_is_held(home: Workspace) -> None:
    made = [connect(home, "plain", "account-1", GOOD, now=NOON, name=name) for name in ("Shop", "", "Store", "Store")]
    assert [(each.connection.name, each.is_new) for each in made] == [
        ("Shop", True),
        ("Shop", False),
        ("Store", False),
        ("Store", False),
    ]
    events = AuditEvent.objects.order_by("pk").values_list("action", "before", "after")
    assert list(events) == [
        ("connection made", {}, {}),
        ("connection renewed", {"name": "Shop"}, {"name": "Store"}),
    ]


def test_each_that_is_new_or_differs_is_written_down_once(home: Workspace) -> None:
    for options in ({}, {}, {"salt": "new"}, {"salt": "new"}):
        open_account(home, options=options, start_sync=False)
    assert [event.action for event in AuditEvent.objects.order_by("pk")] == ["connection made", "connection renewed"]


def test_several_accounts_are_connected_with_one_login(home: Workspace) -> None:
    made = connect_all(home, "plain", ["one", "two", "two"], GOOD, now=NOON)
    assert [(each.connection.external_account_id, each.is_new) for each in made] == [("one", True), ("two", True)]
    assert Credential.objects.get().connections.count() == SyncJob.objects.count() == 2
    assert AuditEvent.objects.count() == 2


def test_the_same_login_later_is_the_same_credential(home: Workspace) -> None:
    open_account(home, start_sync=False)
    connect(home, "plain", "account-2", GOOD, now=NOON, start_sync=False)
    assert Credential.objects.get().connections.count() == 2


def test_another_workspace_has_logins_of_its_own(home: Workspace) -> None:
    open_account(home, start_sync=False)
    open_account(Workspace.objects.create(name="Other"), start_sync=False)
    assert Credential.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_several_times_at_once_makes_one_connection(home: Workspace) -> None:
    made = together(lambda _: connect_all(home, "plain", ["one", "two"], GOOD, now=NOON, start_sync=False), range(4))
    assert len({tuple(each.connection.pk for each in found) for found in made}) == 1
    assert sum(each.is_new for found in made for each in found) == 2
    assert (Connection.objects.count(), Credential.objects.count()) == (2, 1)
    assert [event.action for event in AuditEvent.objects.all()] == ["connection made"] * 2


def test_a_removed_connection_is_neither_renewed_nor_changed_by_who_still_looks_at_it(home: Workspace) -> None:
    """The page was open when somebody else removed it."""
    seen_before = open_account(home)
    Connection.objects.get().remove(NOON)
    with pytest.raises(Misconfigured, match="This connection was removed"):
        reconnect(seen_before, GOOD, others=[], now=NOON, actor=Actor())
    change(seen_before, Actor(), now=NOON, name="Mine", paused=True)
    held = Connection.objects.get()
    assert (held.name, held.paused, held.removed_at) == ("Plain account", False, NOON)
    assert [event.action for event in AuditEvent.objects.all()] == ["connection made"]


def test_of_those_that_get_a_new_login_too_a_removed_one_is_passed_over(home: Workspace) -> None:
    kept = open_account(home)
    other = connect(home, "plain", "account-2", GOOD, now=NOON).connection
    other.remove(NOON)
    renewed = reconnect(kept, GOOD, others=[other], now=NOON, actor=Actor())
    assert renewed == [kept]
    assert Connection.objects.count() == 2
