"""What is said of an elevation, as names and texts: by the list of elevations, and by its parts list."""

from decimal import Decimal, InvalidOperation
from typing import Any

from projects.models import Elevation, PartsList

SAID = {
    "system_description": "System",
    "auto_description": "Description",
    "model_description": "Model",
    "user_description": "Remark",
    "kind": "Type",
    "state": "State",
    "created_by": "Made by",
}
FROM_THE_FILE = {"weight": "Weight", "area": "Area", "system_name": "System in the parts list", "color": "Colour"}


def facts(elevation: Elevation, parts_list: PartsList | None) -> list[tuple[str, str]]:
    said = [(word, getattr(elevation, name)) for name, word in SAID.items()]
    said += [(f"Surface, {part.replace('_', ' ')}", _surface(its)) for part, its in elevation.surfaces.items()]
    if parts_list:
        said += [(word, _with_unit(parts_list.facts, name)) for name, word in FROM_THE_FILE.items()]
    return [(word, text) for word, text in said if text]


def _surface(said: Any) -> str:
    values = said.values() if isinstance(said, dict) else [said]
    return ", ".join(str(value) for value in values if value not in (None, ""))


def _with_unit(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    if value in (None, ""):
        return ""
    return f"{_rounded(str(value))} {said.get(f'{name}_unit', '')}".strip()


def _rounded(text: str) -> str:
    """Numbers stand there as exact texts, which nobody reads to the last place."""
    try:
        return f"{Decimal(text).quantize(Decimal('0.01')).normalize():f}"
    except InvalidOperation:
        return text
