"""What a platform says of a public profile, as a record for whoever compares it with what people noted.

state: ok; missing, where nobody has it; unsupported, where the platform tells nothing of it; failed, where it could not
be read this time. reason: a sentence for people, empty where it is ok.
"""

from collections.abc import Mapping

from connections.sources import Record

METRICS = ("followers", "likes", "comments", "videos", "views", "following")
OK, MISSING, UNSUPPORTED, FAILED = "ok", "missing", "unsupported", "failed"
LONGEST_NAME = 200
# PostgreSQL keeps neither NUL characters nor halves of surrogate pairs.
_UNSTORABLE = {0: None} | dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")


def read(
    profile: str,
    *,
    external_id: str,
    name: str,
    counts: Mapping[str, int | None],
    figures: Mapping[str, int] | None = None,
) -> Record:
    """counts: None, or left out, where the platform shows no number. figures: of the numbers that are rounded, how many
    of their leading digits are exact."""
    return {
        "profile": profile,
        "external_id": external_id,
        "name": name.translate(_UNSTORABLE)[:LONGEST_NAME],
        "state": OK,
        "reason": "",
        **{metric: counts.get(metric) for metric in METRICS},
        "figures": dict(figures or {}),
    }


def unread(profile: str, state: str, reason: str) -> Record:
    nothing = read(profile, external_id="", name="", counts={})
    return {**nothing, "state": state, "reason": reason}
