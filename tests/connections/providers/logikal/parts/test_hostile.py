"""What a damaged or hostile file comes to: rows with warnings or one sentence, and nothing else."""

import random

import orjson
import pytest

from connections.providers.logikal.parts import envelope, values
from connections.providers.logikal.parts.errors import PartsListError
from connections.providers.logikal.parts.parts_list import PartsList
from connections.providers.logikal.parts.reader import MOST_ROWS, read
from connections.providers.logikal.parts.tables import MOST_TABLES
from tests.connections.providers.logikal.parts.files import realistic, small
from tests.connections.providers.logikal.parts.hostile import HOSTILE, Make

pytestmark = pytest.mark.once

PATIENT = 60.0
"""Seconds. What is read here ends by itself; that the limit holds is tested on its own."""


ALIKE = {"corrupt", "not_sqlite"}
"""Which of the two it is may differ between versions of SQLite."""


def outcome(content: bytes, seconds: float = PATIENT) -> str:
    try:
        found = read(content, seconds=seconds)
    except PartsListError as error:
        return error.kind
    sane(found)
    return "rows"


def sane(found: PartsList) -> None:
    """Whatever was read can be stored."""
    for part in found.parts:
        assert "\0" not in orjson.dumps(part.extra).decode()
        assert len(orjson.dumps(part.extra)) < 10 * values.LONGEST_EXTRA
        assert len(part.description) <= values.LONGEST_TEXT
        numbers = [part.amount, part.length_mm, part.price, part.value, part.area]
        assert all(each is None or abs(each) < values.LARGEST for each in numbers)
    assert len(found.parts) <= 4 * MOST_ROWS
    assert len(found.warnings) < 100


@pytest.mark.parametrize(("expected", "make"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_comes_to(expected: str, make: Make) -> None:
    assert outcome(make()) in (ALIKE if expected in ALIKE else {expected})


@pytest.mark.parametrize("seed", range(8))
def test_random_damage_comes_to_rows_or_a_sentence(seed: int) -> None:
    chance, whole = random.Random(seed), small(page_size=512)
    for _ in range(50):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 20)):
            content[chance.randrange(16, len(content))] = chance.randrange(256)
        assert outcome(bytes(content)) in {"rows", "corrupt", "not_sqlite", "too_large", "empty", "refused"}


@pytest.mark.parametrize("part", [0.001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.9999])
def test_a_real_file_that_broke_off_is_not_used(part: float) -> None:
    content = realistic()
    assert outcome(content[: int(len(content) * part)]) in ALIKE


def test_the_time_limit_stops_what_would_not_end() -> None:
    assert outcome(HOSTILE["thousands of tables"][1](), seconds=0.001) == "too_slow"
    assert outcome(HOSTILE["a million rows"][1](), seconds=0.001) == "too_slow"


def test_no_time_at_all_is_too_slow() -> None:
    assert outcome(small(), seconds=0) == "too_slow"


@pytest.mark.parametrize(
    "name", ["a view in the place of a table", "a virtual table", "a virtual table that the schema hides"]
)
def test_what_is_no_table_is_missing(name: str) -> None:
    found = read(HOSTILE[name][1]())
    assert "The table Articles is missing." in found.warnings
    assert {part.kind for part in found.parts} == {"profile", "glass", "u_value"}


@pytest.mark.parametrize("name", ["a computed column that takes for ever", "a stored computed column"])
def test_computed_columns_are_not_worked_out(name: str) -> None:
    assert "Articles is left out, since it has computed columns." in read(HOSTILE[name][1]()).warnings


def test_rows_come_from_the_table_and_not_from_an_index() -> None:
    assert [part.code for part in read(HOSTILE["an index that tells lies"][1]()).parts][:2] == ["A-100", "A-200"]


def test_a_table_that_sqlite_cannot_check_is_read_and_named() -> None:
    found = read(HOSTILE["an order of its own in an index"][1]())
    assert "Articles could not be checked for damage." in found.warnings


def test_a_damaged_table_that_is_not_read_has_no_count() -> None:
    found = read(HOSTILE["damage in a table that is only counted"][1]())
    assert [(each.name, each.rows) for each in found.other_tables] == [("Other", None)]
    assert len(found.parts) == 7


def test_of_a_million_rows_the_first_are_kept() -> None:
    found = read(HOSTILE["a million rows"][1](), seconds=PATIENT)
    assert sum(part.kind == "article" for part in found.parts) == MOST_ROWS
    assert f"Articles has more than {MOST_ROWS} rows; the others are left out." in found.warnings


def test_tables_beyond_what_is_looked_at_are_a_warning() -> None:
    found = read(small(*(f"CREATE TABLE t{number} (a)" for number in range(MOST_TABLES))))
    assert f"No more than {MOST_TABLES} tables are looked at." in found.warnings
    assert len(found.parts) == 7


def test_columns_beyond_what_can_be_read_are_a_warning() -> None:
    found = read(HOSTILE["as many columns as SQLite allows"][1]())
    assert "Articles has more columns than can be read." in found.warnings


def test_a_long_cell_is_cut() -> None:
    found = read(HOSTILE["a cell of 20 MB"][1]())
    assert max(len(part.description) for part in found.parts) == values.LONGEST_TEXT
    assert "Articles: description is too long and cut in 1 row." in found.warnings


@pytest.mark.parametrize("name", [name for name, (kind, _) in HOSTILE.items() if kind != "rows"])
def test_a_sentence_holds_nothing_of_the_file(name: str) -> None:
    with pytest.raises(PartsListError) as raised:
        read(HOSTILE[name][1](), seconds=PATIENT)
    assert raised.value.sentence.endswith(".")
    assert not any(word in raised.value.sentence for word in ("Articles", "stolen", "CREATE", "Glass", "xxx"))


def test_the_cap_is_the_size_of_the_file() -> None:
    content = small().ljust(envelope.MOST_BYTES, b"\0")
    assert outcome(content) == "rows"
    assert outcome(content + b"\0") == "too_large"
