"""Take secrets out of any text before it is stored, logged or shown."""

import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus

Scrub = Callable[[str], str]

REMOVED = "[removed]"
# Shorter ones would take ordinary words out of every sentence.
SHORTEST_SECRET = 6

_NAMED = re.compile(
    r"(access_token|appsecret_proof|client_secret|fb_exchange_token|input_token)"
    r"""([\\"']*\s*(?:=|:|%3D)\s*[\\"']*)[^&\s\\"'<>,;)}]+""",
    re.IGNORECASE,
)
_AUTHORIZATION = re.compile(r"\b(bearer|oauth)\s+[\w.|~+/=%-]{16,}", re.IGNORECASE)
_LOOKS_LIKE_A_TOKEN = re.compile(r"\bEAA[A-Za-z0-9]{16,}")


def scrubber(*secrets: str) -> Scrub:
    """A function that removes these secrets, and whatever looks like one, from a text."""
    shapes = {shape for secret in secrets for shape in _shapes(secret)}
    known = sorted((shape for shape in shapes if len(shape) >= SHORTEST_SECRET), key=len, reverse=True)

    def scrub(text: str) -> str:
        for secret in known:
            text = text.replace(secret, REMOVED)
        text = _NAMED.sub(rf"\1\2{REMOVED}", text)
        text = _AUTHORIZATION.sub(rf"\1 {REMOVED}", text)
        return _LOOKS_LIKE_A_TOKEN.sub(REMOVED, text)

    return scrub


def _shapes(secret: str) -> tuple[str, ...]:
    """As it is, and as addresses quote it."""
    return secret, quote(secret), quote(secret, safe=""), quote_plus(secret)
