"""One account of a creator: counts with both sides and reasons, growth, the last thirty snapshots, and who answered."""

import json
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

from connections import profiles
from connections.models import Connection, Workspace
from projects.creators import answers
from projects.creators.readings import Side
from projects.models import AccountSnapshot, CreatorAccount
from projects.tables import TABLES
from tests.fixtures.creators import fill_sheet, plant_creators, sheet_row
from tests.fixtures.synced import make_connection

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
HOSTILE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture
def sheet(workspace: Workspace) -> Connection:
    connection = make_connection(workspace, "Creators 2026")
    plant_creators(connection, timezone.now())
    return connection


def page_of(client: Client, name: str = "ada", **query: str) -> str:
    account = CreatorAccount.objects.get(username=name)
    answer = client.get(reverse("creator", args=[account.pk]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def count_of(html: str, metric: str) -> str:
    (found,) = re.findall(rf'<li class="creators-count" id="count-{metric}".*?</li>', html, re.DOTALL)
    return text_of(found)


def snapshots_of(html: str) -> list[str]:
    (table,) = re.findall(r'id="snapshots".*?</table>', html, re.DOTALL)
    return [text_of(row) for row in re.findall(r"<tr><th scope=\"row\".*?</tr>", table, re.DOTALL)]


def test_each_count_has_both_sides_a_source_and_a_sentence(alice: User, sheet: Connection, signed_in: SignIn) -> None:
    html = page_of(signed_in(alice))
    followers = count_of(html, "followers")
    assert followers.startswith("Followers 1 000 sheet")
    assert "MAX kept 1,000 (sheet) over 950 (platform)." in followers
    assert "Sheet 1 000 Keep sheet" in followers
    assert "Platform 950 Keep platform" in followers
    assert "As its project does: the larger number" in followers
    assert followers.endswith("Lock followers")
    assert "Neither the sheet nor the platform has a number." in count_of(html, "following")
    assert "Lock following" not in html


def test_a_question_stands_above_with_what_was_before(alice: User, sheet: Connection, signed_in: SignIn) -> None:
    html = page_of(signed_in(alice), "bea")
    (asked,) = re.findall(r'<article class="card creators-question".*?</article>', html, re.DOTALL)
    assert text_of(asked).startswith("Followers Sudden rise, held Before 2 000 Stands meanwhile 2 000 Asked 1 hour ago")
    assert "Keep sheet" not in count_of(html, "followers")


@pytest.mark.spec("V22")
def test_the_last_thirty_snapshots_are_listed_newest_first(alice: User, sheet: Connection, signed_in: SignIn) -> None:
    now = timezone.now()
    for day in range(40, -1, -1):
        fill_sheet(sheet, now - timedelta(days=day), sheet_row(9, "eve", followers=1000 + 10 * (40 - day), views=7))
    html = page_of(signed_in(alice), "eve")
    rows = snapshots_of(html)
    today = now.astimezone(sheet.workspace.zone).date()
    assert len(rows) == 30
    assert rows[0].startswith(f"{today:%a} {today.day} {today:%b %Y} 1 400")
    assert rows[1].split()[-6:] == ["390", "–", "–", "–", "7", "–"]
    assert "+10 in 24 hours, +300 in 30 days" in count_of(html, "followers")


def test_the_chart_draws_how_it_stood_and_grew(alice: User, sheet: Connection, signed_in: SignIn) -> None:
    now = timezone.now()
    for day, followers in ((3, 100), (2, 130), (0, 250)):
        fill_sheet(sheet, now - timedelta(days=day), sheet_row(9, "eve", followers=followers, views=10))
        assert ("daily-numbers" in page_of(signed_in(alice), "eve")) == (day < 3), "a line has two ends"
    html = page_of(signed_in(alice), "eve")
    (text,) = re.findall(r'<script id="daily-numbers" type="application/json">(.*?)</script>', html)
    drawn = json.loads(text)
    assert [series["values"] for series in drawn["series"]] == [[None, 30, None, None], [100, 130, None, 250]]
    assert len(drawn["dates"]) == 4
    assert "Views of the last 30 days" in page_of(signed_in(alice), "eve", chart="views")
    assert "Followers of the last 30 days" in page_of(signed_in(alice), "eve", chart="nonsense")


def test_who_answered_what_and_when_is_told(alice: User, bob: User, sheet: Connection, signed_in: SignIn) -> None:
    account = CreatorAccount.objects.get(username="ada")
    answers.accept(account.pk, "followers", Side.PLATFORM, now=timezone.now() - timedelta(hours=1), by=bob)
    html = page_of(signed_in(alice))
    assert "1 hour ago bob@example.com Followers: 1 000 before, 950 since. The platform’s number was kept." in text_of(
        html
    )
    assert count_of(html, "followers").startswith("Followers 950 platform")


@pytest.mark.spec("V38")
def test_what_the_platform_said_last_and_why_not_is_told(alice: User, sheet: Connection, signed_in: SignIn) -> None:
    account = CreatorAccount.objects.get(username="ada")
    platform = make_connection(sheet.workspace, "YouTube channels")
    said = profiles.read(account.profile, external_id="UC1", name=HOSTILE, counts={"followers": 5})
    table = TABLES["platform_profiles"]
    table.upsert(platform.pk, [said], seen_at=timezone.now())
    page = page_of(signed_in(alice))
    assert HOSTILE not in page
    assert "YouTube channels shows this profile as &lt;/script&gt;" in text_of(page)
    failed = profiles.unread(account.profile, profiles.FAILED, "The servers are in trouble.")
    table.upsert(platform.pk, [failed], seen_at=timezone.now())
    assert "YouTube channels gave no numbers: The servers are in trouble." in text_of(page_of(signed_in(alice)))


def test_a_viewer_sees_all_of_it_and_no_button(alice: User, sheet: Connection, signed_in: SignIn) -> None:
    alice.memberships.update(role="viewer")
    html = page_of(signed_in(alice))
    assert "MAX kept 1,000 (sheet) over 950 (platform)." in html
    assert "Rule: the larger number, as its project does" in text_of(html)
    assert "Keep sheet" not in html
    assert "/answer" not in html


def test_a_stranger_finds_no_account(charlie: User, sheet: Connection, signed_in: SignIn) -> None:
    account = CreatorAccount.objects.get(username="ada")
    assert signed_in(charlie).get(reverse("creator", args=[account.pk])).status_code == 404
    assert signed_in(charlie).get(reverse("creator", args=[10**17])).status_code == 404
    assert signed_in(charlie).get(f"/creators/{10**30}/").status_code == 404


def test_an_account_that_has_gone_says_since_when(alice: User, sheet: Connection, signed_in: SignIn) -> None:
    CreatorAccount.objects.update(missing_since=timezone.now() - timedelta(days=3), username=HOSTILE)
    account = CreatorAccount.objects.order_by("row_number")[0]
    html = signed_in(alice).get(reverse("creator", args=[account.pk])).content.decode()
    assert "No longer in the sheet since 3 days ago" in text_of(html)
    assert HOSTILE not in html


def test_an_account_without_snapshots_or_reasons_is_shown_too(
    alice: User, sheet: Connection, signed_in: SignIn
) -> None:
    AccountSnapshot.objects.all().delete()
    CreatorAccount.objects.update(decisions={})
    html = page_of(signed_in(alice))
    assert "There is no snapshot yet" in html
    assert count_of(html, "followers").startswith("Followers 1 000 no number")


def test_the_page_asks_the_database_little(alice: User, sheet: Connection, signed_in: SignIn) -> None:
    client = signed_in(alice)
    with CaptureQueriesContext(database) as asked:
        page_of(client)
    assert len(asked) <= 30
