"""Read the `fields` parameter: names, comma-joined or as a JSON list, with edges asked for inside them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import orjson

MODIFIER = re.compile(r"\.(\w+)\(((?:[^()]|\([^()]*\))*)\)")


@dataclass(frozen=True)
class Field:
    """One asked-for field; `insights.limit(5){spend}` has the parameter limit and the children spend."""

    name: str
    params: dict[str, str] = field(default_factory=dict)
    children: str = ""


def parse_fields(text: str) -> list[Field]:
    if text.lstrip().startswith("["):
        return [_field(str(item)) for item in orjson.loads(text)]
    return [_field(part) for part in split_outside_brackets(text)]


def split_outside_brackets(text: str) -> Iterator[str]:
    depth = start = 0
    for position, letter in enumerate(text):
        depth += (letter in "({[") - (letter in ")}]")
        if letter == "," and depth == 0:
            yield text[start:position].strip()
            start = position + 1
    if text[start:].strip():
        yield text[start:].strip()


def _field(text: str) -> Field:
    name = re.match(r"\w*", text)
    rest = text[name.end() if name else 0 :]
    params: dict[str, str] = {}
    while found := MODIFIER.match(rest):
        params[found.group(1)] = found.group(2).replace("'", '"')
        rest = rest[found.end() :]
    children = rest[1:-1] if rest.startswith("{") and rest.endswith("}") else ""
    return Field(name.group() if name else "", params, children)
