"""The page on which a person chooses what they hear by mail: their own choice, in each of their workspaces."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from connections.models import AuditEvent, Membership, Workspace

SignIn = Callable[[User], Client]
ADDRESS = "/account/mail/"


def choice(person: User, workspace: Workspace) -> str:
    return Membership.objects.get(user=person, workspace=workspace).mail


def test_nobody_gets_any_until_they_ask(alice: User, workspace: Workspace, signed_in: SignIn) -> None:
    page = signed_in(alice).get(ADDRESS).content.decode()
    assert choice(alice, workspace) == "never"
    assert 'value="never" checked' in page
    assert page.count(" checked>") == 1
    assert "alice@example.com" in page
    assert "sends no mail" not in page
    assert f'href="{ADDRESS}"' in page


@pytest.mark.spec("T80")
@pytest.mark.parametrize("wanted", ["failures", "completion", "all", "never"])
def test_each_chooses_for_themselves(
    wanted: str, alice: User, bob: User, workspace: Workspace, signed_in: SignIn
) -> None:
    Membership.objects.filter(user=alice).update(mail="all" if wanted == "never" else "never")
    answer = signed_in(alice).post(ADDRESS, {"workspace": workspace.pk, "mail": wanted}, follow=True)
    assert f'value="{wanted}" checked' in answer.content.decode()
    assert "Saved. Alpine Outfitters: " in answer.content.decode()
    assert (choice(alice, workspace), choice(bob, workspace)) == (wanted, "never")
    event = AuditEvent.objects.get()
    assert (event.action, event.target_name, event.after) == ("mail choice changed", str(alice), {"mail": wanted})


def test_the_same_choice_again_is_not_written_down(alice: User, workspace: Workspace, signed_in: SignIn) -> None:
    signed_in(alice).post(ADDRESS, {"workspace": workspace.pk, "mail": "never"})
    assert not AuditEvent.objects.exists()


def test_in_each_workspace_another(
    alice: User, workspace: Workspace, strange_workspace: Workspace, signed_in: SignIn
) -> None:
    Membership.objects.create(user=alice, workspace=strange_workspace)
    page = signed_in(alice).get(ADDRESS).content.decode()
    assert page.index("Alpine Outfitters") < page.index("Charlie&#x27;s Chocolates")
    signed_in(alice).post(ADDRESS, {"workspace": strange_workspace.pk, "mail": "all"})
    assert (choice(alice, workspace), choice(alice, strange_workspace)) == ("never", "all")


@pytest.mark.parametrize("wanted", ["", "always", "ALL", "\0"])
def test_nonsense_is_refused_in_words(wanted: str, alice: User, workspace: Workspace, signed_in: SignIn) -> None:
    answer = signed_in(alice).post(ADDRESS, {"workspace": workspace.pk, "mail": wanted}, follow=True)
    assert "Nothing was saved. Choose one of the four." in answer.content.decode()
    assert choice(alice, workspace) == "never"


@pytest.mark.parametrize("asked", ["", "x", "-1", "9" * 30, "\u00b2"])
def test_a_workspace_that_is_none_is_not_found(asked: str, alice: User, signed_in: SignIn) -> None:
    assert signed_in(alice).post(ADDRESS, {"workspace": asked, "mail": "all"}).status_code == 404


def test_a_stranger_changes_nothing(charlie: User, alice: User, workspace: Workspace, signed_in: SignIn) -> None:
    assert signed_in(charlie).post(ADDRESS, {"workspace": workspace.pk, "mail": "all"}).status_code == 404
    assert choice(alice, workspace) == "never"
    assert workspace.name not in signed_in(charlie).get(ADDRESS).content.decode()


def test_what_keeps_mail_from_coming_is_said(alice: User, staff: User, signed_in: SignIn, settings: Any) -> None:
    settings.SENDS_MAIL = False
    User.objects.filter(pk=alice.pk).update(email="")
    page = signed_in(alice).get(ADDRESS).content.decode()
    assert "This installation sends no mail" in page
    assert "no mail can reach you" in page
    assert "You belong to no workspace" in signed_in(staff).get(ADDRESS).content.decode()
