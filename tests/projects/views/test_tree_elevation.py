"""One elevation: its facts, its picture and its parts by kind."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from connections.models import Connection, Workspace
from projects.models import Elevation, LogikalProject, Part, PartsList
from projects.tree import parts
from tests.fixtures.synced import make_connection
from tests.fixtures.windows import make_elevation, make_parts, plant

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def windows(workspace: Workspace) -> Connection:
    connection = make_connection(workspace, "Windows")
    plant(connection)
    return connection


def page_of(client: Client, connection: Connection, elevation: str = "e1") -> str:
    answer = client.get(reverse("elevation", args=[connection.pk, elevation]))
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_it_says_what_the_elevation_is_and_where(alice: User, windows: Connection, signed_in: SignIn) -> None:
    surface = {"name": "RAL", "color_inside": "White", "color_outside": "Anthracite"}
    Elevation.objects.update(system_description="System 75", surfaces={"base": surface, "insertions": {}})
    PartsList.objects.update(facts={"weight": "34.5678", "weight_unit": "kg", "system_name": "S75"})
    page = page_of(signed_in(alice), windows)
    said = text_of(page)
    assert "Projects / A / Project p1 / Default phase Window e1 2 pcs 1 200 × 900 mm" in said
    assert "System: System 75" in said
    assert "Surface, base: RAL, White, Anthracite" in said
    assert "insertions" not in said
    assert "Weight: 34.57 kg" in said
    assert 'alt="Drawing of Window e1"' in page
    for name in ("explain", "changes"):
        assert f'href="{reverse(name, args=[windows.pk])}"' in page
    assert f'href="{reverse("history")}?connection={windows.pk}"' in page


def test_parts_are_grouped_by_kind_with_the_columns_that_say_something(
    alice: User, windows: Connection, signed_in: SignIn
) -> None:
    make_elevation(windows, "e2", "p1")
    lot = [
        {"kind": "article", "code": "A-1", "name": "Handle", "amount": "2.5"},
        {"kind": "u_value", "name": "Frame", "value": "1.3", "value_unit": "W/m²K"},
        {"kind": "profile", "code": "P-1", "length_mm": "1234.5", "color": "White"},
        {"kind": "gasket", "code": "G-1"},
    ]
    make_parts(windows, "e2", "p1", *lot)
    page = page_of(signed_in(alice), windows, "e2")
    assert re.findall(r'<h2 id="kind-\w+">([\w ]+?) <', page) == ["Profiles", "Articles", "U values", "Gasket"]
    said = text_of(page)
    assert "Part Colour Length, mm P-1 White 1 234.5" in said
    assert "Part Amount A-1 Handle 2.5" in said
    assert "Part Value Frame 1.3 W/m²K" in said


def test_warnings_and_a_refusal_are_said_in_words(alice: User, windows: Connection, signed_in: SignIn) -> None:
    PartsList.objects.update(warnings=["Glass has no column for name."], refusal="The file is damaged.")
    said = text_of(page_of(signed_in(alice), windows))
    assert "1 thing in its parts list made no sense Glass has no column for name." in said
    assert "Its parts list could not be read The file is damaged." in said
    assert "The parts below are those of the file before" in said
    Part.objects.all().delete()
    assert "No parts are held" in text_of(page_of(signed_in(alice), windows))


def test_what_is_not_held_says_why(alice: User, windows: Connection, signed_in: SignIn) -> None:
    make_elevation(windows, "e2", "p1")
    assert "Its parts list has not been read yet" in page_of(signed_in(alice), windows, "e2")
    make_parts(windows, "e2", "p1")
    assert "It has no parts" in page_of(signed_in(alice), windows, "e2")
    assert "No picture is held" in page_of(signed_in(alice), windows, "e2")
    make_elevation(windows, "e3", "gone")
    assert "Window e3" in page_of(signed_in(alice), windows, "e3")


def test_a_refusal_of_its_project_is_told(alice: User, windows: Connection, signed_in: SignIn) -> None:
    LogikalProject.objects.update(refusal="Somebody else is at work on it.", refused_at=timezone.now())
    assert "Somebody else is at work on it." in page_of(signed_in(alice), windows)


def test_very_many_parts_are_not_all_shown(
    alice: User, windows: Connection, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "MOST_SHOWN", 3)
    monkeypatch.setattr("projects.views.tree_elevation.MOST_SHOWN", 3)
    make_elevation(windows, "e2", "p1")
    make_parts(windows, "e2", "p1", *[{"code": f"A-{number}"} for number in range(5)])
    page = page_of(signed_in(alice), windows, "e2")
    assert "These are the first 3 of 5 parts. The CSV holds all of them." in text_of(page)
    assert "A-3" not in page


def test_more_parts_take_no_more_queries(alice: User, windows: Connection, signed_in: SignIn) -> None:
    client = signed_in(alice)

    def queries() -> int:
        with CaptureQueriesContext(database) as found:
            page_of(client, windows)
        return len(found)

    few = queries()
    for number in range(30):
        Part.objects.create(connection=windows, elevation_id="e1", kind="glass", position=number)
    assert queries() == few <= 15


def test_what_people_typed_is_text(alice: User, windows: Connection, signed_in: SignIn) -> None:
    Elevation.objects.update(name=HOSTILE, user_description=HOSTILE, surfaces={"base": {"name": HOSTILE}})
    Part.objects.update(code=HOSTILE, name=HOSTILE, description=HOSTILE)
    PartsList.objects.update(warnings=[HOSTILE], refusal=HOSTILE, facts={"color": HOSTILE})
    page = page_of(signed_in(alice), windows)
    assert "<img src=x" not in page
    assert 'alt="Drawing of &lt;img src=x' in page


def test_a_stranger_learns_nothing(alice: User, charlie: User, windows: Connection, signed_in: SignIn) -> None:
    assert signed_in(charlie).get(reverse("elevation", args=[windows.pk, "e1"])).status_code == 404
    assert signed_in(alice).get(reverse("elevation", args=[windows.pk, "e9"])).status_code == 404
