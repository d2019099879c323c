"""The accounts as a file: all pages of what the list shows, exact, with sources and reasons, harmless."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connections.models import Connection, Workspace
from projects.models import CreatorAccount, CreatorProject
from tests.fixtures.creators import fill_sheet, plant_creators, sheet_row
from tests.fixtures.synced import make_connection

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def sheet(workspace: Workspace) -> Connection:
    connection = make_connection(workspace, "Creators 2026")
    plant_creators(connection, timezone.now())
    return connection


def rows_of(client: Client, **query: Any) -> list[dict[str, str]]:
    answer = client.get(reverse("creators_csv"), query)
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_each_count_has_its_source_both_sides_and_its_reason(alice: User, sheet: Connection, signed_in: SignIn) -> None:
    first, second, third = rows_of(signed_in(alice))
    assert (first["project"], first["username"], first["row"]) == ("Spring", "ada", "2")
    assert first["profile"] == "https://instagram.com/ada"
    told = {name: first[f"followers{name}"] for name in ("", "_source", "_sheet", "_platform", "_rule", "_why")}
    assert list(told.values()) == ["1000", "sheet", "1000", "950", "max", "MAX kept 1,000 (sheet) over 950 (platform)"]
    assert (second["followers_needs_an_answer"], first["followers_needs_an_answer"]) == ("yes", "")
    assert (third["views"], third["views_source"]) == ("", "")


def test_it_holds_what_the_list_shows_on_all_its_pages(alice: User, sheet: Connection, signed_in: SignIn) -> None:
    fill_sheet(sheet, timezone.now(), *(sheet_row(number) for number in range(10, 75)))
    assert len(rows_of(signed_in(alice))) == 68
    assert [row["username"] for row in rows_of(signed_in(alice), sort="-followers")][:2] == ["bea", "ada"]
    assert [row["username"] for row in rows_of(signed_in(alice), asks=1)] == ["bea"]


def test_the_file_is_named_after_the_project_and_kept_by_nobody(
    alice: User, sheet: Connection, signed_in: SignIn
) -> None:
    answer = signed_in(alice).get(reverse("creators_csv"), {"project": CreatorProject.objects.get().pk})
    assert answer["Content-Disposition"] == 'attachment; filename="creators_spring.csv"'
    assert answer["Cache-Control"] == "private, no-store"


def test_nothing_in_it_runs_as_a_formula(alice: User, sheet: Connection, signed_in: SignIn) -> None:
    CreatorAccount.objects.update(username="=HYPERLINK(1)")
    CreatorProject.objects.update(project_name="@SUM(1)")
    row = rows_of(signed_in(alice))[0]
    assert (row["username"], row["project"]) == ("'=HYPERLINK(1)", "'@SUM(1)")


def test_a_stranger_gets_the_head_only(charlie: User, sheet: Connection, signed_in: SignIn) -> None:
    assert rows_of(signed_in(charlie)) == []
