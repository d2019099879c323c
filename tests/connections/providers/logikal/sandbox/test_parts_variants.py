"""Parts lists that are old, odd, broken or hostile, chosen for one elevation or a whole account."""

import base64
import binascii
import sqlite3
import time
from contextlib import suppress

import pytest

from connections.providers.logikal.sandbox.accounts import SEVENTEEN_USER
from connections.providers.logikal.sandbox.parts.variants import VARIANTS
from tests.connections.providers.logikal.sandbox.asking import Caller
from tests.connections.providers.logikal.sandbox.test_parts_lists import columns, opened

LIMIT = 32 * 1024 * 1024
BROKEN = {"corrupt", "truncated", "empty", "wrong_magic", "attach_in_schema", "not_base64"}


def text(caller: Caller, variant: str) -> str:
    """What the API sends for the first elevation."""
    identifier = caller.logikal.truth(SEVENTEEN_USER)["elevations"][0]["id"]
    caller.logikal.choose_parts(identifier, variant)
    sent: str = caller.signed_in_at("elevation").data("elevations/selected/parts-list")
    return sent


def file(caller: Caller, variant: str) -> bytes:
    return base64.b64decode(text(caller, variant), validate=True)


@pytest.mark.parametrize("variant", [one for one in VARIANTS if one not in BROKEN])
def test_the_odd_ones_are_sound_databases(caller: Caller, variant: str) -> None:
    with opened(file(caller, variant)) as connection:
        assert connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT count(*) FROM Articles").fetchone() == (32,)


@pytest.mark.parametrize("variant", ["corrupt", "truncated"])
def test_the_broken_ones_begin_well_and_are_not_sound(caller: Caller, variant: str) -> None:
    broken = file(caller, variant)
    assert broken.startswith(b"SQLite format 3\0")
    found = [("it could not even be looked at",)]
    with suppress(sqlite3.DatabaseError), opened(broken) as connection:
        found = connection.execute("PRAGMA quick_check").fetchall()
    assert found != [("ok",)]


def test_an_empty_one_and_one_of_another_kind(caller: Caller) -> None:
    assert text(caller, "empty") == ""
    assert not file(caller, "wrong_magic").startswith(b"SQLite format 3\0")


def test_one_that_is_no_base64(caller: Caller) -> None:
    with pytest.raises(binascii.Error):
        file(caller, "not_base64")


def test_one_beyond_the_limit_is_sound_otherwise(caller: Caller) -> None:
    assert len(file(caller, "oversized")) > LIMIT


def test_an_older_one_has_other_column_names(caller: Caller) -> None:
    with opened(file(caller, "old_columns")) as connection:
        names = columns(connection, "Elevations")
    assert {"Width_Out", "Heighth_Out", "Heighth_Unit", "Systemcode"} <= set(names)
    assert not {"Width_Output", "Heighth_Output", "Height_Unit", "SystemCode"} & set(names)


def test_numbers_may_be_text(caller: Caller) -> None:
    with opened(file(caller, "text_in_numbers")) as connection:
        for table, column in (("Articles", "Amount"), ("Profiles", "Length"), ("UValue", "U")):
            kinds = {kind for (kind,) in connection.execute(f"SELECT typeof({column}) FROM {table}")}
            assert kinds == {"text", "real"}
        assert connection.execute("SELECT typeof(Width_Output) FROM Elevations").fetchone() == ("text",)


def test_tables_may_be_missing(caller: Caller) -> None:
    with opened(file(caller, "missing_tables")) as connection, pytest.raises(sqlite3.OperationalError):
        connection.execute("SELECT * FROM Glass")


def test_there_may_be_columns_and_tables_that_nobody_knows(caller: Caller) -> None:
    with opened(file(caller, "extras")) as connection:
        assert "CuttingAngle" in columns(connection, "Profiles")
        assert connection.execute("SELECT CuttingAngle FROM Profiles").fetchone() == (45.0,)
        assert connection.execute("SELECT Mood FROM Robots").fetchone() == ("curious",)


def test_who_writes_into_it_fires_a_trigger(caller: Caller) -> None:
    with opened(file(caller, "trigger")) as connection:
        assert connection.execute("SELECT count(*) FROM Profiles").fetchone() == (21,)
        connection.execute("INSERT INTO Articles (ArticleCode) VALUES ('A')")
        assert connection.execute("SELECT count(*) FROM Profiles").fetchone() == (0,)


def test_a_view_in_place_of_a_known_table_never_ends(caller: Caller) -> None:
    with opened(file(caller, "looping_view")) as connection:
        end = time.monotonic() + 0.3
        connection.set_progress_handler(lambda: time.monotonic() > end, 10_000)
        with pytest.raises(sqlite3.OperationalError, match="interrupted"):
            connection.execute("SELECT * FROM Glass").fetchall()


def test_who_builds_sql_from_its_names_attaches_a_database(caller: Caller) -> None:
    with opened(file(caller, "attach")) as connection:
        (name,) = connection.execute("SELECT name FROM sqlite_master WHERE name LIKE '%ATTACH%'").fetchone()
        assert name in columns(connection, "Articles")
        with suppress(sqlite3.Error):
            connection.executescript(f'SELECT * FROM "{name}"')
        assert "elsewhere" in [row[1] for row in connection.execute("PRAGMA database_list")]


def test_a_schema_may_hold_sql_that_creates_nothing(caller: Caller) -> None:
    broken = file(caller, "attach_in_schema")
    assert b"ATTACH DATABASE" in broken
    with opened(broken) as connection, pytest.raises(sqlite3.DatabaseError, match="malformed"):
        connection.execute("SELECT * FROM Articles")


def test_an_account_may_have_one_variant_throughout(caller: Caller) -> None:
    caller.logikal.add_account("old", parts_variant="old_columns", parts_bytes=(0, 0))
    first, second, *_ = (one["id"] for one in caller.logikal.truth("old")["elevations"])
    caller.logikal.choose_parts(second, "empty", account="old")
    with opened(caller.logikal.parts_list(first, account="old")) as connection:
        assert "Width_Out" in columns(connection, "Elevations")
    assert caller.logikal.parts_list(second, account="old") == b""


def test_choosing_another_moves_no_version_and_can_be_undone(caller: Caller) -> None:
    before = caller.logikal.truth(SEVENTEEN_USER)
    good = file(caller, "")
    assert file(caller, "corrupt") != good
    assert caller.logikal.truth(SEVENTEEN_USER) == before
    assert file(caller, "") == good


def test_only_known_variants_of_elevations_can_be_chosen(caller: Caller) -> None:
    elevation = caller.logikal.truth(SEVENTEEN_USER)["elevations"][0]
    with pytest.raises(ValueError, match="no variant 'odd'"):
        caller.logikal.choose_parts(elevation["id"], "odd")
    with pytest.raises(ValueError, match="Only an elevation"):
        caller.logikal.choose_parts(elevation["project"], "corrupt")
