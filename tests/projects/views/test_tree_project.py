"""One project: its phases, and its elevations with pictures, sizes and what is held of them."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from connections.models import Connection, Workspace
from projects.models import Elevation, LogikalProject, PartsList
from projects.views.tree_project import ELEVATIONS_A_PAGE
from tests.fixtures.synced import make_connection
from tests.fixtures.windows import (
    make_directory,
    make_elevation,
    make_parts,
    make_phase,
    make_project,
    make_thumbnail,
    plant,
)

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def windows(workspace: Workspace) -> Connection:
    connection = make_connection(workspace, "Windows")
    plant(connection)
    return connection


def page_of(client: Client, connection: Connection, project: str = "p1", **query: str) -> str:
    answer = client.get(reverse("project", args=[connection.pk, project]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def cards_of(html: str) -> list[str]:
    return [text_of(card) for card in re.findall(r'<li class="elevation.*?</li>', html, re.DOTALL)]


def test_an_elevation_is_shown_with_its_picture_amount_size_and_age(
    alice: User, windows: Connection, signed_in: SignIn
) -> None:
    page = page_of(signed_in(alice), windows)
    assert re.fullmatch(r"Window e1 2 pcs · 1 200 × 900 mm 1 part · .+ ago Up to date", cards_of(page)[0])
    assert f'src="{reverse("thumbnail", args=[windows.pk, "e1"])}?v=' in page
    assert "Default phase" in page
    assert f"?connection={windows.pk}&amp;in=A" in page


def test_elevations_stand_under_their_phases_and_one_phase_can_be_chosen(
    alice: User, windows: Connection, signed_in: SignIn
) -> None:
    make_phase(windows, "p1", "ph2", name="Second floor", description="Above the first")
    make_elevation(windows, "e2", "p1", "ph2")
    page = page_of(signed_in(alice), windows)
    assert re.findall(r'<h2 id="phase-\d"><bdi>(.+?)</bdi>', page) == [
        "Default phase",
        "Second floor",
    ]
    assert "Above the first" in page
    only = page_of(signed_in(alice), windows, phase="ph2")
    assert [card.split()[1] for card in cards_of(only)] == ["e2"]


@pytest.mark.parametrize(
    ("model", "fields", "said"),
    [
        (Elevation, {"version": "2"}, "Changed, not yet read"),
        (Elevation, {"missing_since": timezone.now() - timedelta(hours=2)}, "missing since 2 hours ago Missing"),
        (Elevation, {"is_in_recycle_bin": True}, "Recycle bin"),
        (PartsList, {"refusal": "The file is damaged."}, "Parts refused"),
        (PartsList, {"again": True}, "To be read again"),
        (PartsList, {"external_id": "another"}, "Not read yet"),
        (PartsList, {"warnings": ["Glass is missing."]}, "1 part, 1 warning"),
    ],
    ids=["changed", "missing", "binned", "refused", "forced", "never", "warned"],
)
def test_each_elevation_says_how_old_its_parts_are(
    model: type[Elevation | PartsList],
    fields: dict[str, object],
    said: str,
    alice: User,
    windows: Connection,
    signed_in: SignIn,
) -> None:
    model._default_manager.update(**fields)
    assert said in cards_of(page_of(signed_in(alice), windows))[0]


def test_a_refusal_is_said_with_what_to_do(alice: User, windows: Connection, signed_in: SignIn) -> None:
    LogikalProject.objects.update(refusal="Somebody else is at work on it.", refused_at=timezone.now())
    page = text_of(page_of(signed_in(alice), windows))
    assert "The last attempt to read it did not end Somebody else is at work on it." in page
    assert "What to do: Close the project wherever it is open" in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"refused_until": 2, "refusals": 3}, "Looked at again in 2 hours, or as soon as it changes · refused 3 times"),
        ({"refused_until": -1, "refusals": 1}, "Looked at again with the next sync"),
        ({"refused_until": 2, "refusals": 1, "version": "2"}, "Looked at again with the next sync"),
    ],
    ids=["later", "time is up", "changed since"],
)
def test_with_a_refusal_stands_when_it_is_looked_at_again(
    fields: dict[str, Any], said: str, alice: User, windows: Connection, signed_in: SignIn
) -> None:
    until = timezone.now() + timedelta(hours=fields["refused_until"], minutes=5)
    refused = {"refusal": "It is locked.", "refused_at": timezone.now(), "refused_version": "1"}
    LogikalProject.objects.update(**refused | fields | {"refused_until": until})
    assert said in text_of(page_of(signed_in(alice), windows)).replace(" ,", ",")


def test_what_has_not_been_read_says_so(alice: User, windows: Connection, signed_in: SignIn) -> None:
    make_project(windows, "p2", "A", phases_read="", elevations_read="", thumbnails_read="", parts_lists_read="")
    assert "Its elevations have not been read yet" in page_of(signed_in(alice), windows, "p2")
    make_project(windows, "p3", "A")
    assert "There are no elevations" in page_of(signed_in(alice), windows, "p3")


def test_every_node_offers_to_be_forced_unless_it_is_gone(
    alice: User, bob: User, windows: Connection, signed_in: SignIn
) -> None:
    page = page_of(signed_in(bob), windows)
    assert re.findall(r'name="kind" value="(\w+)"', page) == ["project", "phase"]
    LogikalProject.objects.update(missing_since=timezone.now())
    assert 'name="kind"' not in page_of(signed_in(bob), windows)
    LogikalProject.objects.update(missing_since=None)
    bob.memberships.update(role="viewer")
    assert 'name="kind"' not in page_of(signed_in(bob), windows)


def test_a_stranger_learns_nothing(charlie: User, windows: Connection, signed_in: SignIn) -> None:
    assert signed_in(charlie).get(reverse("project", args=[windows.pk, "p1"])).status_code == 404


def test_a_project_of_another_connection_is_not_found(
    alice: User, workspace: Workspace, windows: Connection, signed_in: SignIn
) -> None:
    other = make_connection(workspace, "Doors")
    make_directory(other, "A")
    assert signed_in(alice).get(reverse("project", args=[other.pk, "p1"])).status_code == 404
    assert signed_in(alice).get(reverse("project", args=[make_connection(workspace).pk, "p1"])).status_code == 404


def test_more_elevations_take_no_more_queries_and_come_by_pages(
    alice: User, windows: Connection, signed_in: SignIn
) -> None:
    client = signed_in(alice)

    def queries() -> int:
        with CaptureQueriesContext(database) as found:
            page_of(client, windows)
        return len(found)

    few = queries()
    for number in range(ELEVATIONS_A_PAGE):
        make_elevation(windows, f"x{number}", "p1")
        make_thumbnail(windows, f"x{number}", "p1")
        make_parts(windows, f"x{number}", "p1", {"code": "A"})
    assert queries() == few <= 15
    assert len(cards_of(page_of(client, windows))) == ELEVATIONS_A_PAGE
    assert len(cards_of(page_of(client, windows, page="2"))) == 1


def test_pictures_themselves_are_not_read_for_the_page(alice: User, windows: Connection, signed_in: SignIn) -> None:
    with CaptureQueriesContext(database) as found:
        page_of(signed_in(alice), windows)
    assert not any('"image"' in query["sql"] for query in found)
