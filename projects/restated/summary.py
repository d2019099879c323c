"""How much changed, all in all?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, Count, F, Max, Q, Sum
from django.db.models.functions import Cast

from projects.numbers.levels import LEVELS
from projects.restated.asked import Asked


@dataclass(frozen=True)
class Spend:
    """level: whose rows were added up; those of one level only, or everything would count several times."""

    level: str
    days: int
    micros: int


@dataclass(frozen=True)
class Summary:
    """values: changes, a value that moved twice being two. rows: of numbers and of objects. spend: None if unmoved."""

    values: int
    rows: int
    number_count: int
    object_count: int
    last_seen_at: datetime | None
    spend: Spend | None


def summary(asked: Asked) -> Summary:
    """Two queries, whatever their number."""
    changes = asked.all()
    found = changes.aggregate(
        values=Count("id"), numbers=Count("id", filter=Q(date__isnull=False)), last=Max("seen_at"), **_spends()
    )
    rows = changes.order_by().values("table", "key", "date").distinct().count() if found["values"] else 0
    numbers = found["numbers"]
    return Summary(found["values"], rows, numbers, found["values"] - numbers, found["last"], _spend(found))


def _spends() -> dict[str, Any]:
    """Of each level, so that the highest that moved can be told."""
    moved = Cast("after", BigIntegerField()) - Cast("before", BigIntegerField())
    wanted: dict[str, Any] = {}
    for code in LEVELS:
        its = Q(table="daily_metric", field="spend_micros", key__startswith=f"{code}/")
        wanted[f"spend_{code}"] = Sum(moved, filter=its)
        wanted[f"days_{code}"] = Count(F("date"), filter=its, distinct=True)
    return wanted


def _spend(found: dict[str, Any]) -> Spend | None:
    for level in LEVELS.values():
        if days := found[f"days_{level.code}"]:
            return Spend(level.word, days, found[f"spend_{level.code}"] or 0)
    return None
