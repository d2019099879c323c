"""Parts lists: real SQLite files of the known shape, always the same for one version of an elevation."""

import base64
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from connections.providers.logikal.sandbox import Sandbox
from connections.providers.logikal.sandbox.accounts import DEMO_USER, SEVENTEEN_USER
from connections.sandbox.clock import SandboxClock
from tests.connections.providers.logikal.sandbox.asking import AFTERNOON, Caller

ROWS = {
    "Projects": 1,
    "Phases": 1,
    "Elevations": 1,
    "Articles": 32,
    "Profiles": 21,
    "Glass": 2,
    "Insertions": 4,
    "LabourTimes": 27,
    "LabourCosts": 21,
    "CalcDetailItems": 140,
    "MountingLines": 4,
    "UValue": 22,
    "Colors": 6,
    "ElevationCE": 20,
    "Suppliers": 4,
    "Manufacturers": 3,
}
COLUMNS = {
    "Articles": ["ArticleCode", "Description", "Amount", "Color"],
    "Profiles": ["ArticleCode", "Description", "Length", "Color", "Price"],
    "Glass": ["GlassID", "Name"],
    "CalcDetailItems": ["CalcDetailItemID", "CalcItemNameID", "Value"],
    "UValue": ["Name", "U", "U_Unit", "Area", "Area_Unit"],
}


@contextmanager
def opened(file: bytes) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(file)
        yield connection


def columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def first(caller: Caller) -> dict[str, Any]:
    return caller.logikal.truth(SEVENTEEN_USER)["elevations"][0]


def test_it_is_a_sound_database_in_base64(caller: Caller) -> None:
    file = base64.b64decode(caller.signed_in_at("elevation").data("elevations/selected/parts-list"), validate=True)
    assert file == caller.logikal.parts_list(first(caller)["id"])
    assert file.startswith(b"SQLite format 3\0")
    with opened(file) as connection:
        assert connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]


def test_it_has_the_known_tables_with_as_many_rows(caller: Caller) -> None:
    with opened(caller.logikal.parts_list(first(caller)["id"])) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone() == (71,)
        assert {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ROWS} == ROWS
        assert {name: columns(connection, name) for name in COLUMNS} == COLUMNS


def test_its_elevation_is_the_one_of_the_api(caller: Caller) -> None:
    elevation = first(caller)
    wanted = "ElevationID, Name, Width_Output, Width_Unit, Heighth_Output, AutoDescription, SystemName"
    with opened(caller.logikal.parts_list(elevation["id"])) as connection:
        (row,) = connection.execute(f"SELECT {wanted} FROM Elevations")
        assert "Heighth_Unit" not in columns(connection, "Elevations")
    assert row[:3] == (elevation["id"], elevation["name"], elevation["width"])
    assert row[3:5] == ("mm", elevation["height"])
    assert row[5:] == (elevation["automaticDescription"], elevation["systemDescription"])


def test_it_is_about_as_large_as_the_real_ones(caller: Caller) -> None:
    sizes = [len(caller.logikal.parts_list(one["id"])) for one in caller.logikal.truth(SEVENTEEN_USER)["elevations"]]
    assert len(set(sizes)) > 10
    assert all(650_000 <= size <= 1_750_000 for size in sizes)


def test_small_ones_can_be_had(caller: Caller) -> None:
    caller.logikal.add_account("small", parts_bytes=(0, 0))
    elevation = caller.logikal.truth("small")["elevations"][0]
    assert len(caller.logikal.parts_list(elevation["id"], account="small")) < 400_000


def test_one_version_is_always_the_same_bytes(caller: Caller) -> None:
    clock = SandboxClock()
    clock.freeze(AFTERNOON)
    identifier = first(caller)["id"]
    assert Sandbox(clock).parts_list(identifier) == caller.logikal.parts_list(identifier)


def test_another_version_has_other_articles_and_the_same_glass(caller: Caller) -> None:
    identifier = first(caller)["id"]
    before = caller.logikal.parts_list(identifier)
    caller.logikal.change(identifier, amount=3.0)
    with opened(before) as old, opened(caller.logikal.parts_list(identifier)) as new:
        for table, moves in (("Articles", True), ("Glass", False)):
            rows = [connection.execute(f"SELECT * FROM {table}").fetchall() for connection in (old, new)]
            assert (rows[0] != rows[1]) is moves


def test_every_elevation_of_the_demo_has_its_own(caller: Caller) -> None:
    elevations = [one["id"] for one in caller.logikal.truth(DEMO_USER)["elevations"]]
    assert len({caller.logikal.parts_list(one) for one in elevations}) == len(elevations)


def test_a_parts_list_is_read_by_who_selected_the_elevation(caller: Caller) -> None:
    second = caller.logikal.truth(SEVENTEEN_USER)["elevations"][1]["id"]
    text = caller.signed_in_at("phase").go(elevation=second).data("elevations/selected/parts-list")
    with opened(base64.b64decode(text)) as connection:
        assert connection.execute("SELECT ElevationID FROM Elevations").fetchone() == (second,)


@pytest.mark.parametrize("table", ["Articles", "Profiles", "UValue"])
def test_number_columns_hold_numbers(caller: Caller, table: str) -> None:
    numeric = {"Articles": "Amount", "Profiles": "Length", "UValue": "U"}[table]
    with opened(caller.logikal.parts_list(first(caller)["id"])) as connection:
        assert {kind for (kind,) in connection.execute(f"SELECT typeof({numeric}) FROM {table}")} == {"real"}
