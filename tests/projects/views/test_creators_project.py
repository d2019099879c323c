"""The settings of a project of creators: rules for all its accounts, sudden rises, active or not."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connections.models import AuditEvent, Connection, Workspace
from projects.creators.arranging import Arrangement
from projects.creators.readings import METRICS
from projects.models import CreatorAccount, CreatorProject, MergeConflict
from tests.fixtures.creators import ask_platform, plant_creators
from tests.fixtures.synced import make_connection

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
USUAL: dict[str, Any] = {
    **dict.fromkeys(METRICS, "max"),
    "spike_factor": 5,
    "spike_floor": 1000,
    "is_active": "on",
    "seen": Arrangement().mark,
}


@pytest.fixture
def sheet(workspace: Workspace) -> Connection:
    connection = make_connection(workspace, "Creators 2026")
    plant_creators(connection, timezone.now())
    return connection


def address() -> str:
    return reverse("creators_project", args=[CreatorProject.objects.get().pk])


def send(client: Client, **changed: Any) -> str:
    """What is said then; a form that is shown again says it itself."""
    given = {name: value for name, value in (USUAL | changed).items() if value is not None}
    answer = client.post(address(), given)
    if answer.status_code == 200:
        return answer.content.decode()
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def held(name: str) -> CreatorAccount:
    return CreatorAccount.objects.get(username=name)


@pytest.mark.spec("V40")
def test_a_rule_holds_for_all_accounts_without_one_of_their_own(
    bob: User, sheet: Connection, signed_in: SignIn
) -> None:
    CreatorAccount.objects.filter(username="bea").update(policies={"likes": "sheet"})
    assert send(signed_in(bob), followers="platform", likes="platform").startswith("Saved.")
    assert (held("ada").followers, held("ada").likes, held("bea").likes) == (950, 5100, 300)
    assert CreatorProject.objects.get().policies == {"followers": "platform", "likes": "platform"}
    event = AuditEvent.objects.get()
    assert event.action == "creators' project arranged"
    assert event.before == {"followers": "max", "likes": "max"}
    assert event.after == {"followers": "platform", "likes": "platform"}


def test_what_is_locked_for_a_project_stays(bob: User, sheet: Connection, signed_in: SignIn) -> None:
    send(signed_in(bob), followers="locked")
    ask_platform(held("ada"), timezone.now(), followers=1200)
    assert held("ada").followers == 1000


def test_another_guard_decides_again_what_is_held(bob: User, sheet: Connection, signed_in: SignIn) -> None:
    assert held("bea").followers == 2000
    send(signed_in(bob), spike_factor=20)
    assert held("bea").followers == 20_000
    assert MergeConflict.objects.get().resolution == "gone"
    send(signed_in(bob), spike_factor=0, seen=Arrangement(spike_factor=20).mark)
    assert held("bea").followers == 20_000


def test_a_project_is_active_until_somebody_says_otherwise(bob: User, sheet: Connection, signed_in: SignIn) -> None:
    client = signed_in(bob)
    send(client, is_active=None)
    assert not CreatorProject.objects.get().is_active
    assert AuditEvent.objects.get().after == {"is_active": False}
    html = client.get(reverse("creators")).content.decode()
    assert "not active" in html
    assert 'name="is_active" checked' not in client.get(address()).content.decode()


def test_saving_the_same_writes_nothing_down(bob: User, sheet: Connection, signed_in: SignIn) -> None:
    assert send(signed_in(bob)).startswith("Saved.")
    assert not AuditEvent.objects.exists()


def test_of_two_who_change_it_at_once_the_second_is_told(
    alice: User, bob: User, sheet: Connection, signed_in: SignIn
) -> None:
    send(signed_in(alice), spike_factor=7)
    said = send(signed_in(bob), followers="sheet")
    assert said.startswith("Somebody else has changed these settings in the meantime. Nothing was changed")
    assert CreatorProject.objects.get().policies == {}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"followers": "best"}, "Select a valid choice"),
        ({"followers": None}, "This field is required"),
        ({"spike_factor": -1}, "greater than or equal to 0"),
        ({"spike_factor": "x"}, "Enter a whole number"),
        ({"spike_floor": 10**12}, "less than or equal to"),
    ],
)
def test_bad_settings_are_said_and_nothing_is_saved(
    changed: dict[str, Any], said: str, bob: User, sheet: Connection, signed_in: SignIn
) -> None:
    html = send(signed_in(bob), **changed, is_active=None)
    assert said in html
    assert CreatorProject.objects.get().is_active
    assert not AuditEvent.objects.exists()


def test_only_operators_of_the_workspace_may(alice: User, charlie: User, sheet: Connection, signed_in: SignIn) -> None:
    assert signed_in(charlie).get(address()).status_code == 404
    assert signed_in(charlie).post(address(), USUAL).status_code == 404
    alice.memberships.update(role="viewer")
    assert signed_in(alice).get(address()).status_code == 403
    assert signed_in(alice).post(address(), USUAL).status_code == 403
