"""Parts as a file: complete, exact, in order, and harmless in a spreadsheet."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from connections.models import Connection, Workspace
from projects.models import Part
from projects.tree.export import ELEVATIONS_AT_ONCE
from tests.fixtures.synced import make_connection
from tests.fixtures.windows import make_elevation, make_parts, plant

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def windows(workspace: Workspace) -> Connection:
    connection = make_connection(workspace, "Windows")
    plant(connection)
    return connection


def answer_of(client: Client, connection: Connection, name: str, guid: str) -> Any:
    answer = client.get(reverse(name, args=[connection.pk, guid]))
    assert answer.status_code == 200
    return answer


def rows_of(client: Client, connection: Connection, name: str, guid: str) -> list[dict[str, str]]:
    whole = b"".join(answer_of(client, connection, name, guid).streaming_content).decode()
    assert whole.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(whole.removeprefix("\ufeff"))))


def test_the_parts_of_an_elevation(alice: User, windows: Connection, signed_in: SignIn) -> None:
    Part.objects.update(price="12.345678", length_mm="1200.500000", extra={"Zone": "B", "Anr": 7})
    row = rows_of(signed_in(alice), windows, "elevation_csv", "e1")[0]
    assert {name: value for name, value in row.items() if value} == {
        "project": "Project p1",
        "project_id": "p1",
        "phase": "Default phase",
        "elevation": "Window e1",
        "elevation_id": "e1",
        "elevation_amount": "2",
        "kind": "Articles",
        "position": "1",
        "code": "A-100",
        "name": "Handle",
        "amount": "2",
        "length_mm": "1200.5",
        "price": "12.345678",
        "other_columns": '{"Anr": 7, "Zone": "B"}',
    }


def test_all_parts_of_a_project_in_order_without_what_is_gone(
    alice: User, windows: Connection, signed_in: SignIn
) -> None:
    make_elevation(windows, "e3", "p1", name="A first window")
    make_parts(windows, "e3", "p1", {"code": "1"}, {"code": "2"})
    make_elevation(windows, "e4", "p1", missing_since=timezone.now())
    make_parts(windows, "e4", "p1", {"code": "3"})
    make_elevation(windows, "e5", "p1", is_in_recycle_bin=True)
    make_parts(windows, "e5", "p1", {"code": "4"})
    make_elevation(windows, "e6", "p2")
    make_parts(windows, "e6", "p2", {"code": "5"})
    rows = rows_of(signed_in(alice), windows, "project_csv", "p1")
    assert [(row["elevation_id"], row["code"]) for row in rows] == [("e3", "1"), ("e3", "2"), ("e1", "A-100")]


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_nothing_runs_as_a_formula(begin: str, alice: User, windows: Connection, signed_in: SignIn) -> None:
    Part.objects.update(code=f"{begin}1", name=f"{begin}2", description=f"{begin}3", color=f"{begin}4")
    row = rows_of(signed_in(alice), windows, "project_csv", "p1")[0]
    assert [row[name] for name in ("code", "name", "description", "color")] == [f"'{begin}{at}" for at in (1, 2, 3, 4)]


def test_it_is_a_file_that_nobody_else_keeps(alice: User, windows: Connection, signed_in: SignIn) -> None:
    answer = answer_of(signed_in(alice), windows, "project_csv", "p1")
    assert answer["Content-Disposition"] == 'attachment; filename="project-p1_parts.csv"'
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Type"] == "text/csv; charset=utf-8"


def test_a_large_project_is_sent_in_pieces(alice: User, windows: Connection, signed_in: SignIn) -> None:
    for number in range(2 * ELEVATIONS_AT_ONCE):
        make_elevation(windows, f"x{number:03}", "p1")
        Part.objects.create(connection=windows, elevation_id=f"x{number:03}", kind="glass", position=1)
    answer = answer_of(signed_in(alice), windows, "project_csv", "p1")
    with CaptureQueriesContext(database) as asked:
        pieces = list(answer.streaming_content)
    assert len(pieces) == 4
    assert b"".join(pieces).count(b"\r\n") == 2 * ELEVATIONS_AT_ONCE + 2
    assert len(asked) <= 5


def test_a_stranger_gets_none(charlie: User, windows: Connection, signed_in: SignIn) -> None:
    for name, guid in (("project_csv", "p1"), ("elevation_csv", "e1")):
        assert signed_in(charlie).get(reverse(name, args=[windows.pk, guid])).status_code == 404
