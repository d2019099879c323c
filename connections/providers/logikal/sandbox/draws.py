"""Numbers, choices and GUIDs that follow from a seed and a name alone."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar
from uuid import UUID

NULL_GUID = str(UUID(int=0))
Choice = TypeVar("Choice")


def number(low: int, high: int, *parts: object) -> int:
    """Both ends included."""
    return low + int.from_bytes(_digest(*parts)[:8], "big") % (high - low + 1)


def pick(options: Sequence[Choice], *parts: object) -> Choice:
    return options[number(0, len(options) - 1, *parts)]


def guid(*parts: object) -> str:
    return str(UUID(bytes=_digest(*parts), version=4))


def _digest(*parts: object) -> bytes:
    return blake2b("|".join(map(str, parts)).encode(), digest_size=16).digest()
