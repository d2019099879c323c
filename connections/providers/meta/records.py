"""Turn the rows of a page into records, and put those aside that make no sense."""

from collections.abc import Callable
from datetime import date
from typing import Any

import orjson

from connections.errors import BadData
from connections.providers.meta.paging import ListPage
from connections.providers.meta.scrubbing import Scrub
from connections.sources import Checkpoint, Page, Quarantined, Record

LONGEST_RAW = 2000
_KEYS = ("ad_id", "adset_id", "campaign_id", "id")

Describe = Callable[[dict[str, Any]], Record]


def as_page(found: ListPage, checkpoint: Checkpoint | None, describe: Describe, scrub: Scrub) -> Page:
    records: list[Record] = []
    quarantined: list[Quarantined] = []
    for row in found.rows:
        try:
            records.append(describe(row))
        except BadData as error:
            quarantined.append(_put_aside(row, error.sentence, scrub))
        except AttributeError:
            quarantined.append(_put_aside(row, "The row is not an object with fields.", scrub))
    return Page(records, checkpoint, found.fetched_at, tuple(quarantined), found.is_first, found.again_after)


def _put_aside(row: Any, reason: str, scrub: Scrub) -> Quarantined:
    raw = orjson.dumps(row, default=str).decode()
    return Quarantined(scrub(_key(row)), scrub(reason), scrub(raw)[:LONGEST_RAW], _date(row))


def _date(row: Any) -> date | None:
    try:
        return date.fromisoformat(row["date_start"])
    except (KeyError, TypeError, ValueError):
        return None


def _key(row: Any) -> str:
    """What a person needs to find the row again: the most exact id, and the date."""
    if not isinstance(row, dict):
        return ""
    found = next((str(row[each]) for each in _KEYS if row.get(each)), "")
    return f"{found} {row.get('date_start', '')}".strip()[:100]
