"""Find the columns of a tab by what its headers say, never by where they stand. Pure."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

Problem = dict[str, str]
"""field, raw (what stands there) and why (a sentence for people)."""

METRICS = ("followers", "likes", "following", "videos", "views", "comments")

ALIASES: Mapping[str, tuple[str, ...]] = {
    "username": ("@username", "username", "user name", "handle", "account", "creator", "name"),
    "url": ("link", "profile link", "profile url", "profile", "url", "account link"),
    "platform": ("platform", "network", "social network", "channel type"),
    "followers": ("followers", "follower count", "subscribers", "subscriber count", "fans"),
    "likes": ("likes", "like count", "total likes", "hearts"),
    "following": ("following", "follows", "following count"),
    "videos": ("videos", "video count", "posts", "post count", "media"),
    "views": ("views", "view count", "total views", "video views"),
    "comments": ("comments", "comment count", "total comments"),
}
"""The best first: where two of them stand in a tab, that one is read."""

FIELD_OF = {alias: name for name, aliases in ALIASES.items() for alias in aliases}
BESIDE_EACH_OTHER = {"username"}
"""A tab has both a handle and a name as a rule."""

ROWS_SEARCHED = 10
CLOSE = 0.82


@dataclass(frozen=True)
class Columns:
    """row: where the headers stand, counted from 0; None where there are none. at: field -> column, from 0."""

    row: int | None = None
    at: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def can_be_read(self) -> bool:
        """Without a link nobody knows which account a row is about."""
        return self.row is not None and "url" in self.at

    @property
    def fatal(self) -> tuple[Problem, ...]:
        """Of the problems, those for which none of the rows can be read."""
        return () if self.can_be_read else tuple(each for each in self.problems if each["field"] in ("", "url"))


def columns(grid: Sequence[Sequence[Any]]) -> Columns:
    row = _header_row(grid)
    if row is None:
        why = f"None of the first {ROWS_SEARCHED} rows has the headers that Freshet looks for, such as Link and Views."
        return Columns(problems=({"field": "", "raw": "", "why": why},))
    found = _found(grid[row])
    at: dict[str, int] = {}
    problems: list[Problem] = []
    for name, aliases in ALIASES.items():
        present = [alias for alias in aliases if alias in found]
        problems += _told(name, present, found, grid[row], row)
        if present and len(found[present[0]]) == 1:
            at[name] = found[present[0]][0]
    return Columns(row, at, tuple(problems + _misspelt(found, grid[row], row)))


def _header_row(grid: Sequence[Sequence[Any]]) -> int | None:
    """Which row knows most fields. One field alone may be any word in a text."""
    known = [len({FIELD_OF[each] for each in _found(row) if each in FIELD_OF}) for row in grid[:ROWS_SEARCHED]]
    best = max(known, default=0)
    return known.index(best) if best >= 2 else None


def _found(row: Sequence[Any]) -> dict[str, list[int]]:
    """Columns by header."""
    found: dict[str, list[int]] = defaultdict(list)
    for at, cell in enumerate(row):
        if header := _plain(cell):
            found[header].append(at)
    return dict(found)


def _plain(cell: Any) -> str:
    """Without what people put around a word: case, blanks, colons, underscores, stars."""
    return re.sub(r"[\s_:*.\u00a0\u200b]+", " ", str(cell)).strip().casefold() if isinstance(cell, str) else ""


def _told(
    name: str, present: list[str], found: Mapping[str, list[int]], row: Sequence[Any], number: int
) -> list[Problem]:
    if not present:
        named = ALIASES[name][1 if name == "username" else 0].capitalize()
        consequence = "so none of its rows can be read" if name == "url" else f"so {name} are not read from this tab"
        return [] if name == "platform" else [_problem(name, "", f"There is no header {named}, {consequence}.")]
    at = found[present[0]]
    said = str(row[at[0]]).strip()
    if len(at) > 1:
        places = " and ".join(place(number, each) for each in at)
        why = f"The header {said} stands in {places}. Until one of them is renamed, neither is read."
        return [_problem(name, said, why)]
    if len(present) > 1 and name not in BESIDE_EACH_OTHER:
        others = " and ".join(f"{row[found[each][0]]} ({place(number, found[each][0])})" for each in present[1:])
        return [_problem(name, said, f"Both {said} and {others} fit. {said} is read.")]
    return []


def _misspelt(found: Mapping[str, list[int]], row: Sequence[Any], number: int) -> list[Problem]:
    """Headers that were renamed by accident, maybe. What is read already needs no other."""
    problems = []
    for header, at in found.items():
        close = get_close_matches(header, FIELD_OF, n=1, cutoff=CLOSE) if header not in FIELD_OF else []
        if close and not any(alias in found for alias in ALIASES[FIELD_OF[close[0]]]):
            said = str(row[at[0]]).strip()
            why = f"{said} ({place(number, at[0])}) is no header that Freshet knows. Is it meant to be {close[0]}?"
            problems.append(_problem(FIELD_OF[close[0]], said, why))
    return problems


def _problem(name: str, raw: str, why: str) -> Problem:
    return {"field": name, "raw": raw[:100], "why": why}


def place(row: int, column: int) -> str:
    """The name of a cell, counted from 0: 0, 27 is AB1."""
    letters, left = "", column + 1
    while left:
        left, letter = divmod(left - 1, 26)
        letters = chr(65 + letter) + letters
    return f"{letters}{row + 1}"
