"""How the pages of numbers say an amount whose currency the table has said already, and by how much it moved."""

from decimal import Decimal

from django import template

from projects.numbers.metrics import Metric

register = template.Library()

MINUS = "\u2212"
THIN = "\u202f"


@register.filter
def without(amount: str, currency: str) -> str:
    """12.50 from CHF 12.50. With a currency it is the amount that has the right number of places."""
    return amount.removeprefix(f"{currency}\u00a0")


@register.filter
def signed(percent: Decimal) -> str:
    """With a sign, one place at most, and none from a hundred on. What is nearly nothing is not nothing."""
    if abs(percent) < Decimal("0.05"):
        return f"under {sign(percent)}0.1"
    places = 0 if abs(percent) >= 100 else 1
    return sign(percent) + f"{abs(percent):,.{places}f}".removesuffix(".0").replace(",", THIN)


@register.filter
def sign(number: Decimal | int) -> str:
    return "+" if number > 0 else MINUS if number < 0 else ""


@register.filter
def shows(metric: Metric, difference: Decimal | int) -> bool:
    """Whether anything is left of it at two places."""
    return Decimal(difference).copy_abs() >= (5000 if metric.kind == "money" else Decimal("0.005"))


@register.filter
def size(number: Decimal) -> Decimal:
    return abs(number)
