"""How are days said to people?"""

from collections.abc import Sequence
from datetime import date

NAMED = 5


def days(first: date, last: date) -> str:
    """24 to 30 Aug 2026: each part of a date said once where both share it."""
    if first == last:
        return f"{last:%-d %b %Y}"
    shared = "%-d %b %Y" if first.year != last.year else "%-d %b" if first.month != last.month else "%-d"
    return f"{first:{shared}} to {last:%-d %b %Y}"


def listed(ranges: Sequence[tuple[date, date]]) -> str:
    """The first of them, and how many more there are."""
    named = [days(since, until) for since, until in ranges[:NAMED]]
    more = len(ranges) - len(named)
    return "; ".join([*named, f"and {more:,} more"] if more else named)
