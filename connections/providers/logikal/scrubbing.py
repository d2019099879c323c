"""Take a login's secrets out of whatever a server says, before it is stored, logged or shown."""

import html
import json
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

REMOVED = "[removed]"
SHORTEST_SECRET = 4
"""A shorter one would take letters out of every word."""


def scrubbed(text: str, *secrets: str) -> str:
    """Without these, as they are and as addresses, pages and JSON quote them."""
    shapes = {shape for secret in secrets if len(secret) >= SHORTEST_SECRET for shape in _shapes(secret)}
    for shape in sorted(shapes, key=len, reverse=True):
        text = text.replace(shape, REMOVED)
    return text


def _shapes(secret: str) -> Iterator[str]:
    yield from (
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        html.escape(secret),
        repr(secret)[1:-1],
    )
    yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
