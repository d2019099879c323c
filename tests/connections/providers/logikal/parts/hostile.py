"""Files that nobody should send: each with what has to come of it, "rows" or the kind of the error."""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing

from connections.providers.logikal.parts.envelope import MAGIC, MOST_BYTES
from tests.connections.providers.logikal.parts import pages
from tests.connections.providers.logikal.parts.files import TABLES, Statement, made, small

Make = Callable[[], bytes]

ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS ArticleCode FROM n"
SLOW = "instr(zeroblob(9999999), zeroblob(5000000) || 'a')"
"""Minutes in one step, which nothing can stop."""

SCHEMA = "PRAGMA writable_schema = ON"


def noise(count: int) -> bytes:
    return random.Random(7).randbytes(count)


def statements(*more: Statement, without: str = "") -> Make:
    return lambda: small(*more, without=without)


def cut(part: float, less: int = 0) -> Make:
    def make() -> bytes:
        content = small()
        return content[: int(len(content) * part) - less]

    return make


def header(at: int, *new: int) -> Make:
    return lambda: pages.with_bytes(small(), at, bytes(new))


def forged(name: str, **columns: object) -> tuple[Statement, ...]:
    """A row of the schema that says something else than SQLite would have written."""
    changed = ", ".join(f"{column} = ?" for column in columns)
    return SCHEMA, (f"UPDATE sqlite_master SET {changed} WHERE name = ?", [(*columns.values(), name)])


def own_function(*more: str) -> Make:
    """Made by a program that has a function of its own."""

    def make() -> bytes:
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
            database.create_function("own", 1, lambda value: value, deterministic=True)
            database.create_collation("OWN", lambda a, b: (a > b) - (a < b))
            database.deserialize(small(without="Articles"))
            for each in more:
                database.execute(each)
            return database.serialize()

    return make


def damaged_page(name: str, *, at: int = 0) -> Make:
    def make() -> bytes:
        content = small("CREATE INDEX by_code ON Articles (ArticleCode)", "CREATE TABLE Other (a)")
        place = (pages.root(content, name) - 1) * pages.size(content) + at
        return pages.with_bytes(content, place, noise(300))

    return make


def two_ways(name: str) -> Make:
    return lambda: pages.many_paths(
        small("CREATE TABLE Other (a)", "INSERT INTO Other VALUES (1)", page_size=512), name
    )


def circle() -> bytes:
    content = small(page_size=512)
    first = pages.root(content, "Articles")
    return pages.with_page(content, first, pages.interior([first] * 3, first, 512))


def endless_overflow() -> bytes:
    """A long text that goes on in a page which is followed by itself."""
    content = small("UPDATE Articles SET Description = hex(zeroblob(5000))", page_size=512)
    pieces = [at for at in range(512, len(content), 512) if content[at + 4 : at + 512] == b"0" * 508]
    first = pieces[0]
    return pages.with_bytes(content, first, (first // 512 + 1).to_bytes(4, "big"))


def wide(count: int) -> str:
    return ", ".join(f"c{number}" for number in range(count))


def unreadable_column() -> bytes:
    return small(without="Articles").replace(b"Systemcode", b"System\xff\xfe\xfdx")


def old_index() -> bytes:
    """An index whose content belongs to another code."""
    content = small("CREATE INDEX by_code ON Articles (ArticleCode)")
    place = (pages.root(content, "by_code") - 1) * pages.size(content)
    return content[:place] + content[place : place + 4096].replace(b"A-100", b"B-999") + content[place + 4096 :]


def many_tables() -> bytes:
    return made(*(f"CREATE TABLE t{number} (a)" for number in range(5000)))


MANY = ("INSERT INTO Articles WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 1000000)"
        " SELECT x, '', 1, '' FROM n")  # fmt: skip

HOSTILE: dict[str, tuple[str, Make]] = {
    # Not what it should be
    "no bytes": ("empty", lambda: b""),
    "one byte": ("not_sqlite", lambda: b"S"),
    "zero bytes": ("not_sqlite", lambda: bytes(8192)),
    "random bytes": ("not_sqlite", lambda: noise(8192)),
    "another magic": ("not_sqlite", lambda: small().replace(MAGIC, b"SQLite format 2\0")),
    "a picture": ("not_sqlite", lambda: b"\x89PNG\r\n\x1a\n" + noise(2000)),
    "the magic alone": ("not_sqlite", lambda: MAGIC),
    "the magic before random bytes": ("corrupt", lambda: MAGIC + noise(8192)),
    "encrypted": ("not_sqlite", lambda: noise(16) + small()[16:]),
    "encrypted behind a plain header": ("corrupt", lambda: small()[:100] + noise(20000)),
    "more than the cap": ("too_large", lambda: MAGIC + bytes(MOST_BYTES)),
    "an empty database": ("empty", lambda: made("PRAGMA user_version = 1")),
    "other tables only": ("empty", lambda: made("CREATE TABLE Other (a)")),
    # Cut off
    "cut in the header": ("corrupt", cut(0, -50)),
    "cut in the first page": ("corrupt", cut(0.05)),
    "cut in the middle": ("corrupt", cut(0.5)),
    "cut before the last page": ("corrupt", cut(1, 4096)),
    "cut before the last byte": ("corrupt", cut(1, 1)),
    "cut in a large page": ("corrupt", lambda: small(page_size=65536)[:-100]),
    # Headers
    "the header of a write-ahead log": ("rows", header(18, 2, 2)),
    "a format of the future": ("not_sqlite", header(18, 9, 9)),
    "a page size of zero": ("not_sqlite", header(16, 0, 0)),
    "a page size that is none": ("corrupt", header(16, 3, 232)),
    "a schema of the future": ("corrupt", header(44, 0, 0, 0, 9)),
    "a text encoding that is none": ("rows", header(56, 0, 0, 0, 9)),
    "a list of free pages that leads nowhere": ("rows", header(32, 0, 255, 255, 255, 0, 0, 0, 9)),
    "a journal behind the last page": ("rows", lambda: small() + b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + noise(4088)),
    # Objects that do something
    "triggers": ("rows", statements("CREATE TRIGGER t AFTER INSERT ON Articles BEGIN DELETE FROM Articles; END")),
    "a view that never ends": ("rows", statements(f"CREATE VIEW Endless AS {ENDLESS}")),
    "a view in the place of a table": ("rows", statements(f"CREATE VIEW Articles AS {ENDLESS}", without="Articles")),
    "a view that reads itself": (
        "rows",
        statements("CREATE VIEW Articles AS SELECT * FROM B", "CREATE VIEW B AS SELECT * FROM Articles",
                   without="Articles"),
    ),
    "a view that the schema calls a table": (
        "corrupt",
        statements(f"CREATE VIEW Articles AS {ENDLESS}", *forged("Articles", type="table"), without="Articles"),
    ),
    "a view that the schema calls a table with a page": (
        "corrupt",
        statements(f"CREATE VIEW Articles AS {ENDLESS}", *forged("Articles", type="table", rootpage=2),
                   without="Articles"),
    ),
    "a view that attaches": (
        "corrupt",
        statements("CREATE VIEW v AS SELECT 1", *forged("v", sql="CREATE VIEW v AS ATTACH 'stolen.db' AS stolen")),
    ),
    "a trigger that attaches": (
        "corrupt",
        statements("CREATE TRIGGER t AFTER INSERT ON Articles BEGIN SELECT 1; END",
                   *forged("t", sql="CREATE TRIGGER t AFTER INSERT ON Glass BEGIN ATTACH 'stolen.db' AS x; END")),
    ),
    "a statement that is no table": ("corrupt", statements(*forged("Articles", sql="ATTACH 'stolen.db' AS stolen"))),
    "a table under another's name": ("corrupt", statements(*forged("Articles", sql="CREATE TABLE Profiles (a)"))),
    "a virtual table": (
        "rows", statements("CREATE VIRTUAL TABLE Articles USING fts5(ArticleCode, Description)", without="Articles")
    ),
    "a virtual table that the schema hides": (
        "rows",
        statements("CREATE VIRTUAL TABLE Articles USING rtree(id, a, b)", *forged("Articles", rootpage=2),
                   without="Articles"),
    ),
    "a virtual table of an unknown module": (
        "rows",
        statements(*forged("Articles", sql="CREATE VIRTUAL TABLE Articles USING stolen(a)", rootpage=0)),
    ),
    "a function in a computed column": (
        "rows", own_function(f"CREATE TABLE Articles ({TABLES['Articles']}, x AS (own(Amount)))")
    ),
    "a function in an index": (
        "rows", own_function(f"CREATE TABLE Articles ({TABLES['Articles']})", "CREATE INDEX i ON Articles (own(Color))")
    ),
    "a function in a check": (
        "rows", own_function(f"CREATE TABLE Articles ({TABLES['Articles']}, CHECK (own(Amount)))")
    ),
    "a function in a partial index": (
        "rows",
        own_function(f"CREATE TABLE Articles ({TABLES['Articles']})",
                     "CREATE INDEX i ON Articles (Color) WHERE own(Amount)"),
    ),
    "an order of its own in an index": (
        "rows",
        own_function(f"CREATE TABLE Articles ({TABLES['Articles']})",
                     "CREATE INDEX i ON Articles (Color COLLATE OWN)"),
    ),
    "an order of its own in a key": (
        "corrupt",
        own_function("CREATE TABLE Articles (ArticleCode TEXT COLLATE OWN PRIMARY KEY) WITHOUT ROWID"),
    ),
    "a computed column that takes for ever": (
        "rows",
        statements(*forged("Articles", sql=f"CREATE TABLE Articles (ArticleCode, x AS ({SLOW}))")),
    ),
    "a stored computed column": (
        "rows", statements("CREATE TABLE Articles (ArticleCode, x AS (upper(ArticleCode)) STORED)", without="Articles")
    ),
    "a check that takes for ever": (
        "rows",
        statements(*forged("Articles", sql=f"CREATE TABLE Articles (ArticleCode, CHECK ({SLOW} = 0))")),
    ),
    # Damage
    "damage in a table that is read": ("corrupt", damaged_page("Articles")),
    "damage among the rows of a table that is read": ("corrupt", damaged_page("Profiles", at=3900)),
    "damage in a table that is only counted": ("rows", damaged_page("Other")),
    "damage in an index": ("corrupt", damaged_page("by_code")),
    "damage in the schema": ("corrupt", lambda: pages.with_bytes(small(), 100, noise(200))),
    "an index that tells lies": ("rows", old_index),
    "a table that begins after the end": ("corrupt", statements(*forged("Articles", rootpage=99999))),
    "a table that begins nowhere": ("rows", statements(*forged("Articles", rootpage=0))),
    "a table that begins in the schema": ("corrupt", statements(*forged("Articles", rootpage=1))),
    "two tables in one place": ("rows", statements(*forged("Articles", rootpage=4))),
    "a table that contains itself": ("corrupt", circle),
    "a table with countless ways": ("corrupt", two_ways("Articles")),
    "countless ways through a table that is only counted": ("rows", two_ways("Other")),
    "a text that never ends": ("corrupt", endless_overflow),
    # Too much
    "a million rows": ("rows", statements(MANY)),
    "as many columns as SQLite allows": (
        "rows", statements(f"CREATE TABLE Articles ({wide(1999)})", without="Articles")
    ),
    "more columns than SQLite allows": (
        "corrupt", statements(*forged("Articles", sql=f"CREATE TABLE Articles ({wide(5000)})"))
    ),
    "a cell of 20 MB": (
        "rows", statements("UPDATE Articles SET Description = hex(zeroblob(10000000)) WHERE Amount = 8")
    ),
    "a blob of 20 MB": ("rows", statements("UPDATE Articles SET Color = zeroblob(20000000) WHERE Amount = 8")),
    "thousands of tables": ("empty", many_tables),
    "a statement of megabytes": (
        "corrupt", statements(*forged("Articles", sql=f"CREATE TABLE Articles (a /* {'x' * 2**21} */)"))
    ),
    # Names
    "the same column twice": (
        "corrupt", statements(*forged("Articles", sql="CREATE TABLE Articles (Code, CODE, code)"))
    ),
    "names that mean the same column": (
        "rows",
        statements("ALTER TABLE Articles ADD COLUMN Article_Code", "ALTER TABLE Articles ADD COLUMN ARTICLE__CODE"),
    ),
    "names that are SQL": (
        "rows",
        statements('ALTER TABLE Articles ADD COLUMN "a"" FROM Glass; --"', "ALTER TABLE Articles ADD COLUMN [`'\"]",
                   "CREATE TABLE \"x'; DROP TABLE Articles; --\" (a)", 'CREATE TABLE "y""z" (a)'),
    ),
    "names with line breaks": ("rows", statements('CREATE TABLE "a\nb" (a)', 'ALTER TABLE Articles ADD COLUMN "a\nb"')),
    "a name that cannot be read": ("rows", unreadable_column),
    "a damaged statement that cannot be read": (
        "corrupt",
        lambda: small().replace(b"CREATE TABLE Articles (ArticleCode", b"CREATE TABLE Articles (\xff\xfe('x\xfd"),
    ),
    "a name of a megabyte": ("rows", statements(f"ALTER TABLE Articles ADD COLUMN {'x' * 900_000}")),
}  # fmt: skip
