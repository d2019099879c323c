"""Addresses of cells: a tab and a rectangle in it, as A1 notation writes them."""

import re
from dataclasses import dataclass

from connections.providers.google_sheets.sandbox.errors import no_range

_CORNERS = re.compile(r"([A-Za-z]*)(\d*)(?::([A-Za-z]*)(\d*))?")
_QUOTED = re.compile(r"'((?:[^']|'')+)'(?:!(.*))?", re.DOTALL)


@dataclass(frozen=True)
class Area:
    """From 0; the ends are not in it, and None is as far as the tab goes."""

    top: int = 0
    left: int = 0
    bottom: int | None = None
    right: int | None = None


def split(address: str) -> tuple[str, str]:
    """The name of a tab and the cells in it; either may be missing."""
    if quoted := _QUOTED.fullmatch(address):
        return quoted[1].replace("''", "'"), quoted[2] or ""
    title, mark, cells = address.rpartition("!")
    return (title, cells) if mark else (address, "")


def area(cells: str) -> Area:
    """Raises the Refusal of what is no address."""
    if not cells:
        return Area()
    found = _CORNERS.fullmatch(cells)
    if found is None or not any(found.groups()):
        raise no_range(cells)
    first_column, first_row, last_column, last_row = found.groups()
    if last_column is None and last_row is None:
        last_column, last_row = first_column, first_row
    rows = sorted(int(each) for each in (first_row, last_row) if each)
    columns = sorted(column(each) for each in (first_column, last_column) if each)
    return Area(
        top=rows[0] - 1 if first_row and rows else 0,
        left=columns[0] if first_column and columns else 0,
        bottom=rows[-1] if last_row else None,
        right=columns[-1] + 1 if last_column else None,
    )


def column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def letters(number: int) -> str:
    found, left = "", number + 1
    while left:
        left, letter = divmod(left - 1, 26)
        found = chr(65 + letter) + found
    return found


def quoted(title: str) -> str:
    """As answers name a tab: in quotes unless it is one plain word."""
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", title) and not re.fullmatch(r"[A-Za-z]{1,3}\d+", title)
    return title if plain else "'" + title.replace("'", "''") + "'"


def written(title: str, place: Area, rows: int, columns: int) -> str:
    """The address of an answer, with both corners."""
    bottom = min(place.bottom or rows, rows)
    right = min(place.right or columns, columns)
    first, last = f"{letters(place.left)}{place.top + 1}", f"{letters(right - 1)}{bottom}"
    return f"{quoted(title)}!{first}" + ("" if first == last else f":{last}")
