"""What the address of a profile says of it: the name that Instagram looks it up by."""

import re

PLATFORM = "instagram"
BEFORE = "https://instagram.com/"
NOT_A_NAME = "This is not the address of an Instagram profile."


def username(profile: str) -> str:
    """Of a canonical address; empty where there is none. It stands in a question, so it is looked at closely."""
    name = profile.removeprefix(BEFORE)
    return name if profile.startswith(BEFORE) and re.fullmatch(r"[a-z0-9._]{1,30}", name) else ""
