"""The parts of one elevation, by their kind."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from connections.models import Connection
from projects.models import Part

MOST_SHOWN = 1000

KINDS = {"profile": "Profiles", "article": "Articles", "glass": "Glass", "u_value": "U values"}
"""In the order of a page. Those that another release reads come behind them, by their own names."""

COLUMNS = {
    "color": "Colour",
    "amount": "Amount",
    "length_mm": "Length, mm",
    "area": "Area",
    "value": "Value",
    "price": "Price",
}


@dataclass(frozen=True)
class Kind:
    """columns: those in which any of its parts says something."""

    code: str
    word: str
    parts: list[Part]
    columns: dict[str, str]

    def rows(self) -> Iterator[tuple[Part, list[tuple[str, object]]]]:
        for part in self.parts:
            yield part, [(name, getattr(part, name)) for name in self.columns]


def kinds(connection: Connection, elevation_id: str) -> list[Kind]:
    """By one query. Of very many, the first."""
    found = Part.objects.filter(connection=connection, elevation_id=elevation_id)
    parts = list(found.order_by("kind", "position")[:MOST_SHOWN])
    by_code = {code: list(its) for code, its in groupby(parts, key=lambda part: part.kind)}
    ordered = [*(code for code in KINDS if code in by_code), *(code for code in by_code if code not in KINDS)]
    return [_kind(code, by_code[code]) for code in ordered]


def word(code: str) -> str:
    return KINDS.get(code, code.replace("_", " ").capitalize())


def _kind(code: str, parts: list[Part]) -> Kind:
    said = {
        name: word for name, word in COLUMNS.items() if any(getattr(part, name) not in (None, "") for part in parts)
    }
    return Kind(code, word(code), parts, said)
