"""What waits for a person: questions side by side, the last answers, bad cells and headers, unmatched profiles."""

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
from projects.creators import answers
from projects.models import CreatorAccount, CreatorProject, MergeConflict
from tests.fixtures.creators import ask_platform, fill_sheet, plant_creators, problem, sheet_row
from tests.fixtures.synced import make_connection

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def sheet(workspace: Workspace) -> Connection:
    connection = make_connection(workspace, "Creators 2026")
    plant_creators(connection, timezone.now())
    return connection


def page_of(client: Client, **query: str | int) -> str:
    answer = client.get(reverse("creators_conflicts"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def questions_of(html: str) -> list[str]:
    return [
        text_of(each) for each in re.findall(r'<article class="card creators-question.*?</article>', html, re.DOTALL)
    ]


def test_a_question_shows_both_sides_what_was_before_and_why(alice: User, sheet: Connection, signed_in: SignIn) -> None:
    html = page_of(signed_in(alice))
    (asked,) = questions_of(html)
    assert asked.startswith("bea , followers Sudden rise, held Before 2 000 Stands meanwhile 2 000 Asked 1 hour ago")
    assert "20,000 (sheet) waits for an answer, because 2,000 stood before" in asked
    assert "Sheet 20 000 Keep sheet" in asked
    assert "Platform 2 000 Keep platform" in asked
    assert "Questions 1" in text_of(html)


@pytest.mark.spec("V40")
def test_a_change_on_both_sides_is_a_question_in_words(alice: User, sheet: Connection, signed_in: SignIn) -> None:
    now = timezone.now()
    CreatorProject.objects.update(policies={"likes": "latest"})
    fill_sheet(sheet, now - timedelta(minutes=9), sheet_row(2, "ada", likes=5200))
    ask_platform(CreatorAccount.objects.get(username="ada"), now - timedelta(minutes=4), likes=5300)
    asked = questions_of(page_of(signed_in(alice)))[0]
    assert asked.startswith("ada , likes Both changed at once")
    assert "so the larger one stands until somebody decides" in asked


def test_the_last_answers_stand_below_and_all_of_them_on_a_page(
    alice: User, bob: User, sheet: Connection, signed_in: SignIn
) -> None:
    account = CreatorAccount.objects.get(username="bea")
    answers.type_in(account.pk, "followers", 2100, now=timezone.now() - timedelta(minutes=5), by=bob)
    html = page_of(signed_in(alice))
    assert questions_of(html) == []
    assert "No question is open" in html
    said = "5 minutes ago bob@example.com bea , followers: 2 000 before, 2 100 since. A number was typed."
    assert said in text_of(html)
    assert said in text_of(page_of(signed_in(alice), of="answered"))


def test_what_went_away_by_itself_says_so(alice: User, sheet: Connection, signed_in: SignIn) -> None:
    fill_sheet(sheet, timezone.now(), sheet_row(3, "bea", followers=2050, likes=300, videos=12))
    assert "nobody bea , followers: 2 000 before, 2 050 since. The question went away by itself." in text_of(
        page_of(signed_in(alice), of="answered")
    )


def test_an_account_that_has_gone_asks_nothing(alice: User, sheet: Connection, signed_in: SignIn) -> None:
    CreatorAccount.objects.update(missing_since=timezone.now())
    assert questions_of(page_of(signed_in(alice))) == []


def test_bad_cells_say_row_field_content_and_why(alice: User, sheet: Connection, signed_in: SignIn) -> None:
    header = {"field": "comments", "raw": "", "why": "There is no column of comments."}
    rows = [
        sheet_row(5, "dee", url="youtu.be/x"),
        sheet_row(6, "ada"),
        sheet_row(7, "ada", problems=[problem("likes", "1.5 M")]),
    ]
    fill_sheet(sheet, timezone.now(), *rows, header_problems=[header])
    text = text_of(page_of(signed_in(alice), of="cells"))
    assert "Row 4 Spring · Creators 2026 Views lots It is no number." in text
    assert "Row 5 Spring · Creators 2026 Link youtu.be/x It is a short link" in text
    assert "Row 7 Spring · Creators 2026 Likes 1.5 M It is no number." in text
    assert "Row 6 is of the same profile." in text
    assert "Headers of Spring Comments: There is no column of comments." in text
    assert "Cells 5" in text


@pytest.mark.spec("V44")
def test_profiles_that_no_platform_answers_for_are_listed_by_their_canonical_address(
    alice: User, sheet: Connection, signed_in: SignIn
) -> None:
    html = page_of(signed_in(alice), of="unmatched")
    assert "Without a platform 1" in text_of(html)
    assert "instagram.com/cem Row 4 of Spring · written https://www.instagram.com/cem/" in text_of(html)
    assert "instagram.com/ada" not in html


def test_one_project_is_shown_by_itself(
    alice: User, workspace: Workspace, sheet: Connection, signed_in: SignIn
) -> None:
    other = make_connection(workspace, "Other sheet")
    fill_sheet(other, timezone.now(), sheet_row(2, "dee"), project_name="Autumn")
    project = CreatorProject.objects.get(project_name="Autumn")
    assert questions_of(page_of(signed_in(alice), project=project.pk)) == []
    assert "instagram.com/dee" in page_of(signed_in(alice), project=project.pk, of="unmatched")
    assert "instagram.com/cem" not in page_of(signed_in(alice), project=project.pk, of="unmatched")
    assert "Row 4" not in page_of(signed_in(alice), project=project.pk, of="cells")


@pytest.mark.parametrize(
    "query", [{"of": "x"}, {"project": "x"}, {"project": "999999"}, {"project": "9" * 30}, {"project": "²"}]
)
def test_what_does_not_exist_is_not_found(
    query: dict[str, str], alice: User, sheet: Connection, signed_in: SignIn
) -> None:
    assert signed_in(alice).get(reverse("creators_conflicts"), query).status_code == 404


@pytest.mark.parametrize("of", ["questions", "answered", "cells", "unmatched"])
def test_a_stranger_sees_nothing_and_a_viewer_no_button(
    of: str, alice: User, charlie: User, sheet: Connection, signed_in: SignIn
) -> None:
    html = page_of(signed_in(charlie), of=of)
    assert "bea" not in html
    assert "cem" not in html
    alice.memberships.update(role="viewer")
    html = page_of(signed_in(alice), of=of)
    assert "Keep sheet" not in html
    assert 'name="answer"' not in html


def test_many_questions_of_a_project_can_be_answered_at_once(alice: User, sheet: Connection, signed_in: SignIn) -> None:
    fill_sheet(sheet, timezone.now(), sheet_row(2, "ada", views=5_000_000))
    html = page_of(signed_in(alice))
    assert "Keep sheet for all 2 of Spring" in text_of(html)
    marks = re.findall(r'name="asked" value="([^"]+)"', html)
    project = CreatorProject.objects.get()
    signed_in(alice).post(reverse("creators_answer_all", args=[project.pk]), {"answer": "sheet", "asked": marks[:2]})
    assert not MergeConflict.objects.filter(state="open").exists()


def test_any_number_of_questions_costs_the_same(alice: User, sheet: Connection, signed_in: SignIn) -> None:
    client = signed_in(alice)
    with CaptureQueriesContext(database) as few:
        page_of(client)
    now = timezone.now()
    for followers in (10, 50_000):
        rows = [sheet_row(number, followers=followers) for number in range(20, 80)]
        fill_sheet(sheet, now + timedelta(seconds=followers), *rows)
    with CaptureQueriesContext(database) as many:
        html = page_of(client)
    assert len(questions_of(html)) == 50
    assert len(many) <= len(few) + 1
