"""Take the rows of a list into records, each once, and put those aside that make no sense."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from connections.errors import BadData, Transient
from connections.providers.logikal.client import Reply
from connections.sources import Checkpoint, Page, Quarantined, Record

LONGEST_RAW = 2000

Describe = Callable[[dict[str, Any]], Record]


@dataclass(frozen=True)
class Listed:
    """Everything that one list held."""

    records: list[Record]
    quarantined: tuple[Quarantined, ...]
    fetched_at: datetime

    def page(
        self, checkpoint: Checkpoint | None, *, complete: dict[str, str], stream: str = "", is_first: bool = False
    ) -> Page:
        """Not complete where something was put aside: it is there, and must not count as gone."""
        whole = None if self.quarantined else complete
        return Page(
            self.records,
            checkpoint,
            self.fetched_at,
            self.quarantined,
            is_first=is_first,
            stream=stream,
            complete=whole,
        )


def listed(reply: Reply, describe: Describe, key: str, *, project: str = "") -> Listed:
    """key: the field of the record that tells rows of this list apart. project: in which they are.

    Raises Transient where there is no list. An envelope without `data` is an empty list: the specification calls that
    field optional.
    """
    rows = [] if reply.data is None else reply.data
    if not isinstance(rows, list):
        raise Transient("LOGIKAL answered without a list.")
    records: dict[str, Record] = {}
    quarantined: list[Quarantined] = []
    for row in rows:
        try:
            record = describe(_as_object(row))
        except BadData as error:
            quarantined.append(_put_aside(row, error.sentence, project))
        else:
            records[record[key]] = record
    return Listed(list(records.values()), tuple(quarantined), reply.fetched_at)


def _as_object(row: Any) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise BadData("The row is not an object with fields.")
    return row


def _put_aside(row: Any, reason: str, project: str) -> Quarantined:
    fields = row if isinstance(row, dict) else {}
    key = next((str(fields[name]) for name in ("id", "path", "name") if fields.get(name)), "")
    return Quarantined(key[:100], reason, orjson.dumps(row, default=str).decode()[:LONGEST_RAW], entity=project)
