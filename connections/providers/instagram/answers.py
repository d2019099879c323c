"""Turn what Instagram says of a professional account into numbers. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from connections import profiles
from connections.sources import Record

MEDIA = 50
FIELDS = f"id,username,name,followers_count,follows_count,media_count,media.limit({MEDIA}){{like_count,comments_count}}"

Answer = Mapping[str, Any]


def question(username: str) -> str:
    """The field of our own account that asks for somebody else's."""
    return f"business_discovery.username({username}){{{FIELDS}}}"


def record(profile: str, found: Answer) -> Record:
    posts = count(found.get("media_count"))
    counts = {
        "followers": count(found.get("followers_count")),
        "following": count(found.get("follows_count")),
        "videos": posts,
        "likes": _total(found, "like_count", posts),
        "comments": _total(found, "comments_count", posts),
    }
    name = str(found.get("name") or found.get("username") or "")
    return profiles.read(profile, external_id=str(found.get("id") or "")[:64], name=name, counts=counts)


def count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _total(found: Answer, name: str, posts: int | None) -> int | None:
    """Of all posts, or nothing: the sum of some would be taken for the sum of all."""
    counts = [count(each.get(name)) for each in _media(found)]
    if posts is None or len(counts) != posts or None in counts:
        return None
    return sum(each for each in counts if each is not None)


def _media(found: Answer) -> Sequence[Mapping[str, Any]]:
    media = found.get("media")
    listed = media.get("data") if isinstance(media, dict) else None
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
