"""How is it said whether the rows of a stream add up to its totals?"""

from collections.abc import Sequence

from projects.numbers.agreement import Agreement, Drift
from projects.numbers.exact import in_full
from syncing.status.dates import NAMED

FEW = {1: "the only day so far", 2: "both days"}


def sentence(agreement: Agreement, currency: str) -> str:
    """Empty where no day could be compared yet."""
    if not agreement.days:
        return ""
    words = agreement.level.words
    if not agreement.drifts:
        days = FEW.get(agreement.days, f"all {agreement.days:,} days")
        return f"Totals agree to the micro on {days}: the {words} add up to the account."
    count = len(agreement.drifts)
    days = f"{count:,} day{'s' if count > 1 else ''}"
    return f"On {days} the {words} do not add up to the account: {_listed(agreement.drifts, currency)}."


def _listed(drifts: Sequence[Drift], currency: str) -> str:
    said = [f"{drift.date:%-d %b %Y} {off_by(drift, currency)}" for drift in drifts[:NAMED]]
    more = len(drifts) - len(said)
    return "; ".join([*said, *([f"and {more:,} more"] if more else [])])


def off_by(drift: Drift, currency: str) -> str:
    amount = in_full(abs(drift.difference), currency)
    return f"lacks {amount}" if drift.difference < 0 else f"has {amount} too much"
