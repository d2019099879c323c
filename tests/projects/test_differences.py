"""How far a number moved, and whether that is good."""

from decimal import Decimal

import pytest

from projects.numbers.differences import Beside, cells, difference
from projects.numbers.metrics import METRICS
from projects.numbers.sums import Sums
from projects.templatetags.ads import signed


@pytest.mark.parametrize(
    ("code", "now", "before", "percent", "word", "tone", "icon"),
    [
        ("spend", Sums(spend_micros=150), Sums(spend_micros=100), 50, "more", "neutral", "trending-up"),
        ("spend", Sums(spend_micros=50), Sums(spend_micros=100), -50, "less", "neutral", "trending-down"),
        ("impressions", Sums(impressions=3), Sums(impressions=2), 50, "more", "neutral", "trending-up"),
        ("clicks", Sums(clicks=1), Sums(clicks=4), -75, "worse", "bad", "trending-down"),
        (
            "conversions",
            Sums(conversions=Decimal(3)),
            Sums(conversions=Decimal(2)),
            50,
            "better",
            "good",
            "trending-up",
        ),
        ("cpc", Sums(100, 0, 2), Sums(100, 0, 1), -50, "better", "good", "trending-down"),
        (
            "cost_per_conversion",
            Sums(300, conversions=Decimal(1)),
            Sums(100, conversions=Decimal(1)),
            200,
            "worse",
            "bad",
            "trending-up",
        ),
        ("ctr", Sums(0, 100, 3), Sums(0, 100, 2), 50, "better", "good", "trending-up"),
        ("revenue", Sums(revenue_micros=-5), Sums(revenue_micros=-10), 50, "better", "good", "trending-up"),
        ("revenue", Sums(revenue_micros=-15), Sums(revenue_micros=10), -250, "worse", "bad", "trending-down"),
        ("roas", Sums(10, revenue_micros=20), Sums(10, revenue_micros=40), -50, "worse", "bad", "trending-down"),
        ("clicks", Sums(clicks=4), Sums(clicks=4), 0, "no change", "neutral", ""),
    ],
)
def test_more_is_not_always_better(
    code: str, now: Sums, before: Sums, percent: int, word: str, tone: str, icon: str
) -> None:
    found = difference(METRICS[code], Beside(now, before))
    assert found is not None
    assert (found.percent, found.word, found.tone, found.icon) == (Decimal(percent), word, tone, icon)


def test_nothing_before_is_new_and_never_infinite() -> None:
    found = difference(METRICS["clicks"], Beside(Sums(clicks=7), Sums()))
    assert found is not None
    assert (found.word, found.by, found.percent, found.tone) == ("new", 7, None, "neutral")
    rate = difference(METRICS["cpc"], Beside(Sums(100, 0, 1), Sums()))
    assert rate is not None
    assert (rate.word, rate.before, rate.by, rate.percent) == ("new", None, None, None)


def test_a_rate_that_is_gone_says_so_and_one_that_never_was_says_nothing() -> None:
    found = difference(METRICS["cpc"], Beside(Sums(), Sums(100, 0, 1)))
    assert found is not None
    assert (found.word, found.now, found.percent) == ("none now", None, None)
    assert difference(METRICS["cpc"], Beside(Sums(), Sums())) is None


def test_nothing_beside_nothing_has_not_changed() -> None:
    found = difference(METRICS["spend"], Beside(Sums(), Sums()))
    assert found is not None
    assert (found.word, found.percent, found.by) == ("no change", None, 0)


def test_the_difference_of_a_rate_is_that_of_the_sums() -> None:
    """1 of 100 and 90 of 1000, before 10 of 100: 8.27 %, and not the mean of 1 % and 9 %."""
    now = Sums(0, 100, 1) + Sums(0, 1000, 90)
    found = difference(METRICS["ctr"], Beside(now, Sums(0, 100, 10)))
    assert found is not None
    assert round(found.percent or 0, 2) == Decimal("-17.27")


def test_large_amounts_stay_exact() -> None:
    found = difference(METRICS["spend"], Beside(Sums(9_007_199_254_740_993), Sums(9_007_199_254_740_992)))
    assert found is not None
    assert found.by == 1


def test_a_number_says_whether_it_counts_days_that_are_not_compared() -> None:
    compared = Beside(Sums(clicks=4), Sums(clicks=2))
    by_code = {cell.metric.code: cell for cell in cells(Sums(clicks=5, impressions=0), compared)}
    assert (by_code["clicks"].is_partial, by_code["impressions"].is_partial) == (True, False)
    assert not any(cell.is_partial for cell in cells(Sums(clicks=5)))


@pytest.mark.parametrize(
    ("percent", "said"),
    [
        ("12.34", "+12.3"),
        ("12", "+12"),
        ("-3.5", "−3.5"),
        ("0.04", "under +0.1"),
        ("-0.04", "under −0.1"),
        ("100", "+100"),
        ("99.96", "+100"),
        ("1234.5", "+1\u202f234"),
    ],
)
def test_a_percentage_has_a_sign_and_no_needless_places(percent: str, said: str) -> None:
    assert signed(Decimal(percent)) == said
