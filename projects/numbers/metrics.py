"""The numbers a marketer looks at: how each is called, said, computed and sorted by."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from django.db.models import ExpressionWrapper, F, FloatField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, NullIf

from projects.numbers.sums import Sums

Kind = Literal["money", "count", "amount", "percent", "ratio"]
Number = Decimal | int | None
Better = Literal["more", "less", ""]


@dataclass(frozen=True)
class Metric:
    """of: its value; money in millionths. order: what SQL sorts by, over the sums. better: when it is, if ever."""

    code: str
    word: str
    kind: Kind
    of: Callable[[Sums], Number]
    order: Combinable
    long_word: str = ""
    better: Better = ""

    @property
    def full_word(self) -> str:
        return self.long_word or self.word


def _rate(above: str, below: str) -> Combinable:
    """None where nothing stands below the line, as everywhere else."""
    return ExpressionWrapper(
        Cast(F(f"sum_{above}"), FloatField()) / NullIf(Cast(F(f"sum_{below}"), FloatField()), Value(0.0)),
        output_field=FloatField(),
    )


METRICS = {
    metric.code: metric
    for metric in (
        Metric("spend", "Spend", "money", lambda sums: sums.spend_micros, F("sum_spend_micros")),
        Metric("impressions", "Impressions", "count", lambda sums: sums.impressions, F("sum_impressions")),
        Metric("clicks", "Clicks", "count", lambda sums: sums.clicks, F("sum_clicks"), better="more"),
        Metric(
            "ctr",
            "CTR",
            "percent",
            lambda sums: sums.click_rate,
            _rate("clicks", "impressions"),
            "Click rate",
            better="more",
        ),
        Metric(
            "cpc",
            "CPC",
            "money",
            lambda sums: sums.cost_per_click,
            _rate("spend_micros", "clicks"),
            "Cost per click",
            better="less",
        ),
        Metric(
            "conversions",
            "Conversions",
            "amount",
            lambda sums: sums.conversions,
            F("sum_conversions"),
            better="more",
        ),
        Metric(
            "cost_per_conversion",
            "Cost / conv.",
            "money",
            lambda sums: sums.cost_per_conversion,
            _rate("spend_micros", "conversions"),
            "Cost per conversion",
            better="less",
        ),
        Metric(
            "revenue",
            "Revenue",
            "money",
            lambda sums: sums.revenue_micros,
            F("sum_revenue_micros"),
            better="more",
        ),
        Metric(
            "roas",
            "ROAS",
            "ratio",
            lambda sums: sums.roas,
            _rate("revenue_micros", "spend_micros"),
            "Return on spend",
            better="more",
        ),
    )
}
