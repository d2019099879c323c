"""Read one HTTP answer whole, and decode it once, into values that a database can keep."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import requests

LONGEST_BODY = 64 * 1024 * 1024
# PostgreSQL keeps neither NUL characters nor halves of surrogate pairs, and names cut by Meta hold both at times.
_UNSTORABLE = {0: None} | dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")


class AnswerTooLong(Exception):
    """The body is longer than we are willing to hold in memory."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the SDK takes for a response of requests.

    The SDK decodes `text` if it can and otherwise takes it as it is, so handing it the decoded body saves the second,
    three times slower decoding. A body that is no JSON stays text.
    """

    status_code: int
    headers: Mapping[str, str]
    text: Any


def read(response: requests.Response) -> Answer:
    """Raises AnswerTooLong, and the errors of urllib3 when the line breaks or the deadline passes."""
    with response:
        body = response.raw.read(LONGEST_BODY + 1, decode_content=True)
    if len(body) > LONGEST_BODY:
        raise AnswerTooLong
    return Answer(response.status_code, response.headers, decoded(body))


def decoded(body: bytes) -> Any:
    """The JSON of a body, or its text where it is none."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _leniently_decoded(body)
    return storable(value) if b"\\u0000" in body else value


def _leniently_decoded(body: bytes) -> Any:
    """The standard library takes what orjson refuses: NaN, and halves of surrogate pairs."""
    try:
        return storable(json.loads(body, parse_constant=str))
    except (ValueError, RecursionError):
        return storable(body.decode("utf-8", "replace"))


def storable(value: Any) -> Any:
    """The same value without the characters that PostgreSQL refuses."""
    if isinstance(value, str):
        return value.translate(_UNSTORABLE)
    if isinstance(value, list):
        return [storable(each) for each in value]
    if isinstance(value, dict):
        return {storable(key): storable(each) for key, each in value.items()}
    return value
