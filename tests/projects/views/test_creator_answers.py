"""The buttons beside counts: by whom they may be pressed, what they do, what is said, and who comes second."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connections.models import AuditEvent, Connection, Workspace
from projects.models import CreatorAccount, CreatorProject, MergeConflict
from tests.fixtures.creators import ask_platform, fill_sheet, plant_creators, sheet_row
from tests.fixtures.synced import make_connection

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
KEEP_SHEET = {"metric": "followers", "answer": "sheet", "epoch": 0, "sheet": 20_000, "platform": 2000}


@pytest.fixture
def sheet(workspace: Workspace) -> Connection:
    connection = make_connection(workspace, "Creators 2026")
    plant_creators(connection, timezone.now())
    return connection


def held(name: str = "bea") -> CreatorAccount:
    return CreatorAccount.objects.get(username=name)


def press(client: Client, given: dict[str, Any], name: str = "bea", route: str = "creator_answer") -> str:
    """What is said then."""
    answer = client.post(reverse(route, args=[held(name).pk]), given)
    assert answer.status_code == 302
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


@pytest.mark.parametrize(
    ("given", "stands"),
    [
        (KEEP_SHEET, 20_000),
        (KEEP_SHEET | {"answer": "platform"}, 2000),
        (KEEP_SHEET | {"answer": "person", "value": "12 500"}, 12_500),
        (KEEP_SHEET | {"answer": "person", "value": "12,500"}, 12_500),
        (KEEP_SHEET | {"answer": "person", "value": "0"}, 0),
    ],
    ids=["sheet", "platform", "typed", "typed with a comma", "none at all"],
)
def test_an_answer_stands_and_is_written_down(
    given: dict[str, Any], stands: int, bob: User, sheet: Connection, signed_in: SignIn
) -> None:
    said = press(signed_in(bob), given)
    assert said == f"Saved. bea has {stands:,} followers now, until a side says something new."
    assert held().followers == stands
    asked = MergeConflict.objects.get()
    assert (asked.state, asked.resolved_by, asked.value) == ("resolved", bob, stands)
    event = AuditEvent.objects.get()
    assert (event.actor, event.action, event.target) == (
        "bob@example.com",
        "count answered",
        f"creatoraccount {held().pk}",
    )
    assert event.before == {"followers": 2000}
    assert event.after == {"followers": stands, "answer": given["answer"]}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (KEEP_SHEET | {"answer": "person", "value": "many"}, "“many” is not a whole number."),
        (KEEP_SHEET | {"answer": "person", "value": "-5"}, "“-5” is not a whole number."),
        (KEEP_SHEET | {"answer": "person", "value": "1.5"}, "“1.5” is not a whole number."),
        (KEEP_SHEET | {"answer": "person", "value": "9" * 20}, "is not a whole number."),
        (KEEP_SHEET | {"answer": "person", "value": ""}, "No number was typed."),
        (KEEP_SHEET | {"answer": "nobody"}, "This answer is not complete."),
        (KEEP_SHEET | {"metric": "policies"}, "This answer is not complete."),
        (KEEP_SHEET | {"epoch": ""}, "This answer is not complete."),
        (KEEP_SHEET | {"epoch": "x"}, "This answer is not complete."),
        ({}, "This answer is not complete."),
        (KEEP_SHEET | {"metric": "views", "sheet": ""}, "The sheet says no number of views."),
    ],
)
def test_what_makes_no_sense_changes_nothing_and_is_said(
    given: dict[str, Any], said: str, bob: User, sheet: Connection, signed_in: SignIn
) -> None:
    assert said in press(signed_in(bob), given)
    assert held().followers == 2000
    assert not AuditEvent.objects.exists()


def test_of_two_who_answer_at_once_the_second_is_told(
    alice: User, bob: User, sheet: Connection, signed_in: SignIn
) -> None:
    press(signed_in(alice), KEEP_SHEET | {"answer": "person", "value": "15000"})
    said = press(signed_in(bob), KEEP_SHEET)
    assert said.startswith("Somebody else has answered this in the meantime. Nothing was changed.")
    assert held().followers == 15_000
    assert AuditEvent.objects.count() == 1


def test_nobody_accepts_a_number_that_was_not_on_the_page(bob: User, sheet: Connection, signed_in: SignIn) -> None:
    fill_sheet(sheet, timezone.now(), sheet_row(3, "bea", followers=30_000, likes=300, videos=12))
    assert press(signed_in(bob), KEEP_SHEET).startswith("The sheet says 30,000 by now. Nothing was changed.")
    assert held().followers == 2000
    ask_platform(held(), timezone.now(), followers=2010)
    assert press(signed_in(bob), KEEP_SHEET | {"sheet": 30_000}).startswith("Saved.")


@pytest.mark.parametrize("route", ["creator_answer", "creator_rule"])
def test_only_operators_of_the_workspace_may(
    route: str, alice: User, charlie: User, sheet: Connection, signed_in: SignIn
) -> None:
    address = reverse(route, args=[held().pk])
    given = KEEP_SHEET | {"policy": "sheet"}
    assert signed_in(charlie).post(address, given).status_code == 404
    alice.memberships.update(role="viewer")
    assert signed_in(alice).post(address, given).status_code == 403
    assert signed_in(alice).get(address).status_code == 405
    assert Client().post(address, given).status_code == 302
    assert (held().followers, held().policies) == (2000, {})


def test_a_rule_is_chosen_for_one_account_and_taken_back(bob: User, sheet: Connection, signed_in: SignIn) -> None:
    client = signed_in(bob)
    rule = {"metric": "followers", "policy": "platform"}
    said = press(client, rule, "ada", "creator_rule")
    assert said == "Saved. Followers of ada: The platform, where it has a number. It stands at 950."
    assert held("ada").followers == 950
    event = AuditEvent.objects.get()
    assert event.before == {"followers": 1000, "rule": "as the project"}
    assert event.after == {"followers": 950, "rule": "platform"}
    html = client.get(reverse("creator", args=[held("ada").pk])).content.decode()
    assert "Followers: rule the platform, where it has a number; 1\u202f000 before, <strong>950</strong> since." in html
    assert "as its project does" in press(client, rule | {"policy": "project"}, "ada", "creator_rule")
    assert (held("ada").followers, held("ada").policies) == (1000, {})


def test_what_is_locked_stays_and_says_so(bob: User, sheet: Connection, signed_in: SignIn) -> None:
    press(signed_in(bob), {"metric": "followers", "policy": "locked"}, "ada", "creator_rule")
    ask_platform(held("ada"), timezone.now(), followers=1200)
    assert held("ada").followers == 1000
    html = signed_in(bob).get(reverse("creator", args=[held("ada").pk])).content.decode()
    assert "Unlock" in html


@pytest.mark.parametrize("given", [{}, {"metric": "followers", "policy": "best"}, {"metric": "x", "policy": "max"}])
def test_an_unknown_rule_is_refused(given: dict[str, str], bob: User, sheet: Connection, signed_in: SignIn) -> None:
    assert "There is no such rule." in press(signed_in(bob), given, "ada", "creator_rule")
    assert held("ada").policies == {}


def test_it_leads_back_to_the_page_it_came_from_and_to_no_other_site(
    bob: User, sheet: Connection, signed_in: SignIn
) -> None:
    address = reverse("creator_answer", args=[held().pk])
    here = reverse("creators_conflicts") + "?page=2"
    assert signed_in(bob).post(address, KEEP_SHEET | {"next": here})["Location"] == here
    for elsewhere in ("https://example.com/", "//example.com", "/\\example.com"):
        there = signed_in(bob).post(address, KEEP_SHEET | {"next": elsewhere})["Location"]
        assert there == reverse("creator", args=[held().pk])


# Many at once


def all_of(client: Client, asked: list[str], answer: str = "sheet") -> str:
    project = CreatorProject.objects.get()
    reply = client.post(reverse("creators_answer_all", args=[project.pk]), {"answer": answer, "asked": asked})
    assert reply.status_code == 302
    return " ".join(str(message) for message in get_messages(reply.wsgi_request))


def marks() -> list[str]:
    return [f"{held().pk}.followers.0.20000.2000", f"{held().pk}.likes.0.300.280"]


def test_all_questions_of_a_project_are_answered_at_once(bob: User, sheet: Connection, signed_in: SignIn) -> None:
    assert all_of(signed_in(bob), marks()) == "2 questions answered."
    assert (held().followers, held().likes) == (20_000, 300)
    event = AuditEvent.objects.get()
    assert (event.action, event.after) == (
        "counts answered",
        {"answer": "sheet", "answered": 2, "passed over": 0},
    )


def test_what_was_answered_in_the_meantime_is_left_and_said(bob: User, sheet: Connection, signed_in: SignIn) -> None:
    press(signed_in(bob), KEEP_SHEET | {"answer": "platform"})
    said = all_of(signed_in(bob), marks())
    assert said.startswith("1 question answered. 1 was left: answered in the meantime")
    assert held().followers == 2000


@pytest.mark.parametrize("asked", ["x", "1.followers.0", "1.policies.0.1.1", "1.followers.0.1.1; DROP"])
def test_a_mark_that_makes_no_sense_is_refused(asked: str, bob: User, sheet: Connection, signed_in: SignIn) -> None:
    assert "This answer is not complete." in all_of(signed_in(bob), [asked])
    assert "This answer is not complete." in all_of(signed_in(bob), marks(), "person")
    assert "These are too many at once" in all_of(signed_in(bob), marks() * 51)
    assert not AuditEvent.objects.exists()


def test_accounts_of_another_project_are_not_touched(
    bob: User, strange_workspace: Workspace, sheet: Connection, signed_in: SignIn
) -> None:
    strange = make_connection(strange_workspace, "Strange")
    fill_sheet(strange, timezone.now(), sheet_row(2, "zoe", followers=5))
    zoe = held("zoe")
    client = signed_in(bob)
    project = CreatorProject.objects.get(connection=sheet)
    client.post(
        reverse("creators_answer_all", args=[project.pk]), {"answer": "sheet", "asked": f"{zoe.pk}.followers.0.5."}
    )
    assert held("zoe").epochs == {}
    theirs = reverse("creators_answer_all", args=[CreatorProject.objects.get(connection=strange).pk])
    assert client.post(theirs, {"answer": "sheet"}).status_code == 404
