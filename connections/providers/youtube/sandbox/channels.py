"""The channels that the sandbox has, and their numbers: those of the demo's spreadsheet, a little further on."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from hashlib import blake2b
from typing import Any

DEMO_KEY = "sandbox-demo-key"
NAMES = {
    0: "alma_bakes",
    4: "eggs.by.eli",
    8: "islandida",
    12: "mapsbymo",
    16: "quietquinn",
    20: "unpacked_uma",
    24: "yarn_yara",
    28: "corduroy_cy",
    32: "gadget.gil",
    36: "kilobyte_kit",
}
"""By where they stand in the demo's spreadsheet, which their numbers follow from."""

SHY = "mapsbymo"
"""Hides how many follow it."""

NUMBERS = ("subscribers", "views", "videos")
EXACT_FIGURES = 3


@dataclass
class Channel:
    """grows: subscribers an hour, while nobody has set them by hand. username: as old addresses have it.
    hides_likes: of its newest video."""

    handle: str
    title: str
    id: str = ""
    username: str = ""
    subscribers: int | None = None
    views: int | None = None
    videos: int | None = None
    hidden: bool = False
    hides_likes: bool = False
    grows: int = 0
    since: datetime | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.id = self.id or f"UC{blake2b(self.handle.encode(), digest_size=11).hexdigest()}"

    def set(self, **wishes: Any) -> None:
        """None: YouTube leaves this number out."""
        unknown = wishes.keys() - {known.name for known in fields(self)} - {"id", "since"}
        if unknown:
            raise ValueError(f"A channel has no {', '.join(sorted(unknown))}.")
        if wrong := [name for name in NUMBERS if not _is_number(wishes.get(name))]:
            raise ValueError(f"{wrong[0]} has to be a whole number, or null.")
        for name, value in wishes.items():
            setattr(self, name, value)
        if "subscribers" in wishes:
            self.grows = 0

    def shown(self, now: datetime) -> dict[str, int | None]:
        hours = max(int((now - self.since).total_seconds() // 3600), 0) if self.since else 0
        subscribers = None if self.subscribers is None else self.subscribers + hours * self.grows
        views = None if self.views is None else self.views + hours * self.grows * 20
        return {"subscribers": subscribers, "views": views, "videos": self.videos}

    def item(self, now: datetime) -> dict[str, Any]:
        """As channels.list gives it: numbers as text, those of subscribers rounded down."""
        shown = self.shown(now)
        names = {"viewCount": shown["views"], "videoCount": shown["videos"]}
        statistics: dict[str, Any] = {name: str(count) for name, count in names.items() if count is not None}
        if not self.hidden and shown["subscribers"] is not None:
            statistics["subscriberCount"] = str(rounded(shown["subscribers"]))
        statistics["hiddenSubscriberCount"] = self.hidden
        return {
            "kind": "youtube#channel",
            "etag": "sandbox",
            "id": self.id,
            "snippet": {"title": self.title, "description": "", "customUrl": self.handle},
            "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": self.uploads}},
            "statistics": statistics,
        }

    @property
    def uploads(self) -> str:
        return f"UU{self.id[2:]}"

    def video_ids(self) -> list[str]:
        """The newest first."""
        return [f"{self.id[2:]}-{number:04}" for number in range(self.videos or 0, 0, -1)]

    def video(self, number: int) -> dict[str, Any]:
        """As videos.list gives it."""
        likes = {} if self.hides_likes and number == self.videos else {"likeCount": str(40 + number * 7 % 90)}
        statistics = {"viewCount": str(1000 + number), **likes, "favoriteCount": "0", "commentCount": str(number % 9)}
        return {"kind": "youtube#video", "id": f"{self.id[2:]}-{number:04}", "statistics": statistics}


def rounded(count: int) -> int:
    unit: int = 10 ** max(len(str(count)) - EXACT_FIGURES, 0)
    return count // unit * unit


def standing_channels(now: datetime) -> list[Channel]:
    return [_channel(number, name, now) for number, name in NAMES.items()]


def _channel(number: int, name: str, now: datetime) -> Channel:
    """The spreadsheet was written some time ago: some channels have lost a little since, most have grown."""
    written = 4_000 + (number * 7_919) % 96_000
    subscribers = written * (97 + number % 7) // 100
    person = name.replace(".", " ").replace("_", " ").title()
    return Channel(
        f"@{name}",
        person,
        subscribers=subscribers,
        views=written * (11 + number % 9) + 500,
        videos=21 + (number * 37) % 180,
        hidden=name == SHY,
        grows=subscribers // 2_000 + 1,
        since=now,
    )


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0)
