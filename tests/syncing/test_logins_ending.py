"""Whose login ends soon: said 14, 7 and 1 days before, where people look, with what to do."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from connections.access import Actor
from connections.models import Connection, Credential, Workspace
from syncing.status.connections import connections_of
from syncing.status.ending import ending
from syncing.status.listing import Listing
from tests.fixtures.synced import make_connection

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(workspace: Workspace) -> Connection:
    return make_connection(workspace, "Bluebird")


def lasts(account: Connection, login: float | None, data: float | None) -> Credential:
    """Days from now; None for never."""
    dates = [None if days is None else timezone.now() + timedelta(days=days, minutes=5) for days in (login, data)]
    Credential.objects.filter(pk=account.credential_id).update(
        subject="900", scopes=["ads_read"], expires_at=dates[0], data_access_expires_at=dates[1]
    )
    return Credential.objects.get(pk=account.credential_id)


@pytest.mark.parametrize(
    ("login", "data", "tone", "sentence"),
    [
        (60, 90, "", ""),
        (None, None, "", ""),
        (14.1, 90, "", ""),
        (13, 90, "info", "The login ends in 13 days."),
        (6, 90, "wait", "The login ends in 6 days."),
        (0.5, 90, "bad", "The login ends within a day."),
        (-1, 90, "bad", "The login has ended."),
        (60, 5, "wait", "The permission to read data with this login ends in 5 days."),
        (None, 13, "info", "The permission to read data with this login ends in 13 days."),
    ],
)
def test_the_earlier_date_warns_and_the_nearer_the_louder(
    account: Connection, alice: User, login: float | None, data: float | None, tone: str, sentence: str
) -> None:
    found = ending(lasts(account, login, data), timezone.now())
    assert (found.tone if found else "", found.sentence if found else "") == (tone, sentence)
    listing = Listing(connections_of(Actor(alice)), timezone.now(), state="needs-you")
    assert listing.needing_you().exists() is bool(tone)


def test_a_login_that_is_dead_already_is_not_said_to_end(account: Connection) -> None:
    login = lasts(account, 1, 1)
    login.mark_dead("Its password was changed.")
    assert ending(Credential.objects.get(pk=login.pk), timezone.now()) is None


def pages(client: Any, account: Connection) -> dict[str, str]:
    addresses = {"overview": reverse("overview"), "settings": reverse("settings")}
    addresses["connection"] = reverse("connection", args=[account.pk])
    plain = {name: client.get(address).content.decode() for name, address in addresses.items()}
    return {name: " ".join(re.sub(r"<[^>]+>", " ", page).split()) for name, page in plain.items()}


def test_people_are_told_where_they_look(account: Connection, alice: User, signed_in: Any) -> None:
    login = lasts(account, 6, 90)
    for name, page in pages(signed_in(alice), account).items():
        assert "The login ends in 6 days. What to do: Press Reconnect and sign in again" in page, name
        if name != "overview":
            assert login.expires_at
            assert f"{login.expires_at.astimezone(account.workspace.zone):%-d %B %Y}" in page, name


def test_a_login_that_never_ends_says_so(account: Connection, alice: User, signed_in: Any) -> None:
    lasts(account, None, None)
    found = pages(signed_in(alice), account)
    assert "Login never ends Data access never ends" in found["connection"]
    assert "Login ends: never Data access ends: never" in found["settings"]
    assert "ends soon" not in "".join(found.values())


def test_where_the_provider_tells_nothing_nothing_is_said(account: Connection, alice: User, signed_in: Any) -> None:
    for page in pages(signed_in(alice), account).values():
        assert "Login ends" not in page
