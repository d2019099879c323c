"""Which credential a pasted login belongs in: nobody gets one that may not open their account."""

from datetime import timedelta

import pytest

from connections import logins
from connections.accounts import connect_all
from connections.models import Connection, Credential, Workspace
from connections.sandbox.server import SandboxServer
from tests.fixtures.engine import NOON

pytestmark = pytest.mark.django_db
OLD, NEW = {"access_token": "old-token"}, {"access_token": "new-token"}


@pytest.fixture
def home(sandbox: SandboxServer) -> Workspace:
    """Two accounts, which both logins open."""
    for number in ("41", "42"):
        sandbox.meta.add_account(number, tokens=["old-token", "new-token"])
    return Workspace.objects.create(name="Alpine Outfitters")


def connected(home: Workspace, secrets: dict[str, str], *ids: str) -> list[Connection]:
    made = connect_all(home, "meta", ids, secrets, now=NOON, start_sync=False)
    return [each.connection for each in made]


def tokens() -> dict[str, str]:
    return {each.external_account_id: each.credential.secrets()["access_token"] for each in Connection.objects.all()}


def test_a_login_that_nobody_else_needs_is_replaced_where_it_is(home: Workspace) -> None:
    (before,) = connected(home, OLD, "41")
    (after,) = connected(home, NEW, "41")
    assert before.credential_id == after.credential_id
    assert tokens() == {"act_41": "new-token"}


def test_whoever_shares_it_keeps_it(home: Workspace) -> None:
    connected(home, OLD, "41", "42")
    connected(home, NEW, "41")
    assert tokens() == {"act_41": "new-token", "act_42": "old-token"}


def test_all_that_share_it_may_move_together(home: Workspace) -> None:
    connected(home, OLD, "41", "42")
    connected(home, NEW, "41", "42")
    assert tokens() == {"act_41": "new-token", "act_42": "new-token"}
    assert Credential.objects.count() == 1


def test_two_logins_become_one_and_the_other_is_erased(home: Workspace) -> None:
    (first,), (second,) = connected(home, OLD, "41"), connected(home, NEW, "42")
    connected(home, NEW, "41")
    kept, left = Credential.objects.get(pk=second.credential_id), Credential.objects.get(pk=first.credential_id)
    assert (kept.connections.count(), left.connections.count()) == (2, 0)
    assert (left.ciphertext, left.needs_reconnect) == ("", True)


def test_an_erased_login_is_never_taken_for_another(home: Workspace) -> None:
    (made,) = connected(home, OLD, "41")
    made.remove(NOON + timedelta(minutes=1))
    (again,) = connected(home, OLD, "41")
    assert again.pk != made.pk
    assert again.credential_id != made.credential_id
    assert again.credential.secrets() == OLD


def test_a_login_in_good_health_is_left_as_it_is(home: Workspace) -> None:
    (made,) = connected(home, OLD, "41")
    connected(home, OLD, "41", "42")
    assert Credential.objects.get().ciphertext == made.credential.ciphertext


def test_whoever_reads_with_the_old_login_learns_that_it_was_renewed(home: Workspace) -> None:
    (made,) = connected(home, OLD, "41")
    connected(home, NEW, "41")
    assert made.credential.was_renewed()
    assert not made.credential.mark_dead("The old one is dead.")


def test_nothing_is_erased_that_somebody_needs(home: Workspace) -> None:
    (made,) = connected(home, OLD, "41")
    logins.forget_unused([made.credential])
    assert tokens() == {"act_41": "old-token"}
