"""Read one HTTP answer whole, up to a size, and decode its JSON into values that a database can keep."""

import json
from typing import Any

import orjson
import requests

from connections.providers.logikal.errors import TooLong

# PostgreSQL keeps neither NUL characters nor halves of surrogate pairs.
_UNSTORABLE = {0: None} | dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")


def body_of(response: requests.Response, longest: int) -> bytes:
    """longest: in bytes, unpacked. Raises TooLong, and urllib3's and the socket's errors when the line breaks."""
    with response:
        body = response.raw.read(longest + 1, decode_content=True)
    if len(body) > longest:
        raise TooLong(f"LOGIKAL's answer is longer than {longest // 2**20} MiB.")
    return bytes(body)


def decoded(body: bytes) -> Any:
    """The JSON of a body, or its text where it is none."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _leniently(body)
    return storable(value) if b"\\u0000" in body else value


def _leniently(body: bytes) -> Any:
    """The standard library takes what orjson refuses: NaN, and halves of surrogate pairs."""
    try:
        return storable(json.loads(body, parse_constant=str))
    except (ValueError, RecursionError):
        return storable(body[:2000].decode("utf-8", "replace"))


def storable(value: Any) -> Any:
    if isinstance(value, str):
        return value.translate(_UNSTORABLE)
    if isinstance(value, list):
        return [storable(each) for each in value]
    if isinstance(value, dict):
        return {storable(key): storable(each) for key, each in value.items()}
    return value
