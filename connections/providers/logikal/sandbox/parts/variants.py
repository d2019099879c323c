"""Parts lists that are older, odd, broken or hostile: what each variant does to a good one."""

import sqlite3
from collections.abc import Callable

PAGE = 4096
OVER = 33 * 1024 * 1024
OLD_COLUMNS = {
    "Width_Output": "Width_Out",
    "Heighth_Output": "Heighth_Out",
    "Height_Unit": "Heighth_Unit",
    "SystemCode": "Systemcode",
}
INJECTION = """Articles"; ATTACH DATABASE ':memory:' AS elsewhere; --"""


def _script(*statements: str) -> Callable[[sqlite3.Connection], None]:
    def run(connection: sqlite3.Connection) -> None:
        for statement in statements:
            connection.execute(statement)

    return run


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


SCHEMA_VARIANTS: dict[str, Callable[[sqlite3.Connection], object]] = {
    "old_columns": _script(
        *(f"ALTER TABLE Elevations RENAME COLUMN {new} TO {old}" for new, old in OLD_COLUMNS.items())
    ),
    "text_in_numbers": _script(
        "UPDATE Articles SET Amount = 'n/a' WHERE rowid % 3 = 0",
        "UPDATE Profiles SET Length = '1,25 m', Price = '' WHERE rowid % 3 = 0",
        "UPDATE Elevations SET Width_Output = 'unknown'",
        "UPDATE UValue SET U = 'npd' WHERE rowid % 3 = 0",
    ),
    "missing_tables": _script("DROP TABLE Glass", "DROP TABLE Profiles", "DROP TABLE UValue"),
    "extras": _script(
        "ALTER TABLE Profiles ADD COLUMN CuttingAngle REAL DEFAULT 45.0",
        "ALTER TABLE Glass ADD COLUMN Pane_Width REAL DEFAULT 812.5",
        "CREATE TABLE Robots (RobotID INTEGER, Mood TEXT)",
        "INSERT INTO Robots VALUES (1, 'curious')",
    ),
    "trigger": _script("CREATE TRIGGER Sweeper AFTER INSERT ON Articles BEGIN DELETE FROM Profiles; END"),
    "looping_view": _script(
        "DROP TABLE Glass",
        "CREATE VIEW Glass (GlassID, Name) AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT max(i), 'never reached' FROM n",
    ),
    "attach": _script(
        f"CREATE TABLE {_quoted(INJECTION)} (ID INTEGER)",
        f"ALTER TABLE Articles ADD COLUMN {_quoted(INJECTION)} TEXT",
    ),
    "attach_in_schema": _script(
        "PRAGMA writable_schema = ON",
        "INSERT INTO sqlite_master VALUES ('table', 'Elsewhere', 'Elsewhere', 0, 'ATTACH DATABASE \":memory:\" AS e')",
    ),
    "oversized": lambda connection: connection.execute("INSERT INTO Internal01 VALUES (1, zeroblob(?))", (OVER,)),
}
BYTES_VARIANTS: dict[str, Callable[[bytes], bytes]] = {
    "corrupt": lambda good: good[:PAGE] + b"\xff" * 8 * PAGE + good[9 * PAGE :],
    "truncated": lambda good: good[: len(good) // 2],
    "empty": lambda good: b"",
    "wrong_magic": lambda good: b"SQLite format 2\0" + good[16:],
}
TEXT_VARIANTS: dict[str, Callable[[str], str]] = {
    "not_base64": lambda good: "%" + good[1:],
}
GOOD = ""
VARIANTS = (GOOD, *SCHEMA_VARIANTS, *BYTES_VARIANTS, *TEXT_VARIANTS)


def check(variant: str) -> str:
    """Raises ValueError."""
    if variant not in VARIANTS:
        raise ValueError(f"There is no variant {variant!r}. Known are: {', '.join(sorted(VARIANTS[1:]))}.")
    return variant
