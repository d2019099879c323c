"""What are the things called that changed?"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from connections.models import Connection
from projects.models import DailyMetric
from projects.numbers.levels import LEVELS
from projects.tables import TABLES

Key = tuple[str, str]
"""A table and what tells a row apart in it, as the log has them."""


@dataclass(frozen=True)
class Object:
    """level: a code of LEVELS, or the table's name. name: empty where the structure has not been read or lacks it."""

    level: str
    external_id: str
    name: str = ""

    @property
    def kind(self) -> str:
        if self.level in LEVELS:
            word = LEVELS[self.level].word
        elif self.level in TABLES:
            word = str(TABLES[self.level].model._meta.verbose_name)
        else:
            word = self.level.replace("_", " ")
        return word.capitalize()

    @property
    def said(self) -> str:
        return self.name or self.external_id


def objects_of(connection: Connection, keys: Iterable[Key]) -> dict[Key, Object]:
    """One query for each level or table that occurs."""
    found = {key: Object(*level_of(*key)) for key in keys}
    names = _names(connection, set(found.values()))
    return {key: Object(its.level, its.external_id, names.get(its, "")) for key, its in found.items()}


def level_of(table: str, key: str) -> Key:
    """Level and external id: campaign, 123 of the numbers of campaign/123, and of the campaign itself."""
    level, slash, external_id = key.partition("/")
    return (level, external_id) if slash and level in LEVELS else (table, key)


def _names(connection: Connection, objects: set[Object]) -> dict[Object, str]:
    names = {each: connection.name for each in objects if each.level == DailyMetric.Level.ACCOUNT}
    named: dict[str, Any] = {level.code: level.model for level in LEVELS.values() if level.model}
    for level in {each.level for each in objects}:
        ids = {each.external_id for each in objects if each.level == level}
        if level in named:
            held = named[level]._default_manager.filter(connection=connection, external_id__in=ids)
            found = dict(held.values_list("external_id", "name"))
        else:
            found = TABLES[level].names(connection.pk, ids) if level in TABLES else {}
        names |= {Object(level, pk): name for pk, name in found.items()}
    return names
