"""Damage done to the bytes of an SQLite file, page by page."""

import sqlite3
from contextlib import closing


def size(content: bytes) -> int:
    found = int.from_bytes(content[16:18], "big")
    return 65536 if found == 1 else found


def with_bytes(content: bytes, at: int, new: bytes) -> bytes:
    return content[:at] + new + content[at + len(new) :]


def with_page(content: bytes, number: int, new: bytes) -> bytes:
    """Pages count from 1. A page after the last one is added, and the header counts it."""
    content = content.ljust((number - 1) * size(content), b"\0")
    content = with_bytes(content, (number - 1) * size(content), new.ljust(size(content), b"\0"))
    return with_bytes(content, 28, (len(content) // size(content)).to_bytes(4, "big"))


def root(content: bytes, name: str) -> int:
    """The first page of a table or an index."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(content)
        (found,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [name]).fetchone()
        return int(found)


def interior(children: list[int], last: int, page_size: int) -> bytes:
    """A page of a table that only points to others."""
    cells = [child.to_bytes(4, "big") + bytes([at + 1]) for at, child in enumerate(children)]
    start = page_size - 5 * len(cells)
    head = bytes([5, 0, 0]) + len(cells).to_bytes(2, "big") + start.to_bytes(2, "big") + b"\0" + last.to_bytes(4, "big")
    places = b"".join((start + 5 * at).to_bytes(2, "big") for at in range(len(cells)))
    return (head + places).ljust(start, b"\0") + b"".join(cells)


def many_paths(content: bytes, name: str, depth: int = 16) -> bytes:
    """A table whose one page of rows is reached by 50 to the power of `depth` ways."""
    first, after = root(content, name), len(content) // size(content) + 1
    leaf = content[(first - 1) * size(content) : first * size(content)]
    content = with_page(content, after + depth, leaf)
    for level in range(depth):
        below = after + level + 1
        page = interior([below] * 50, below, size(content))
        content = with_page(content, after + level, page)
    return with_page(content, first, interior([after] * 50, after, size(content)))
