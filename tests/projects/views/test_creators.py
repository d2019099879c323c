"""The list of creators' accounts: what stands, why, and what needs an answer."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from connections.models import Connection, Workspace
from projects.models import CreatorAccount, CreatorProject
from projects.views.creators import ACCOUNTS_A_PAGE
from tests.fixtures.creators import fill_sheet, plant_creators, sheet_row
from tests.fixtures.synced import make_connection

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def sheet(workspace: Workspace) -> Connection:
    connection = make_connection(workspace, "Creators 2026")
    plant_creators(connection, timezone.now())
    return connection


def page_of(client: Client, **query: str | int) -> str:
    answer = client.get(reverse("creators"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def rows_of(html: str) -> list[str]:
    return [text_of(row) for row in re.findall(r'<tr role="row" id="account-.*?</tr>', html, re.DOTALL)]


def names_of(html: str) -> list[str]:
    return [row.split()[0] for row in rows_of(html)]


def test_each_account_says_what_stands_where_it_is_from_and_why(
    alice: User, sheet: Connection, signed_in: SignIn
) -> None:
    html = page_of(signed_in(alice))
    assert names_of(html) == ["ada", "bea", "cem"]
    first = rows_of(html)[0]
    assert "1 000 Why followers of ada: sheet MAX kept 1,000 (sheet) over 950 (platform)." in first
    assert "5 100 Why likes of ada: platform MAX kept 5,100 (platform) over 5,000 (sheet)." in first
    assert 'title="MAX kept 1,000 (sheet) over 950 (platform)"' in html
    assert "Spring" in text_of(html)


def test_what_needs_an_answer_is_counted_and_found(alice: User, sheet: Connection, signed_in: SignIn) -> None:
    html = page_of(signed_in(alice))
    assert "1 question needs an answer" in text_of(html)
    assert reverse("creators_conflicts") in html
    assert names_of(page_of(signed_in(alice), asks=1)) == ["bea"]


def test_what_has_gone_from_the_sheet_is_listed_apart(alice: User, sheet: Connection, signed_in: SignIn) -> None:
    CreatorAccount.objects.filter(username="cem").update(missing_since=timezone.now() - timedelta(days=2))
    assert names_of(page_of(signed_in(alice))) == ["ada", "bea"]
    gone = page_of(signed_in(alice), gone=1)
    assert names_of(gone) == ["cem"]
    assert "gone since 2 days ago" in rows_of(gone)[0]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "BE"}, ["bea"]),
        ({"q": "instagram.com/cem"}, ["cem"]),
        ({"platform": "instagram"}, ["ada", "bea", "cem"]),
        ({"platform": "youtube"}, []),
        ({"sort": "-followers"}, ["bea", "ada", "cem"]),
        ({"sort": "views"}, ["ada", "bea", "cem"]),
        ({"sort": "-account"}, ["cem", "bea", "ada"]),
    ],
    ids=str,
)
def test_accounts_are_found_and_sorted(
    query: dict[str, str], found: list[str], alice: User, sheet: Connection, signed_in: SignIn
) -> None:
    html = page_of(signed_in(alice), **query)
    assert names_of(html) == found
    assert ("No account fits" in html) is (not found)


def test_platforms_have_the_names_that_people_know(alice: User, sheet: Connection, signed_in: SignIn) -> None:
    CreatorAccount.objects.filter(username="ada").update(platform="youtube")
    CreatorAccount.objects.filter(username="bea").update(platform="vimeo")
    html = page_of(signed_in(alice))
    assert "YouTube · changed" in rows_of(html)[0]
    assert '<option value="youtube">YouTube</option>' in html
    assert "Vimeo · changed" in rows_of(html)[1]


def test_one_project_is_shown_by_itself(
    alice: User, workspace: Workspace, sheet: Connection, signed_in: SignIn
) -> None:
    other = make_connection(workspace, "Other sheet")
    fill_sheet(other, timezone.now(), sheet_row(2, "dee"), project_name="Autumn")
    assert names_of(page_of(signed_in(alice))) == ["ada", "bea", "cem", "dee"]
    project = CreatorProject.objects.get(project_name="Autumn")
    html = page_of(signed_in(alice), project=project.pk)
    assert names_of(html) == ["dee"]
    assert "<h1><bdi>Autumn</bdi></h1>" in html


@pytest.mark.spec("V48")
def test_active_projects_are_counted_apart(
    alice: User, workspace: Workspace, sheet: Connection, signed_in: SignIn
) -> None:
    fill_sheet(make_connection(workspace, "Other sheet"), timezone.now(), sheet_row(2, "dee"), project_name="Autumn")
    CreatorProject.objects.filter(project_name="Autumn").update(is_active=False)
    html = page_of(signed_in(alice))
    assert "2 projects, 1 active" in html
    assert "Autumn (not active)" not in html
    assert "Autumn, Other sheet (not active)" in html


@pytest.mark.parametrize("query", [{"sort": "nonsense"}, {"project": "x"}, {"q": "x" * 101}, {"project": "9" * 30}])
def test_a_bad_question_is_answered_in_words(
    query: dict[str, str], alice: User, sheet: Connection, signed_in: SignIn
) -> None:
    assert "This cannot be shown" in page_of(signed_in(alice), **query)
    assert signed_in(alice).get(reverse("creators_csv"), query).status_code == 400


def test_growth_in_a_day_stands_below_the_number(alice: User, sheet: Connection, signed_in: SignIn) -> None:
    now = timezone.now()
    for day, followers in ((3, 100), (2, 130), (0, 250)):
        fill_sheet(sheet, now - timedelta(days=day), sheet_row(9, "eve", followers=followers))
    row = next(row for row in rows_of(page_of(signed_in(alice))) if row.startswith("eve"))
    assert "250 +120 in 24 h" in row


def test_a_stranger_sees_nothing_of_it(charlie: User, sheet: Connection, signed_in: SignIn) -> None:
    html = page_of(signed_in(charlie))
    assert "No spreadsheet of creators is connected yet" in html
    assert "ada" not in html
    assert reverse("connect") in html
    project = CreatorProject.objects.get()
    assert signed_in(charlie).get(reverse("creators"), {"project": project.pk}).status_code == 404


def test_it_is_in_the_navigation_where_there_is_a_sheet(
    alice: User, charlie: User, sheet: Connection, signed_in: SignIn
) -> None:
    link = f'href="{reverse("creators")}"'
    assert link in signed_in(alice).get(reverse("overview")).content.decode()
    assert link not in signed_in(charlie).get(reverse("overview")).content.decode()


def test_a_sheet_without_accounts_says_what_to_do(alice: User, workspace: Workspace, signed_in: SignIn) -> None:
    fill_sheet(make_connection(workspace, "Empty"), timezone.now())
    assert "No account has been read yet" in page_of(signed_in(alice))


def test_sync_now_and_rules_are_for_those_who_may(alice: User, sheet: Connection, signed_in: SignIn) -> None:
    action = f'action="{reverse("sync_now", args=[sheet.pk])}"'
    rules = f'href="{reverse("creators_project", args=[CreatorProject.objects.get().pk])}"'
    page = page_of(signed_in(alice))
    assert action in page
    assert rules in page
    alice.memberships.update(role="viewer")
    page = page_of(signed_in(alice))
    assert action not in page
    assert rules not in page


def test_what_people_typed_is_harmless(alice: User, sheet: Connection, signed_in: SignIn) -> None:
    CreatorAccount.objects.update(username=HOSTILE)
    CreatorProject.objects.update(project_name=HOSTILE)
    assert HOSTILE not in page_of(signed_in(alice), q=HOSTILE) + page_of(signed_in(alice))


def test_any_number_of_accounts_costs_the_same(alice: User, sheet: Connection, signed_in: SignIn) -> None:
    client = signed_in(alice)
    with CaptureQueriesContext(database) as few:
        page_of(client)
    fill_sheet(sheet, timezone.now(), *(sheet_row(number) for number in range(10, 40 + ACCOUNTS_A_PAGE)))
    with CaptureQueriesContext(database) as many:
        html = page_of(client)
    assert len(many) <= len(few) + 2
    assert len(rows_of(html)) == ACCOUNTS_A_PAGE
    assert "page=2" in html
