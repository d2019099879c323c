"""People come into a workspace, and get another role in it."""

import io

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from connections.models import AuditEvent, Membership, Workspace
from tests.fixtures.engine import together
from tests.fixtures.people import make_person

pytestmark = pytest.mark.django_db
GOOD = "a long pass phrase"


@pytest.fixture
def add(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def run(email: str, *words: str, password: str = GOOD) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        call_command("add_member", email, "--password-stdin", *words)
        return capsys.readouterr().out

    return run


def roles() -> dict[str, str]:
    return dict(Membership.objects.values_list("user__username", "role"))


def test_a_new_person_can_sign_in_and_is_a_viewer_unless_more_is_said(add, workspace: Workspace, alice: User) -> None:
    assert add(" Bob@Example.com ") == "bob@example.com is viewer of Alpine Outfitters now.\n"
    assert add("eve@example.com", "--role", "operator") == "eve@example.com is operator of Alpine Outfitters now.\n"
    bob = User.objects.get(username="bob@example.com")
    assert (bob.email, bob.check_password(GOOD)) == ("bob@example.com", True)
    assert (bob.is_staff, bob.is_superuser) == (False, False)
    assert roles() == {"alice@example.com": "owner", "bob@example.com": "viewer", "eve@example.com": "operator"}


def test_a_member_gets_another_role_and_keeps_the_password(add, bob: User) -> None:
    before = bob.password
    said = add("bob@example.com", "--role", "admin", password="another pass phrase")
    assert said == "bob@example.com is admin of Alpine Outfitters now, and was operator.\n"
    bob.refresh_from_db()
    assert (bob.password, roles()) == (before, {"bob@example.com": "admin"})


def test_every_change_is_written_down_once(add, workspace: Workspace) -> None:
    add("eve@example.com")
    add("eve@example.com", "--role", "admin")
    assert add("eve@example.com", "--role", "admin") == "eve@example.com is admin of Alpine Outfitters already.\n"
    events = AuditEvent.objects.order_by("pk").values_list("actor", "action", "target_name", "before", "after")
    assert list(events) == [
        ("add_member", "member added", "eve@example.com", {}, {"role": "viewer"}),
        ("add_member", "role changed", "eve@example.com", {"role": "viewer"}, {"role": "admin"}),
    ]
    assert set(AuditEvent.objects.values_list("workspace_id", flat=True)) == {workspace.pk}


def test_the_last_owner_stays_one(add, alice: User, bob: User) -> None:
    with pytest.raises(CommandError, match=r"alice@example\.com is the only owner of Alpine Outfitters: make"):
        add("alice@example.com", "--role", "admin")
    add("bob@example.com", "--role", "owner")
    add("alice@example.com", "--role", "admin")
    assert roles() == {"alice@example.com": "admin", "bob@example.com": "owner"}


@pytest.mark.django_db(transaction=True)
def test_two_owners_cannot_demote_each_other(workspace: Workspace, alice: User) -> None:
    make_person("eve", workspace, "owner")

    def demote(email: str) -> str:
        try:
            call_command("add_member", email, "--role", "viewer", stdout=io.StringIO())
        except CommandError as error:
            return str(error)
        return ""

    said = together(demote, ["alice@example.com", "eve@example.com"])
    assert sorted(map(bool, said)) == [False, True]
    assert sorted(roles().values()) == ["owner", "viewer"]


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [("eve", GOOD, "valid email"), ("eve@example.com", "short", "too short"), ("eve@example.com", "", "too short")],
)
def test_a_bad_address_or_password_adds_nobody(add, workspace: Workspace, email: str, password: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        add(email, password=password)
    assert not User.objects.exists()


def test_the_workspace_has_to_be_plain(add, workspace: Workspace, strange_workspace: Workspace) -> None:
    with pytest.raises(CommandError, match=r"several workspaces to choose from.*Alpine Outfitters \(\d+\), Charlie's"):
        add("eve@example.com")
    with pytest.raises(CommandError, match="There is no such workspace"):
        add("eve@example.com", "--workspace", "Nowhere")
    assert not User.objects.exists()
    add("eve@example.com", "--workspace", "Alpine Outfitters")
    add("dan@example.com", "--workspace", str(strange_workspace.pk))
    assert set(Membership.objects.values_list("user__username", "workspace")) == {
        ("eve@example.com", workspace.pk),
        ("dan@example.com", strange_workspace.pk),
    }


def test_the_password_is_not_printed(add, workspace: Workspace) -> None:
    assert GOOD not in add("eve@example.com")
