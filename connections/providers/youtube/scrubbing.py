"""Take an API key out of whatever a server says, before it is stored, logged or shown."""

import re
from urllib.parse import quote

REMOVED = "[removed]"
SHORTEST_SECRET = 6
_LOOKS_LIKE_A_KEY = re.compile(r"\bAIza[\w-]{20,}")


def scrubbed(text: str, *secrets: str) -> str:
    shapes = {shape for secret in secrets if len(secret) >= SHORTEST_SECRET for shape in (secret, quote(secret, ""))}
    for shape in sorted(shapes, key=len, reverse=True):
        text = text.replace(shape, REMOVED)
    return _LOOKS_LIKE_A_KEY.sub(REMOVED, text)
