"""Take a key and its tokens out of whatever a server says, before it is stored, logged or shown."""

import html
import json
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

REMOVED = "[removed]"
SHORTEST_SECRET = 8
"""A shorter one would take letters out of every word."""

_TOKENS = re.compile(r"\b(?:ya29\.[\w.-]{10,}|eyJ[\w-]{10,}(?:\.[\w-]+){0,2})|(?<=[Bb]earer )[\w.~+/=-]{8,}")


def scrubbed(text: str, *secrets: str) -> str:
    """Without these and each of their lines, as they are and as addresses, pages and JSON quote them."""
    lines = {line for secret in secrets for line in (secret, *secret.splitlines()) if _is_secret(line)}
    for shape in sorted({shape for line in lines for shape in _shapes(line)}, key=len, reverse=True):
        text = text.replace(shape, REMOVED)
    return _TOKENS.sub(REMOVED, text)


def _is_secret(line: str) -> bool:
    """The lines around a key are the same in every one, and say nothing."""
    return len(line) >= SHORTEST_SECRET and not re.fullmatch(r"-----[A-Z ]+-----", line)


def _shapes(secret: str) -> Iterator[str]:
    yield from (secret, quote(secret), quote(secret, safe=""), quote_plus(secret), html.escape(secret))
    yield from (json.dumps(secret)[1:-1], repr(secret)[1:-1])
