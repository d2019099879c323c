"""Whose profile does a link lead to? Two spellings of one address are one profile; what is not certain is refused."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

LONGEST = 130
"""Of a canonical address, in characters."""

NAMES = {"instagram": "Instagram", "tiktok": "TikTok", "youtube": "YouTube", "facebook": "Facebook"}
"""What people call the platforms."""


@dataclass(frozen=True)
class Profile:
    """url: the canonical address, the same for every spelling."""

    platform: str
    url: str


@dataclass(frozen=True)
class NoProfile:
    """reason: a sentence for whoever keeps the sheet."""

    reason: str


Found = Profile | NoProfile


def profile_of(link: str | None) -> Found:
    text = (link or "").strip()
    if not text:
        return NoProfile("There is no link.")
    if re.search(r"[\s\\<>\x00-\x1f\x7f]", text):
        return NoProfile("The link has characters that no link has.")
    try:
        parts = urlsplit(text if re.match(r"[a-z][a-z0-9+.-]*://", text, re.IGNORECASE) else f"https://{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return NoProfile("It is not a link.")
    if parts.scheme not in ("http", "https") or port not in (None, 80, 443) or parts.username is not None:
        return NoProfile("It is not a link to a public page.")
    return _on_platform(_bare(host), [unquote(part) for part in parts.path.split("/") if part], parts.query)


def _on_platform(host: str, path: list[str], query: str) -> Found:
    if host in SHORTENERS:
        return NoProfile(
            "It is a short link, which does not say whose profile it leads to. Open it and copy the address."
        )
    platform = HOSTS.get(host)
    if platform is None:
        return NoProfile("It leads to none of Facebook, Instagram, TikTok and YouTube.")
    found = READERS[platform](path, query)
    if found is None:
        return NoProfile("It leads to a page of the platform, not to a profile.")
    address, rest = found
    if rest and (len(rest) > 1 or rest[0].lower() not in SECTIONS[platform]):
        return NoProfile("It leads to a single post or page, not to the profile.")
    url = f"https://{platform}.com/{address}"
    return Profile(platform, url) if len(url) <= LONGEST else NoProfile("The link is too long for a profile's.")


HOSTS = {
    "instagram.com": "instagram",
    "tiktok.com": "tiktok",
    "youtube.com": "youtube",
    "facebook.com": "facebook",
    "fb.com": "facebook",
}
SHORTENERS = {"youtu.be", "vm.tiktok.com", "vt.tiktok.com", "fb.me", "fb.watch", "instagr.am", "bit.ly", "t.co"}
SECTIONS = {
    "instagram": {"reels", "tagged", "feed", "channel", "guides"},
    "tiktok": {"live"},
    "youtube": {
        *("about", "videos", "shorts", "streams", "live", "playlists", "community", "posts", "featured", "channels"),
        *("releases", "podcasts", "store"),
    },
    "facebook": {
        "about",
        "videos",
        "reels",
        "reels_tab",
        "photos",
        "posts",
        "followers",
        "friends",
        "events",
        "mentions",
    },
}
"""Parts of a profile that have an address of their own below it."""

NOT_PEOPLE = {
    "instagram": {
        *("p", "reel", "reels", "tv", "stories", "explore", "accounts", "about", "direct", "developer", "legal", "web"),
        *("challenge", "create", "locations", "login", "share", "s"),
    },
    "facebook": {
        *("groups", "watch", "events", "event", "marketplace", "gaming", "games", "pages", "people", "photo", "photos"),
        *("reel", "reels", "share", "sharer", "login", "hashtag", "search", "help", "policies", "business", "ads"),
        *("public", "stories", "videos", "video", "plugins", "dialog", "messages", "settings", "notifications"),
        *("bookmarks", "friends", "home", "about", "legal", "privacy", "live", "media", "posts", "permalink", "l"),
    },
}

Read = tuple[str, Sequence[str]] | None
"""A profile's own part of the address, and what comes behind it."""


def _instagram(path: list[str], query: str) -> Read:
    name = path[0].lower() if path else ""
    if name in NOT_PEOPLE["instagram"] or not re.fullmatch(r"[a-z0-9._]{1,30}", name):
        return None
    return name, path[1:]


def _tiktok(path: list[str], query: str) -> Read:
    name = path[0].lower() if path else ""
    return (name, path[1:]) if re.fullmatch(r"@[a-z0-9._]{1,24}", name) else None


def _youtube(path: list[str], query: str) -> Read:
    """A handle, a channel's id and its older names are three addresses: nothing in them says that they are the same."""
    kind, name = path[0] if path else "", path[1] if len(path) > 1 else ""
    if kind.startswith("@"):
        handle = kind.lower()
        return (handle, path[1:]) if re.fullmatch(r"@[\w.·-]{3,30}", handle) else None
    if kind.lower() == "channel" and re.fullmatch(r"UC[\w-]{22}", name, re.ASCII):
        return f"channel/{name}", path[2:]
    if kind.lower() in ("c", "user") and re.fullmatch(r"[\w.-]{1,60}", name):
        return f"{kind.lower()}/{name.lower()}", path[2:]
    return None


def _facebook(path: list[str], query: str) -> Read:
    """Numbers are what every profile has, so all addresses with one become the same."""
    first = path[0].lower() if path else ""
    if first == "profile.php":
        number = parse_qs(query).get("id", [""])
        return _numbered(number[0], path[1:]) if len(number) == 1 else None
    if first in ("people", "pages") and len(path) > 2:
        return _numbered(path[2], path[3:])
    if re.fullmatch(r"[0-9]+", first):
        return _numbered(first, path[1:])
    if first in NOT_PEOPLE["facebook"] or first.endswith(".php") or not re.fullmatch(r"[\w.-]{2,60}", first):
        return None
    return first, path[1:]


def _numbered(number: str, rest: Sequence[str]) -> Read:
    return (f"profile.php?id={number}", rest) if re.fullmatch(r"[0-9]{1,20}", number) else None


READERS: dict[str, Callable[[list[str], str], Read]] = {
    "instagram": _instagram,
    "tiktok": _tiktok,
    "youtube": _youtube,
    "facebook": _facebook,
}


def _bare(host: str) -> str:
    """Without what the platforms put before it for phones, languages and old browsers."""
    host = host.lower().removesuffix(".")
    name, dot, rest = host.partition(".")
    is_in_front = name in ("www", "m", "web", "mbasic", "touch") or re.fullmatch(r"[a-z]{2}-[a-z]{2}", name)
    return rest if dot and is_in_front and rest in HOSTS else host
