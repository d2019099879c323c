"""Turn what YouTube says of a channel into numbers. Pure."""

from collections.abc import Mapping
from typing import Any

from connections import profiles
from connections.sources import Record

EXACT_FIGURES = 3
"""YouTube shows numbers of subscribers from 1,000 on with these, and rounds down."""

Item = Mapping[str, Any]


def record(profile: str, item: Item, totals: Mapping[str, int | None] | None = None) -> Record:
    """totals: of all its videos, where they were added up."""
    followers = _followers(item)
    counts = {"followers": followers, "views": _count(item, "viewCount"), "videos": videos_of(item), **(totals or {})}
    return profiles.read(
        profile,
        external_id=str(item.get("id") or ""),
        name=str(_part(item, "snippet").get("title") or ""),
        counts=counts,
        figures={"followers": EXACT_FIGURES} if _is_rounded(followers) else None,
    )


def handle_of(item: Item) -> str:
    """As addresses have it; empty where it has none."""
    named = str(_part(item, "snippet").get("customUrl") or "").lower()
    return named if named.startswith("@") else ""


def videos_of(item: Item) -> int | None:
    return _count(item, "videoCount")


def uploads_of(item: Item) -> str:
    """The list of all its public videos."""
    lists = _part(item, "contentDetails").get("relatedPlaylists")
    return str(lists.get("uploads") or "") if isinstance(lists, dict) else ""


def count(value: Any) -> int | None:
    """YouTube writes numbers as text. What is none, or below zero, says nothing."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def _followers(item: Item) -> int | None:
    """Some channels hide them; then a number that is there all the same means nothing."""
    hidden = _part(item, "statistics").get("hiddenSubscriberCount")
    return None if hidden is True else _count(item, "subscriberCount")


def _count(item: Item, name: str) -> int | None:
    return count(_part(item, "statistics").get(name))


def _is_rounded(number: int | None) -> bool:
    if number is None or len(str(number)) <= EXACT_FIGURES:
        return False
    return not str(number)[EXACT_FIGURES:].strip("0")


def _part(item: Item, name: str) -> Mapping[str, Any]:
    found = item.get(name)
    return found if isinstance(found, dict) else {}
