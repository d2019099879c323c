"""How pages say times, amounts and durations."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from syncing.status.dates import days
from syncing.status.freshness import relative
from syncing.templatetags import freshet as say

NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (4, "just now"),
        (-4, "in a moment"),
        (5, "5 seconds ago"),
        (60, "1 minute ago"),
        (7199, "1 hour ago"),
        (3 * 86_400, "3 days ago"),
        (40 * 86_400, "1 month ago"),
        (800 * 86_400, "2 years ago"),
        (-90, "in 1 minute"),
    ],
)
def test_times_are_relative(seconds: int, words: str) -> None:
    assert relative(NOON - timedelta(seconds=seconds), NOON) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (-1, "in a moment"),
        (7, "7 sec ago"),
        (60, "1 min ago"),
        (150, "2 min ago"),
        (7199, "1 hour ago"),
        (-90, "in 1 min"),
    ],
)
def test_short_times_for_cards(seconds: int, words: str) -> None:
    assert say.shortened(relative(NOON - timedelta(seconds=seconds), NOON)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "–"), (0, "0 s"), (0.42, "0.4 s"), (12, "12 s"), (185, "3 min 5 s"), (3600, "1 h"), (90_000, "1 d 1 h")],
)
def test_durations(seconds: float | None, words: str) -> None:
    assert say.duration(seconds) == words


@pytest.mark.parametrize(
    ("micros", "currency", "exact", "about"),
    [
        (12_345_678_901, "CHF", "CHF~12_345.68", "CHF~12_346"),
        (999_990_000, "EUR", "EUR~999.99", "EUR~999.99"),
        (5_000_000, "JPY", "JPY~5", "JPY~5"),
        (1_000_000, "", "1.00", "1.00"),
        (2_000_000_000, "", "2_000.00", "2_000"),
        (None, "EUR", "–", "–"),
    ],
)
def test_money_has_its_currency_and_thin_groups(micros: int | None, currency: str, exact: str, about: str) -> None:
    said = [
        text.replace("\u202f", "_").replace("\u00a0", "~")
        for text in (say.money(micros, currency), say.about(micros, currency))
    ]
    assert said == [exact, about]


@pytest.mark.parametrize(
    ("number", "words"), [(Decimal("2.500000"), "2.5"), (100, "100"), (Decimal("1200.00"), "1\u202f200"), (None, "–")]
)
def test_numbers_have_no_needless_zeros(number: Decimal | None, words: str) -> None:
    assert say.upto(number) == words


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 8, 24), date(2026, 8, 24), "24 Aug 2026"),
        (date(2026, 8, 24), date(2026, 8, 30), "24 to 30 Aug 2026"),
        (date(2026, 8, 24), date(2026, 9, 6), "24 Aug to 6 Sep 2026"),
        (date(2025, 12, 29), date(2026, 1, 4), "29 Dec 2025 to 4 Jan 2026"),
    ],
)
def test_days_say_each_part_once(first: date, last: date, words: str) -> None:
    assert days(first, last) == words
