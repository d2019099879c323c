"""Turn the rows of a tab into records, each with what is wrong in it. Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from connections.providers.google_sheets.headers import METRICS, Columns, Problem
from connections.providers.google_sheets.numbers import NotANumber, count
from connections.sources import Record

LONGEST_NAME = 200
LONGEST_LINK = 500
LONGEST_RAW = 100

PLATFORMS = {
    "youtube": ("youtube", "yt", "youtube shorts"),
    "instagram": ("instagram", "insta", "ig", "instagram reels"),
    "tiktok": ("tiktok", "tik tok", "tt"),
    "facebook": ("facebook", "fb", "facebook reels"),
}
PLATFORM_OF = {written: platform for platform, spellings in PLATFORMS.items() for written in spellings}

# PostgreSQL keeps neither NUL characters nor halves of surrogate pairs.
_UNSTORABLE = {0: None} | dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")


def records(project_id: str, project_name: str, grid: Sequence[Sequence[Any]], columns: Columns) -> list[Record]:
    """One of each row below the headers that is not empty."""
    if columns.row is None or not columns.can_be_read:
        return []
    found = []
    for number, cells in enumerate(grid[columns.row + 1 :], start=columns.row + 2):
        if any(text(cell) for cell in cells):
            record: Record = {"project_id": project_id, "project_name": project_name, "row_number": number}
            found.append(record | _read(cells, columns))
    return found


def _read(cells: Sequence[Any], columns: Columns) -> Record:
    problems: list[Problem] = []
    given = {name: cells[at] if at < len(cells) else None for name, at in columns.at.items()}
    record: Record = {
        "username": text(given.get("username")).lstrip("@")[:LONGEST_NAME],
        "url": _link(given.get("url"), problems),
        "platform": _platform(given.get("platform"), problems),
        **{name: _count(name, given.get(name), problems) for name in METRICS},
    }
    return {**record, "problems": problems}


def text(cell: Any) -> str:
    """A number is what it says; an empty text where there is nothing."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).translate(_UNSTORABLE).strip()


def _link(cell: Any, problems: list[Problem]) -> str | None:
    link = text(cell)
    if not link:
        problems.append(problem("url", "", "The row has no link, so nobody knows which account it is about."))
        return None
    if len(link) > LONGEST_LINK:
        problems.append(problem("url", link, "This is too long for a link."))
        return None
    if link.startswith("#"):
        problems.append(problem("url", link, "The link's formula has failed."))
        return None
    return link


def _platform(cell: Any, problems: list[Problem]) -> str | None:
    written = text(cell)
    if not written:
        return None
    known = PLATFORM_OF.get(re.sub(r"[\s_-]+", " ", written.casefold()))
    if known is None:
        problems.append(problem("platform", written, f"{written[:40]} is no platform that Freshet knows."))
    return known


def _count(name: str, cell: Any, problems: list[Problem]) -> int | None:
    try:
        return count(cell)
    except NotANumber as no:
        problems.append(problem(name, text(cell), f"{name.capitalize()} are not read: {no}."))
        return None


def problem(name: str, raw: str, why: str) -> Problem:
    return {"field": name, "raw": raw[:LONGEST_RAW], "why": why}


def told(problems: Sequence[Problem]) -> Iterator[str]:
    """The sentences alone."""
    return (each["why"] for each in problems)
