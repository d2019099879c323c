"""What was added up, and the rates that follow from it. Rates come from sums; an average of rates would be wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from django.db.models import Q, Sum

SUMMED = ("spend_micros", "impressions", "clicks", "conversions", "revenue_micros")
"""Reach is not among them: the same person may be reached on two days, by two ads."""


@dataclass(frozen=True)
class Sums:
    spend_micros: int = 0
    impressions: int = 0
    clicks: int = 0
    conversions: Decimal = Decimal(0)
    revenue_micros: int = 0

    @classmethod
    def of(cls, row: Mapping[str, Any], prefix: str = "sum_") -> Self:
        """From a row of a query that asked for `added`, or of the table itself, without a prefix."""
        spend, impressions, clicks, conversions, revenue = (row[prefix + name] or 0 for name in SUMMED)
        return cls(int(spend), int(impressions), int(clicks), Decimal(conversions), int(revenue))

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*(getattr(self, name) + getattr(other, name) for name in SUMMED))

    @property
    def click_rate(self) -> Decimal | None:
        """In percent."""
        return _ratio(100 * self.clicks, self.impressions)

    @property
    def cost_per_click(self) -> Decimal | None:
        return _ratio(self.spend_micros, self.clicks)

    @property
    def cost_per_conversion(self) -> Decimal | None:
        return _ratio(self.spend_micros, self.conversions)

    @property
    def roas(self) -> Decimal | None:
        return _ratio(self.revenue_micros, self.spend_micros)


def _ratio(above: Decimal | int, below: Decimal | int) -> Decimal | None:
    return Decimal(above) / below if below else None


def added(days: Q | None = None) -> dict[str, Sum]:
    """To annotate a query by: the sums of all its rows, or of those of some days."""
    return {f"sum_{name}": Sum(name, filter=days, default=0) for name in SUMMED}
