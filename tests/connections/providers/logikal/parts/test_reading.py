"""What a parts list says, under the names of one version and another."""

from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

import orjson
import pytest

from connections.providers.logikal.parts.parts_list import Elevation, Part, PartsList
from connections.providers.logikal.parts.reader import read
from tests.connections.providers.logikal.parts.files import SEEN_ROWS, Statement, made, realistic, small
from tests.connections.providers.logikal.parts.hostile import forged

pytestmark = pytest.mark.once


def parts(kind: str, *more: Statement, without: str = "") -> list[Part]:
    return [part for part in read(small(*more, without=without)).parts if part.kind == kind]


def instead(columns: str, *rows: tuple[object, ...], table: str = "Articles") -> PartsList:
    """The small file with another table of this name."""
    values = f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})"
    return read(small(f"CREATE TABLE {table} ({columns})", (values, list(rows)), without=table))


def only(found: PartsList, kind: str) -> Part:
    (part,) = [part for part in found.parts if part.kind == kind]
    return part


def test_a_file_of_the_known_shape_is_read_without_a_warning() -> None:
    found = read(small())
    assert found.warnings == ()
    assert found.other_tables == ()
    assert [(part.kind, part.position) for part in found.parts] == [
        ("article", 1), ("article", 2), ("profile", 1), ("profile", 2), ("glass", 1), ("glass", 2), ("u_value", 1),
    ]  # fmt: skip


def test_an_article() -> None:
    assert parts("article")[0] == Part(
        "article", 1, code="A-100", description="Corner cleat", amount=Decimal(8), color="mill"
    )


def test_a_profile_has_its_length_in_millimetres() -> None:
    assert parts("profile")[1] == Part(
        "profile", 2, code="P-20", description="Sash", length_mm=Decimal(615), color="RAL 7016", price=Decimal(30)
    )


def test_a_glass_and_a_u_value() -> None:
    assert parts("glass")[0] == Part("glass", 1, code="1", name="4/16/4")
    assert parts("u_value")[0] == Part(
        "u_value", 1, name="Frame", value=Decimal("1.4"), value_unit="W/m²K", area=Decimal("0.6"), area_unit="m²"
    )


ELEVATION = Elevation(
    elevation_id="7",
    name="Window 1",
    description="Window with two sashes",
    short_description="Window",
    width=Decimal(1230),
    width_unit="mm",
    height=Decimal("1480.5"),
    height_unit="mm",
    weight=Decimal("61.25"),
    weight_unit="kg",
    area=Decimal("1.821"),
    area_unit="m²",
    system_code="AWS75",
    system_name="AWS 75.SI+",
    system_long_name="Aluminium window system 75",
    color="RAL 7016 anthracite",
)


def test_the_elevation() -> None:
    assert read(small()).elevation == ELEVATION


def test_the_elevation_under_the_names_of_another_version() -> None:
    renamed = [
        ("Width_Out", "Width_Output"), ("Heighth_Out", "Height_Output"), ("Heighth_Unit", "Height_Unit"),
        ("Systemcode", "SystemCode"),
    ]  # fmt: skip
    found = read(small(*(f"ALTER TABLE Elevations RENAME COLUMN {old} TO {new}" for old, new in renamed)))
    assert found.elevation == ELEVATION
    assert found.warnings == ()


def test_a_second_elevation_is_left_out_with_a_warning() -> None:
    found = read(small("INSERT INTO Elevations (Name) VALUES ('Window 2')"))
    assert found.elevation == ELEVATION
    assert found.warnings == ("Elevations has more than 1 row; the others are left out.",)


def test_a_realistic_file() -> None:
    content = realistic()
    found = read(content)
    assert 700_000 < len(content) < 1_700_000
    assert found.warnings == ()
    assert len(found.parts) == 32 + 21 + 2 + 22
    assert len(found.other_tables) == 71 - 5
    assert {each.name: each.rows for each in found.other_tables}["LabourTimes"] == SEEN_ROWS["LabourTimes"]


def test_the_same_file_gives_the_same_parts() -> None:
    assert read(realistic()) == read(realistic())


def test_parts_are_plain_enough_to_be_stored() -> None:
    found = read(small("ALTER TABLE Articles ADD COLUMN Picture", "UPDATE Articles SET Picture = x'00ff'"))
    assert orjson.loads(orjson.dumps(asdict(found), default=str))["parts"][0]["extra"] == {"Picture": {"bytes": 2}}


# Columns


@pytest.mark.parametrize("name", ["Code", "ARTICLECODE", "article_code", "ArticleNo", "Article Number", "Item_Code"])
def test_a_code_goes_by_many_names(name: str) -> None:
    found = instead(f'"{name}", Description, Amount, Color', ("A-1", "", 1, ""))
    assert only(found, "article").code == "A-1"
    assert found.warnings == ()


def test_of_two_columns_that_fit_the_better_name_counts_and_the_other_is_kept() -> None:
    found = only(instead("Code, ArticleCode, Article_Code", ("x", "A-1", "y")), "article")
    assert found.code == "A-1"
    assert found.extra == {"Code": "x", "Article_Code": "y"}


def test_tables_are_found_whatever_their_case() -> None:
    found = read(small("ALTER TABLE Articles RENAME TO x", "ALTER TABLE x RENAME TO ARTICLES"))
    assert found.warnings == ()
    assert len(found.parts) == 7


def test_a_missing_column_is_a_warning() -> None:
    found = instead("ArticleCode, Color", ("A-1", "mill"))
    assert only(found, "article").amount is None
    assert found.warnings == ("Articles has no column for description.", "Articles has no column for amount.")


@pytest.mark.parametrize("table", ["Articles", "Profiles", "Glass", "UValue", "Elevations"])
def test_a_missing_table_is_a_warning(table: str) -> None:
    found = read(small(without=table))
    assert found.warnings == (f"The table {table} is missing.",)
    assert (found.elevation is None) is (table == "Elevations")


def test_an_empty_table_is_none() -> None:
    found = read(small("DELETE FROM Articles", "DELETE FROM Elevations"))
    assert found.elevation is None
    assert found.warnings == ()


def test_unknown_columns_are_kept_without_their_nulls() -> None:
    found = only(instead("ArticleCode, Weight, Note, Number, Empty", ("A-1", 1.25, "x\0y", 2**62, None)), "article")
    assert found.extra == {"Weight": 1.25, "Note": "xy", "Number": 2**62}


def test_unknown_columns_are_bounded() -> None:
    columns = ", ".join(f"c{at}" for at in range(300))
    found = instead(f"ArticleCode, {columns}", ("A-1", *["long " * 50] * 300))
    assert len(orjson.dumps(only(found, "article").extra)) < 9000
    assert "Articles: what else it holds is too much and cut in 1 row." in found.warnings


# Values


ODD: list[tuple[str, Any, Any]] = [
    ("text", "about 5", "about 5"),
    ("infinite", float("inf"), "inf"),
    ("huge", 2**63 - 1, 2**63 - 1),
    ("bytes", b"\1\2", {"bytes": 2}),
    ("a comma that may be one of thousands", "1,234", "1,234"),
]


@pytest.mark.parametrize(("value", "kept"), [each[1:] for each in ODD], ids=[each[0] for each in ODD])
def test_what_is_no_number_is_none_with_a_warning_and_kept_as_it_is(value: object, kept: object) -> None:
    found = instead("ArticleCode, Amount", ("A-1", value), ("A-2", 3))
    one, two = (part for part in found.parts if part.kind == "article")
    assert (one.amount, one.extra) == (None, {"Amount": kept})
    assert (two.amount, two.extra) == (Decimal(3), {})
    assert any("amount is" in each and each.endswith("in 1 row.") for each in found.warnings)


def test_nulls_and_nan_are_nothing_and_no_warning() -> None:
    found = instead("ArticleCode, Description, Amount REAL, Color", (None, None, float("nan"), None))
    assert only(found, "article") == Part("article", 1)
    assert found.warnings == ()


def test_each_odd_thing_is_said_once() -> None:
    found = instead("ArticleCode, Description, Amount, Color", *[("A", "", "many", "")] * 500)
    assert found.warnings == ("Articles: amount is not a number in 500 rows.",)


def test_bytes_in_place_of_a_text_are_no_text() -> None:
    found = instead("ArticleCode, Description, Amount, Color", (b"A-1", "", 1, ""))
    assert only(found, "article").code == ""
    assert found.warnings == ("Articles: code is not text in 1 row.",)


def test_a_text_in_another_encoding_is_read_as_far_as_it_goes() -> None:
    found = read(small("UPDATE Glass SET Name = CAST(x'4b6cff61' AS TEXT) WHERE GlassID = 1"))
    assert [part.name for part in found.parts if part.kind == "glass"] == ["Kl\ufffda", "6/14/6"]
    assert found.warnings == ("Glass: name is not readable in every character in 1 row.",)


def test_nul_characters_are_taken_out() -> None:
    found = read(small("UPDATE Glass SET Name = 'a' || char(0) || 'b'"))
    assert {part.name for part in found.parts if part.kind == "glass"} == {"ab"}


# Lengths


@pytest.mark.parametrize(
    ("columns", "row", "expected"),
    [
        ("ArticleCode, Length", ("P", 1.234567), "1234.567"),
        ("ArticleCode, Length_mm", ("P", 615), "615"),
        ("ArticleCode, Length, Length_Unit", ("P", 1.5, "m"), "1500"),
        ("ArticleCode, Length, Length_Unit", ("P", 1500, "mm"), "1500"),
        ("ArticleCode, Length, Length_Unit", ("P", 10, "in"), "254"),
        ("ArticleCode, Length, Length_Unit", ("P", 1.5, None), "1500"),
        ("ArticleCode, Length", ("P", "1,5"), "1500"),
    ],
)
def test_a_length_is_in_metres_unless_the_file_says_otherwise(
    columns: str, row: tuple[Any, ...], expected: str
) -> None:
    found = only(instead(columns, row, table="Profiles"), "profile")
    assert found.length_mm == Decimal(expected)
    assert found.extra == {}


def test_a_length_in_an_unknown_unit_is_kept_as_it_is() -> None:
    found = instead("ArticleCode, Length, Length_Unit", ("P", 3, "cubits"), table="Profiles")
    assert only(found, "profile").length_mm is None
    assert only(found, "profile").extra == {"Length": 3, "Length_Unit": "cubits"}
    assert "Profiles: length_mm is in an unknown unit in 1 row." in found.warnings


# Kinds of files


@pytest.mark.parametrize("page_size", [512, 1024, 65536])
def test_any_page_size_is_read(page_size: int) -> None:
    assert read(small(page_size=page_size)).parts == read(small()).parts


@pytest.mark.parametrize("setting", ["encoding = 'UTF-16le'", "encoding = 'UTF-16be'", "auto_vacuum = 1"])
def test_any_encoding_is_read(setting: str) -> None:
    content = made(
        f"PRAGMA {setting}", "CREATE TABLE Glass (GlassID, Name)", "INSERT INTO Glass VALUES (1, '4/16/4 – ü')"
    )
    assert [replace(part, position=0) for part in read(content).parts] == [
        Part("glass", 0, code="1", name="4/16/4 – ü")
    ]


@pytest.mark.parametrize(
    "how", ["(GlassID INTEGER PRIMARY KEY, Name TEXT) WITHOUT ROWID", "(GlassID INT, Name TEXT) STRICT"]
)
def test_any_kind_of_table_is_read(how: str) -> None:
    found = read(small(f"CREATE TABLE Glass {how}", "INSERT INTO Glass VALUES (2, 'b'), (1, 'a')", without="Glass"))
    assert sorted(part.name for part in found.parts if part.kind == "glass") == ["a", "b"]
    assert found.warnings == ()


def test_a_value_that_the_column_does_not_allow_is_no_damage() -> None:
    found = read(small("CREATE TABLE Glass (GlassID, Name CHECK (1))", "INSERT INTO Glass VALUES (1, NULL)",
                       *forged("Glass", sql="CREATE TABLE Glass (GlassID, Name NOT NULL)"),
                       without="Glass"))  # fmt: skip
    assert only(found, "glass").code == "1"
