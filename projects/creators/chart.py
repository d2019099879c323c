"""One count of an account by day: how high it stood, and by how much it grew. What static/js/chart.js draws."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from projects.models import AccountSnapshot

DAYS = 30


def chart(snapshots: Sequence[AccountSnapshot], metric: str, today: date) -> dict[str, Any]:
    """The last thirty days; a day without a snapshot has no number."""
    held = {snapshot.snapshot_date: snapshot.counts[metric] for snapshot in snapshots}
    first = max(min(held, default=today), today - timedelta(days=DAYS - 1))
    days = [first + timedelta(days=number) for number in range((today - first).days + 1)]
    word = metric.capitalize()
    return {
        "dates": [day.isoformat() for day in days],
        "series": [
            {"label": f"{word} by day", "unit": "", "values": [_grown(held, day) for day in days]},
            {"label": word, "unit": "", "values": [held.get(day) for day in days]},
        ],
    }


def _grown(held: dict[date, int | None], day: date) -> int | None:
    before, after = held.get(day - timedelta(days=1)), held.get(day)
    return None if before is None or after is None else after - before
