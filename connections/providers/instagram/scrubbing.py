"""Take a login out of whatever a server says, before it is stored, logged or shown."""

import re
from urllib.parse import quote

REMOVED = "[removed]"
SHORTEST_SECRET = 6
_NAMED = re.compile(r"""((?:access_token|appsecret_proof)[\\"']*\s*(?:=|:|%3D)\s*[\\"']*)[^&\s\\"'<>,;)}]+""", re.I)
_LOOKS_LIKE_A_TOKEN = re.compile(r"\b(?:EAA|IG[A-Z]{1,3})[A-Za-z0-9]{20,}")


def scrubbed(text: str, *secrets: str) -> str:
    shapes = {shape for secret in secrets if len(secret) >= SHORTEST_SECRET for shape in (secret, quote(secret, ""))}
    for shape in sorted(shapes, key=len, reverse=True):
        text = text.replace(shape, REMOVED)
    return _LOOKS_LIKE_A_TOKEN.sub(REMOVED, _NAMED.sub(rf"\1{REMOVED}", text))
