"""What tests and people did to the objects of a tree, on top of what follows from its seed."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Literal

Lock = Literal["", "locked", "forbidden"]


@dataclass
class Edit:
    """versions: how often it was changed by hand. gone: no list shows it and nothing selects it."""

    fields: dict[str, Any] = field(default_factory=dict)
    versions: int = 0
    changed_at: int = 0
    gone: bool = False
    lock: Lock = ""
    parts_variant: str = ""


class Edits:
    """By directory path, project or elevation id, or `<project id>/<phase id>`."""

    def __init__(self) -> None:
        self._edits: defaultdict[str, Edit] = defaultdict(Edit)

    def of(self, key: str) -> Edit:
        return self._edits[key]

    def undo(self, key: str) -> None:
        """Back to what follows from the seed; its dates stay, as the undoing is a change as well."""
        before = self._edits.pop(key, None)
        if before:
            self._edits[key] = Edit(versions=before.versions + 1, changed_at=before.changed_at)
