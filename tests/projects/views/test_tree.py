"""The tree of projects: directories, the projects of the opened one, and what a search finds."""

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
from projects.models import LogikalProject
from projects.tree import search
from projects.views.tree import DIRECTORIES_A_PAGE, PROJECTS_A_PAGE
from tests.fixtures.synced import make_connection
from tests.fixtures.windows import make_directory, make_elevation, make_parts, make_phase, make_project

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def windows(workspace: Workspace) -> Connection:
    """Two directories, one of them with another in it, and four projects."""
    connection = make_connection(workspace, "Windows")
    for path in ("Houses", "Houses/2026", "Offices"):
        make_directory(connection, path)
    make_project(connection, "p1", "Houses", name="Villa Alder", job_number="J-100")
    make_project(connection, "p2", "Houses/2026", name="Villa Birch", version="2")
    make_project(connection, "p3", "Offices", name="Tower", offer_number="O-7%")
    make_project(connection, "p4", "", name="Loose end")
    return connection


def page_of(client: Client, **query: str) -> str:
    answer = client.get(reverse("projects"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def rows_of(html: str) -> list[str]:
    return [text_of(row) for row in re.findall(r'<li class="tree-row.*?</li>', html, re.DOTALL)]


def test_the_root_shows_directories_with_their_counts_and_loose_projects(
    alice: User, windows: Connection, signed_in: SignIn
) -> None:
    rows = rows_of(page_of(signed_in(alice)))
    assert [row.split(" Force")[0] for row in rows] == [
        "Houses 2 projects 1 to be read",
        "Offices 1 project Up to date",
        "Loose end changed at an unknown time Up to date",
    ]


def test_a_directory_shows_what_is_in_it_and_no_more(alice: User, windows: Connection, signed_in: SignIn) -> None:
    page = page_of(signed_in(alice), **{"in": "Houses"})
    assert [row.split(" Force")[0] for row in rows_of(page)] == [
        "2026 1 project 1 to be read",
        "Villa Alder Job J-100 · changed at an unknown time Up to date",
    ]
    assert "<h1><bdi>Houses</bdi></h1>" in page
    inner = page_of(signed_in(alice), **{"in": "Houses/2026"})
    assert "Villa Birch" in inner
    assert f"?connection={windows.pk}&amp;in=Houses" in inner


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Up to date"),
        ({"version": "2"}, "Changed, not yet read"),
        ({"phases_read": "", "elevations_read": "", "thumbnails_read": "", "parts_lists_read": ""}, "Not read yet"),
        ({"refusal": "It is open elsewhere.", "refused_at": timezone.now()}, "It is open elsewhere. Refused"),
        ({"missing_since": timezone.now() - timedelta(hours=3)}, "missing since 3 hours ago Missing"),
        ({"is_deleted": True}, "Deleted"),
    ],
    ids=["fresh", "changed", "never", "refused", "missing", "deleted"],
)
def test_each_project_says_how_old_it_is(
    fields: dict[str, object], said: str, alice: User, windows: Connection, signed_in: SignIn
) -> None:
    LogikalProject.objects.filter(external_id="p1").update(**fields)
    row = next(row for row in rows_of(page_of(signed_in(alice), **{"in": "Houses"})) if "Villa" in row)
    assert said in row


def test_what_was_forced_waits_to_be_read_again(alice: User, windows: Connection, signed_in: SignIn) -> None:
    never = {"phases_read": "", "elevations_read": "", "thumbnails_read": "", "parts_lists_read": ""}
    LogikalProject.objects.filter(external_id="p1").update(forced_at=timezone.now(), **never)
    assert "To be read again" in page_of(signed_in(alice), **{"in": "Houses"})


def test_streams_that_never_read_anything_do_not_make_projects_old(
    alice: User, workspace: Workspace, signed_in: SignIn
) -> None:
    connection = make_connection(workspace, "Without parts")
    make_project(connection, "p1", thumbnails_read="", parts_lists_read="")
    assert rows_of(page_of(signed_in(alice)))[0].split(" Force")[0].endswith("Up to date")


def test_excluded_and_missing_directories_are_told_quietly(alice: User, windows: Connection, signed_in: SignIn) -> None:
    windows.options = {"excluded_directories": ["Offices"]}
    windows.save()
    make_directory(windows, "Old", missing_since=timezone.now() - timedelta(days=2))
    rows = rows_of(page_of(signed_in(alice)))
    assert "Old 0 projects · missing since 2 days ago Missing" in rows
    assert rows[1].startswith("Offices 1 project Excluded")
    assert "Excluded by the connection’s options" in page_of(signed_in(alice), **{"in": "Offices"})


def test_connections_are_chosen_and_those_without_a_tree_left_out(
    alice: User, workspace: Workspace, windows: Connection, signed_in: SignIn
) -> None:
    other = make_connection(workspace, "Doors")
    make_project(other, "d1", name="Barn door")
    make_connection(workspace, "Shop")
    first = page_of(signed_in(alice))
    assert "Barn door" in first
    assert re.findall(r"<bdi>(Doors|Windows|Shop)</bdi></a>(?=<a|\n</nav)", first) == ["Doors", "Windows"]
    assert "Loose end" in page_of(signed_in(alice), connection=str(windows.pk))


def test_a_stranger_sees_none_of_it(
    alice: User, charlie: User, bob: User, windows: Connection, signed_in: SignIn
) -> None:
    assert "No projects are connected yet" in page_of(signed_in(charlie))
    assert signed_in(charlie).get(reverse("projects"), {"connection": str(windows.pk)}).status_code == 404
    assert "Houses" in page_of(signed_in(bob))
    make_directory(make_connection(charlie_workspace(charlie), "Chocolates"), "Sweet")
    assert signed_in(charlie).get(reverse("projects"), {"connection": str(windows.pk)}).status_code == 404


def charlie_workspace(charlie: User) -> Workspace:
    return Workspace.objects.get(memberships__user=charlie)


@pytest.mark.parametrize("query", [{"connection": "x"}, {"in": "Nowhere"}], ids=["connection", "directory"])
def test_what_is_not_there_is_not_found(
    query: dict[str, str], alice: User, windows: Connection, signed_in: SignIn
) -> None:
    assert signed_in(alice).get(reverse("projects"), query).status_code == 404


def test_the_page_is_in_the_navigation_where_there_is_a_tree(
    alice: User, workspace: Workspace, signed_in: SignIn
) -> None:
    link = f'<a href="{reverse("projects")}"'
    assert link not in signed_in(alice).get(reverse("ads")).content.decode()
    Connection.objects.filter(pk=make_connection(workspace).pk).update(provider="logikal")
    assert link in signed_in(alice).get(reverse("ads")).content.decode()
    page = page_of(signed_in(alice))
    assert "The tree has not been read yet" in page
    assert "Press Sync now" in page


def test_who_may_only_look_is_offered_no_force(
    alice: User, workspace: Workspace, windows: Connection, signed_in: SignIn
) -> None:
    assert "Force sync" in page_of(signed_in(alice))
    alice.memberships.update(role="viewer")
    assert "Force sync" not in page_of(signed_in(alice))


def test_names_are_shown_as_they_are(alice: User, windows: Connection, signed_in: SignIn) -> None:
    make_directory(windows, HOSTILE, name=HOSTILE, parent_path="")
    make_project(windows, "p5", HOSTILE, name=HOSTILE, job_number=HOSTILE, refusal=HOSTILE, refused_at=timezone.now())
    for query in ({}, {"in": HOSTILE}, {"q": "<img"}):
        page = page_of(signed_in(alice), **query)
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page


def test_more_of_everything_takes_no_more_queries(alice: User, windows: Connection, signed_in: SignIn) -> None:
    client = signed_in(alice)

    def queries() -> int:
        with CaptureQueriesContext(database) as found:
            page_of(client)
            page_of(client, **{"in": "Houses"})
            page_of(client, q="Vill")
        return len(found)

    few = queries()
    for number in range(DIRECTORIES_A_PAGE + 20):
        make_directory(windows, f"Houses/{number:03}")
        make_project(windows, f"x{number}", "Houses", name=f"Village {number:03}")
    assert queries() == few <= 3 * 14
    page = page_of(client, **{"in": "Houses"})
    assert len(rows_of(page)) == DIRECTORIES_A_PAGE + PROJECTS_A_PAGE
    assert "Village 119" in page_of(client, **{"in": "Houses", "page": "3"})
    assert "119 0 projects" in " ".join(rows_of(page_of(client, **{"in": "Houses", "folders": "2"})))


# Search


@pytest.fixture
def parts(windows: Connection) -> Connection:
    make_phase(windows, "p1")
    make_elevation(windows, "e1", "p1", name="Kitchen window")
    make_parts(windows, "e1", "p1", {"code": "AL-100", "name": "Handle, white", "amount": 2}, {"code": "AL_200"})
    return windows


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("alder", ["Villa Alder Job J-100 · changed at an unknown time Up to date"]),
        ("J-10", ["Villa Alder Job J-100 · changed at an unknown time Up to date"]),
        ("O-7", ["Tower Offer O-7% · changed at an unknown time Up to date"]),
        ("kitchen", ["Kitchen window in Villa Alder"]),
        ("AL-1", ["AL-100 · Handle, white in Kitchen window of Villa Alder 2 pcs"]),
        ("handle", ["AL-100 · Handle, white in Kitchen window of Villa Alder 2 pcs"]),
        ("7%", ["Tower Offer O-7% · changed at an unknown time Up to date"]),
        ("l_2", ["AL_200 in Kitchen window of Villa Alder"]),
        ("%%", []),
        ("__", []),
    ],
)
def test_it_is_found_by_name_and_number(
    words: str, found: list[str], alice: User, parts: Connection, signed_in: SignIn
) -> None:
    assert rows_of(page_of(signed_in(alice), q=words)) == found


def test_kinds_are_counted_and_chosen(alice: User, parts: Connection, signed_in: SignIn) -> None:
    make_elevation(parts, "e2", "p1", name="Villa front")
    page = page_of(signed_in(alice), q="villa")
    assert re.findall(r'chip-count">(\d+)', page) == ["2", "1", "0"]
    assert rows_of(page_of(signed_in(alice), q="villa", of="elevations")) == ["Villa front in Villa Alder"]
    assert "Nothing was found" in page_of(signed_in(alice), q="villa", of="parts")
    assert "at least two letters" in page_of(signed_in(alice), q="v")


def test_no_search_counts_without_end(
    alice: User, parts: Connection, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST", 3)
    for number in range(5):
        make_project(parts, f"m{number}", name=f"Many {number}")
    page = page_of(signed_in(alice), q="many")
    assert 'chip-count">3+' in page
    assert "These are the first 3" in page
    assert len(rows_of(page)) == 3


def test_another_connection_is_not_searched(
    alice: User, parts: Connection, strange_workspace: Workspace, signed_in: SignIn
) -> None:
    other = make_connection(strange_workspace, "Chocolates")
    make_project(other, "p1", name="Villa Cocoa")
    make_elevation(other, "e1", "p1", name="Kitchen sweets")
    page = page_of(signed_in(alice), q="kitchen")
    assert rows_of(page) == ["Kitchen window in Villa Alder"]
    assert "Cocoa" not in page_of(signed_in(alice), q="villa")
