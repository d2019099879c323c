"""Add up the likes and comments of all public videos of a channel; a sum of some would be taken for one of all."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connections.errors import ObjectSkipped
from connections.providers.youtube.channels import Item, count, uploads_of, videos_of

MOST_VIDEOS = 1000
"""Fifty of them cost two units of the day's quota."""

Totals = Mapping[str, int | None]
NAMES = {"likes": "likeCount", "comments": "commentCount"}
UNKNOWN: Totals = dict.fromkeys(NAMES)


def totals(api: Any, item: Item) -> Totals:
    """None where a video hides a number, where there are too many videos, or where nobody may list them."""
    videos, uploads = videos_of(item), uploads_of(item)
    if videos == 0:
        return dict.fromkeys(NAMES, 0)
    if videos is None or videos > MOST_VIDEOS or not uploads:
        return UNKNOWN
    try:
        found = [video for ids in _pages(api, uploads) for video in api.videos(ids)]
    except ObjectSkipped:
        return UNKNOWN
    return {metric: _sum(found, name) for metric, name in NAMES.items()} if found else UNKNOWN


def _pages(api: Any, uploads: str) -> Iterator[Sequence[str]]:
    """A list that grows meanwhile is not followed for ever."""
    token = ""
    for _ in range(0, MOST_VIDEOS + 1, api.at_once):
        ids, token = api.uploads(uploads, token)
        if ids:
            yield ids
        if not token:
            return


def _sum(videos: Sequence[Item], name: str) -> int | None:
    counts = [count((video.get("statistics") or {}).get(name)) for video in videos]
    return None if None in counts else sum(each for each in counts if each is not None)
