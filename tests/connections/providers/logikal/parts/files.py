"""Parts lists as LOGIKAL sends them: SQLite files of the described shape, made in memory."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing

Statement = str | tuple[str, list[tuple[object, ...]]]
"""SQL, or SQL with the rows to insert by it."""

TABLES = {
    "Elevations": (
        "ElevationID INTEGER, Name TEXT, AutoDescription TEXT, AutoDescriptionShort TEXT, Width_Out REAL,"
        " Width_Unit TEXT, Heighth_Out REAL, Heighth_Unit TEXT, Weight_Output REAL, Weight_Unit TEXT, Area_Output REAL,"
        " Area_Unit TEXT, Systemcode TEXT, SystemName TEXT, SystemLongName TEXT, ColorBase_Long TEXT"
    ),
    "Articles": "ArticleCode TEXT, Description TEXT, Amount REAL, Color TEXT",
    "Profiles": "ArticleCode TEXT, Description TEXT, Length REAL, Color TEXT, Price REAL",
    "Glass": "GlassID INTEGER, Name TEXT",
    "UValue": "Name TEXT, U REAL, U_Unit TEXT, Area REAL, Area_Unit TEXT",
}
ROWS: dict[str, list[tuple[object, ...]]] = {
    "Elevations": [
        (7, "Window 1", "Window with two sashes", "Window", 1230.0, "mm", 1480.5, "mm", 61.25, "kg", 1.821, "m²",
         "AWS75", "AWS 75.SI+", "Aluminium window system 75", "RAL 7016 anthracite")
    ],
    "Articles": [("A-100", "Corner cleat", 8.0, "mill"), ("A-200", "Gasket", 12.5, "black")],
    "Profiles": [("P-10", "Outer frame", 1.23, "RAL 7016", 45.9), ("P-20", "Sash", 0.615, "RAL 7016", 30.0)],
    "Glass": [(1, "4/16/4"), (2, "6/14/6")],
    "UValue": [("Frame", 1.4, "W/m²K", 0.6, "m²")],
}  # fmt: skip
SEEN_ROWS = {
    "Articles": 32, "Profiles": 21, "Glass": 2, "UValue": 22, "Insertions": 4, "LabourTimes": 27, "LabourCosts": 21,
    "CalcDetailItems": 140, "CalcItemNames": 40, "MountingLines": 4, "Colors": 6, "ElevationCE": 20, "Suppliers": 4,
    "Manufacturers": 3, "Projects": 1, "Phases": 1, "Elevations": 1,
}  # fmt: skip
"""How many rows each table of a real file had; 71 tables in all."""


def made(*statements: Statement, page_size: int = 4096) -> bytes:
    """The file that these statements make."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        database.execute(f"PRAGMA page_size = {page_size}")
        for each in statements:
            if isinstance(each, str):
                database.execute(each)
            else:
                database.executemany(*each)
        return database.serialize()


def table(name: str, columns: str, rows: list[tuple[object, ...]]) -> Iterator[Statement]:
    yield f"CREATE TABLE {name} ({columns})"
    if rows:
        yield f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows


def small(*more: Statement, without: str = "", page_size: int = 4096) -> bytes:
    """The tables that are read, with a row or two each, then whatever else is to happen to them."""
    own = (each for name in TABLES if name not in without.split() for each in table(name, TABLES[name], ROWS[name]))
    return made(*own, *more, page_size=page_size)


def realistic(rows: int = 1) -> bytes:
    """71 tables, 1.3 MB, as many rows as in a real file, times `rows`."""
    known = [each for name in TABLES for each in table(name, TABLES[name], _many(name, rows))]
    others = [name for name in SEEN_ROWS if name not in TABLES]
    others += [f"Table{number}" for number in range(71 - len(SEEN_ROWS))]
    columns = "ID INTEGER PRIMARY KEY, Name TEXT, Value REAL, Note TEXT, Picture BLOB"
    return made(
        *known, *(each for name in others for each in table(name, columns, _anything(SEEN_ROWS.get(name, 3) * rows)))
    )


def _many(name: str, times: int) -> list[tuple[object, ...]]:
    wanted = SEEN_ROWS[name] * (1 if name == "Elevations" else times)
    return [ROWS[name][at % len(ROWS[name])] for at in range(wanted)]


def _anything(count: int) -> list[tuple[object, ...]]:
    source = random.Random(count)
    return [(at, f"Name {at}", at / 7, "note " * 8, source.randbytes(1500)) for at in range(count)]
