"""How far did a number move, and is that good? Pure: no clock, no database."""

from dataclasses import dataclass
from decimal import Decimal

from projects.numbers.metrics import METRICS, Metric, Number
from projects.numbers.sums import Sums

NOTHING = Sums()


@dataclass(frozen=True)
class Beside:
    """What the compared days added up to: now, and on the days beside them."""

    now: Sums = NOTHING
    before: Sums = NOTHING

    def __add__(self, other: "Beside") -> "Beside":
        return Beside(self.now + other.now, self.before + other.before)


@dataclass(frozen=True)
class Difference:
    """percent: None where nothing stood before or nothing stands now. tone: good, bad or neutral."""

    now: Number
    before: Number
    by: Number
    percent: Decimal | None
    word: str
    tone: str = "neutral"

    @property
    def icon(self) -> str:
        return "" if not self.by else "trending-up" if self.by > 0 else "trending-down"


@dataclass(frozen=True)
class Cell:
    """A number as it is shown. difference: None where nothing is compared."""

    metric: Metric
    value: Number
    difference: Difference | None = None

    @property
    def is_partial(self) -> bool:
        """Whether it counts days that are not compared."""
        return self.difference is not None and self.difference.now != self.value


def cells(sums: Sums, beside: Beside | None = None) -> list[Cell]:
    return [
        Cell(metric, metric.of(sums), difference(metric, beside) if beside else None) for metric in METRICS.values()
    ]


def difference(metric: Metric, beside: Beside) -> Difference | None:
    """None where there is no such number on either side, as with the cost per click of nothing."""
    now, before = metric.of(beside.now), metric.of(beside.before)
    if now is None:
        return None if before is None else Difference(now, before, None, None, "none now")
    if not before:
        return Difference(now, before, now if before == 0 else None, None, "new" if now else "no change")
    by = now - before
    return Difference(now, before, by, Decimal(100 * by) / Decimal(before).copy_abs(), *_said(metric, by))


def _said(metric: Metric, by: Decimal | int) -> tuple[str, str]:
    if by == 0:
        return "no change", "neutral"
    way = "more" if by > 0 else "less"
    if not metric.better:
        return way, "neutral"
    return ("better", "good") if way == metric.better else ("worse", "bad")
