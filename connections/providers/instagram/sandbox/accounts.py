"""The accounts that the sandbox has, and their numbers: those of the demo's spreadsheet, a little further on."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

OWN_ID, OWN_NAME = "17841400000000001", "freshet.demo"
DEMO_TOKEN = "sandbox-demo-token"  # noqa: S105 - opens the sandbox alone
NAMES = {
    1: "bento.box.ben",
    5: "forkful_fay",
    9: "junglejon",
    13: "northbound_nia",
    17: "rainyday_rosa",
    21: "veggie.vic",
    25: "zigzag.zoe",
    29: "denim.dee",
    33: "hertz_hana",
    37: "lumen_lou",
}
"""By where they stand in the demo's spreadsheet, which their numbers follow from."""

PERSONAL = "zigzag.zoe"
"""No professional account, so that nothing is told of it."""

NUMBERS = ("followers", "following", "posts")


@dataclass
class Person:
    """grows: followers an hour, while nobody has set them by hand. hides_likes: of all posts."""

    username: str
    name: str
    id: str
    followers: int | None = 0
    following: int | None = 0
    posts: int | None = 0
    professional: bool = True
    hides_likes: bool = False
    grows: int = 0
    since: datetime | None = field(default=None, repr=False)

    def set(self, **wishes: Any) -> None:
        """None: Instagram leaves this number out."""
        unknown = wishes.keys() - {known.name for known in fields(self)} - {"id", "since"}
        if unknown:
            raise ValueError(f"An account has no {', '.join(sorted(unknown))}.")
        if wrong := [name for name in NUMBERS if not _is_number(wishes.get(name))]:
            raise ValueError(f"{wrong[0]} has to be a whole number, or null.")
        for name, value in wishes.items():
            setattr(self, name, value)
        if "followers" in wishes:
            self.grows = 0

    def shown(self, now: datetime) -> dict[str, int | None]:
        hours = max(int((now - self.since).total_seconds() // 3600), 0) if self.since else 0
        followers = None if self.followers is None else self.followers + hours * self.grows
        return {"followers": followers, "following": self.following, "posts": self.posts}

    def node(self, now: datetime) -> dict[str, Any]:
        """All of its fields that anybody may ask for."""
        shown = self.shown(now)
        names = {"followers_count": "followers", "follows_count": "following", "media_count": "posts"}
        counts = {theirs: shown[ours] for theirs, ours in names.items() if shown[ours] is not None}
        return {"id": self.id, "username": self.username, "name": self.name, "biography": "", **counts}

    def media(self, limit: int) -> list[dict[str, Any]]:
        """The newest first."""
        posts = range(self.posts or 0, max((self.posts or 0) - limit, 0), -1)
        return [self._post(number) for number in posts]

    def _post(self, number: int) -> dict[str, Any]:
        likes = {} if self.hides_likes else {"like_count": 40 + number * 7 % 90}
        return {"id": f"{self.id}{number:04}", **likes, "comments_count": number % 9, "media_type": "IMAGE"}


def standing_people(now: datetime) -> list[Person]:
    own = Person(OWN_NAME, "Freshet demo", OWN_ID, followers=1_200, following=80, posts=12)
    return [own, *(_person(number, name, now) for number, name in NAMES.items())]


def _person(number: int, name: str, now: datetime) -> Person:
    """The spreadsheet was written some time ago: some have lost a little since, most have gained."""
    written = 4_000 + (number * 7_919) % 96_000
    followers = written * (97 + number % 7) // 100
    return Person(
        name,
        name.replace(".", " ").replace("_", " ").title(),
        f"178414000000001{number:02}",
        followers=followers,
        following=50 + number * 13 % 700,
        posts=21 + (number * 37) % 180,
        professional=name != PERSONAL,
        grows=followers // 2_000 + 1,
        since=now,
    )


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0)
