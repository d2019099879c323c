"""The fields of a question to Graph: names with commas between them, some with a list of their own in braces."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """argument: of username(x) or limit(5), the x or 5. inner: what stands in the braces."""

    name: str
    argument: str = ""
    inner: str = ""


def parsed(text: str) -> list[Field]:
    return [_field(part) for part in _parts(text) if part]


def _parts(text: str) -> list[str]:
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "{") - (letter == "}")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _field(part: str) -> Field:
    head, _, inner = part.partition("{")
    name, _, call = head.partition(".")
    argument = call.partition("(")[2].rstrip(")")
    return Field(name.strip(), argument, inner.removesuffix("}"))
