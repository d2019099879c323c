"""What a sync of a spreadsheet would change: read when somebody asks, told with reasons, and nothing is stored."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connections.models import AuditEvent, Connection, Workspace
from connections.registry import SOURCES
from projects.models import AccountSnapshot, CellProblem, Change, CreatorAccount, CreatorProject, MergeConflict, Reading
from syncing.models import CallBudget
from tests.fixtures import book
from tests.fixtures.creators import fill_sheet, plant_creators, problem, sheet_row
from tests.fixtures.synced import make_connection

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
AS_HELD = [
    sheet_row(2, "ada", followers=1000, likes=5000, comments=120, videos=40, views=250_000),
    sheet_row(3, "bea", followers=20_000, likes=300, videos=12),
    sheet_row(4, "cem", followers=70, problems=[problem("views", "lots")]),
]
STORED = (CreatorProject, CreatorAccount, Reading, AccountSnapshot, MergeConflict, CellProblem, Change, AuditEvent)


@pytest.fixture
def sheet(workspace: Workspace, settings: Any) -> Iterator[Connection]:
    book.register(settings)
    connection = make_connection(workspace, "Creators 2026", is_sandbox=True)
    Connection.objects.filter(pk=connection.pk).update(provider=book.KIND)
    connection.refresh_from_db()
    plant_creators(connection, timezone.now())
    yield connection
    del SOURCES[book.KIND]


def holds(sheet: Connection, *rows: dict[str, Any], **options: Any) -> None:
    Connection.objects.filter(pk=sheet.pk).update(options={"rows": list(rows), **options})


def read(client: Client, sheet: Connection) -> str:
    before = [list(model._default_manager.order_by("pk").values()) for model in STORED]
    answer = client.post(reverse("preview", args=[sheet.pk]))
    assert answer.status_code == 200
    assert [list(model._default_manager.order_by("pk").values()) for model in STORED] == before
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_a_sheet_as_it_is_held_changes_nothing(bob: User, sheet: Connection, signed_in: SignIn) -> None:
    holds(sheet, *AS_HELD)
    assert "Nothing would change Every number stands as it would after a sync. 3 rows read." in read(
        signed_in(bob), sheet
    )
    assert CallBudget.objects.filter(bucket=book.KIND).exists()


def test_counts_that_would_change_are_told_with_the_reason(bob: User, sheet: Connection, signed_in: SignIn) -> None:
    ada = sheet_row(2, "ada", followers=1100, likes=10, comments=120, videos=40, views=2_000_000)
    holds(sheet, ada, *AS_HELD[1:])
    text = read(signed_in(bob), sheet)
    assert "2 counts would change" in text
    assert "ada Spring Followers 1 000 1 100 MAX kept 1,100 (sheet) over 950 (platform)." in text
    assert "Views 250 000 250 000 MAX kept 250,000 (sheet) over 249,000 (platform); 2,000,000 (sheet) waits" in text
    assert "Would be asked: a sudden rise is held" in text
    assert "Likes" not in text


def test_what_it_says_is_what_a_sync_then_does(bob: User, sheet: Connection, signed_in: SignIn) -> None:
    rows = [sheet_row(2, "ada", followers=1100), sheet_row(5, "dee", likes=7)]
    holds(sheet, *rows)
    text = read(signed_in(bob), sheet)
    fill_sheet(sheet, timezone.now(), *rows, complete=True)
    assert "Followers 1 000 1 100" in text
    assert CreatorAccount.objects.get(username="ada").followers == 1100
    assert "1 new account dee" in text
    assert "Likes – 7 MAX took 7 (sheet), the only number." in text
    assert "2 accounts no longer in the sheet bea , cem" in text
    gone = CreatorAccount.objects.filter(missing_since__isnull=False)
    assert sorted(gone.values_list("username", flat=True)) == ["bea", "cem"]


def test_what_comes_back_and_cells_that_would_not_count(bob: User, sheet: Connection, signed_in: SignIn) -> None:
    CreatorAccount.objects.filter(username="cem").update(missing_since=timezone.now())
    holds(sheet, *AS_HELD, sheet_row(9, "eve", url="youtu.be/x"))
    text = read(signed_in(bob), sheet)
    assert "1 account back in the sheet cem" in text
    assert "1 cell that would not count Row 9, link youtu.be/x · It is a short link" in text


@pytest.mark.spec("V1")
def test_looking_at_the_page_reads_no_spreadsheet(bob: User, sheet: Connection, signed_in: SignIn) -> None:
    holds(sheet, dead=True)
    answer = signed_in(bob).get(reverse("preview", args=[sheet.pk]))
    assert answer.status_code == 200
    assert not CallBudget.objects.exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [({"dead": True}, "The key was deleted. What to do: Paste a new one."), ({"per_hour": 0}, "is used up")],
    ids=["dead login", "no calls left"],
)
def test_what_cannot_be_read_says_why(
    options: dict[str, Any], said: str, bob: User, sheet: Connection, signed_in: SignIn
) -> None:
    holds(sheet, **options)
    text = read(signed_in(bob), sheet)
    assert "The spreadsheet could not be read" in text
    assert said in text


def test_only_operators_of_the_workspace_may(alice: User, charlie: User, sheet: Connection, signed_in: SignIn) -> None:
    address = reverse("preview", args=[sheet.pk])
    assert signed_in(charlie).post(address).status_code == 404
    alice.memberships.update(role="viewer")
    assert signed_in(alice).post(address).status_code == 403
    assert signed_in(alice).get(address).status_code == 403
    Connection.objects.update(provider="logikal")
    assert signed_in(alice).get(reverse("creators")).status_code == 200


def test_the_list_of_creators_leads_here(bob: User, sheet: Connection, signed_in: SignIn) -> None:
    assert reverse("preview", args=[sheet.pk]) in signed_in(bob).get(reverse("creators")).content.decode()
    Connection.objects.update(provider="logikal")
    assert signed_in(bob).get(reverse("preview", args=[sheet.pk])).status_code == 404
    assert reverse("preview", args=[sheet.pk]) not in signed_in(bob).get(reverse("creators")).content.decode()
