"""manage.py create_owner: the first person and their workspace."""

import io
import sys

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from connections.models import Membership, Workspace

pytestmark = pytest.mark.django_db
GOOD = "correct horse battery"


@pytest.fixture
def create(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def run(email: str, password: str = GOOD, *words: str) -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
        call_command("create_owner", email, "--password-stdin", *words)
        return capsys.readouterr().out

    return run


def test_an_owner_can_sign_in_and_owns_a_workspace(create) -> None:
    said = create("Alice@Example.com ", GOOD, "--workspace", "Alpine Outfitters")
    assert said == "alice@example.com owns the workspace 'Alpine Outfitters' and can sign in.\n"
    user = User.objects.get()
    assert (user.username, user.email, user.check_password(GOOD)) == ("alice@example.com", "alice@example.com", True)
    membership = Membership.objects.get()
    assert (membership.user, membership.role, membership.workspace.name) == (user, "owner", "Alpine Outfitters")


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("alice", GOOD, "valid email"),
        ("alice@example.com", "short", "too short"),
        ("alice@example.com", "password1234", "too common"),
        ("alice@example.com", "", "too short"),
    ],
)
def test_a_bad_address_or_password_is_refused(create, email: str, password: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        create(email, password)
    assert not User.objects.exists()
    assert not Workspace.objects.exists()


def test_nobody_is_made_twice(create) -> None:
    create("alice@example.com")
    with pytest.raises(CommandError, match=r"There is a user alice@example\.com already\."):
        create("ALICE@example.com")
    assert Workspace.objects.count() == 1


def test_the_password_is_not_printed(create) -> None:
    assert GOOD not in create("alice@example.com")


def test_only_the_first_owner_runs_the_installation(create) -> None:
    """The admin shows every workspace, so the owner of another one may not use it."""
    create("alice@example.com", GOOD, "--workspace", "Alpine Outfitters")
    create("charlie@example.com", GOOD, "--workspace", "Strangers")
    staff = dict(User.objects.values_list("username", "is_superuser"))
    assert staff == {"alice@example.com": True, "charlie@example.com": False}
