"""Leave of an answer only the fields that were asked for: `fields=a,b(c,d)`, as Google's APIs take it."""

import re
from typing import Any

Mask = dict[str, "Mask"]
_WORD = re.compile(r"[^,()/]+|[,()/]")


def masked(answer: Any, fields: str) -> Any:
    return answer if fields in ("", "*") else _kept(answer, parsed(fields))


def parsed(fields: str) -> Mask:
    words = _WORD.findall(fields)
    return _list(words)


def _list(words: list[str]) -> Mask:
    found: Mask = {}
    while words and words[0] != ")":
        name, inner = words.pop(0).strip(), {}
        if words and words[0] == "(":
            words.pop(0)
            inner = _list(words)
            words.pop(0)
        elif words and words[0] == "/":
            words.pop(0)
            inner = {words.pop(0): {}}
        found[name] = inner
        if words and words[0] == ",":
            words.pop(0)
    return found


def _kept(answer: Any, mask: Mask) -> Any:
    """An empty mask is everything below."""
    if not mask:
        return answer
    if isinstance(answer, list):
        return [_kept(each, mask) for each in answer]
    if isinstance(answer, dict):
        return {name: _kept(answer[name], inner) for name, inner in mask.items() if name in answer}
    return answer
