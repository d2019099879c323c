"""What is kept for how long, how old is the oldest of it, and what did the last prune delete?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from syncing.models import CallBudget
from syncing.retention import Kept, everything_kept

MONTH = 30.44


@dataclass(frozen=True)
class KeptRow:
    """oldest: None where there is nothing. deleted: rows that the last prune deleted."""

    name: str
    time: str
    oldest: datetime | None
    deleted: int


def kept_rows(deleted: Mapping[str, int], now: datetime) -> list[KeptRow]:
    return [
        KeptRow(kept.name, _time(kept), _oldest(kept, now), deleted.get(kept.name, 0)) for kept in everything_kept()
    ]


def _time(kept: Kept) -> str:
    days = kept.time.days
    if not days:
        return "not at all"
    if days > 400:
        return f"{round(days / MONTH)} months"
    return f"{days} day{'' if days == 1 else 's'}"


def _oldest(kept: Kept, now: datetime) -> datetime | None:
    """What is yet to end is not old."""
    rows = kept.model._base_manager.filter(**{f"{kept.order}__isnull": False}).order_by(kept.order)
    age: Any = rows.values_list(kept.age, flat=True).first()
    moment = datetime.fromtimestamp(age * 60, UTC) if kept.model is CallBudget and age else age
    return moment if moment and moment <= now else None
