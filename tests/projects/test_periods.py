"""The days of a period."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.numbers.periods import LAST_DAYS, PERIODS, Span, custom_span, span


@pytest.mark.parametrize(
    ("period", "today", "since", "until"),
    [
        ("7", date(2026, 3, 3), date(2026, 2, 25), date(2026, 3, 3)),
        ("28", date(2024, 3, 1), date(2024, 2, 3), date(2024, 3, 1)),
        ("this_month", date(2026, 3, 1), date(2026, 3, 1), date(2026, 3, 1)),
        ("last_month", date(2026, 3, 31), date(2026, 2, 1), date(2026, 2, 28)),
        ("last_month", date(2024, 3, 31), date(2024, 2, 1), date(2024, 2, 29)),
        ("last_month", date(2026, 1, 1), date(2025, 12, 1), date(2025, 12, 31)),
    ],
)
def test_the_days_of_a_named_period(period: str, today: date, since: date, until: date) -> None:
    assert span(period, today) == Span(since, until)


@given(st.sampled_from([name for name in PERIODS if name != "custom"]), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_the_days_before_are_as_many_and_end_where_these_begin(period: str, today: date) -> None:
    asked = span(period, today)
    assert asked.until <= today
    assert asked.before.length == asked.length == len(asked.days())
    assert asked.before.until + timedelta(days=1) == asked.since
    assert asked.length == LAST_DAYS.get(period, asked.length)


def test_a_span_holds_its_first_and_its_last_day() -> None:
    asked = Span(date(2026, 3, 1), date(2026, 3, 10))
    assert (asked.since in asked, asked.until in asked) == (True, True)
    assert date(2026, 2, 28) not in asked
    assert date(2026, 3, 11) not in asked


def test_what_is_left_out_of_chosen_days_is_filled_in() -> None:
    today = date(2026, 3, 28)
    assert custom_span(None, None, today) == Span(date(2026, 3, 1), today)
    assert custom_span(date(2026, 1, 1), None, today) == Span(date(2026, 1, 1), today)
    assert custom_span(None, date(2026, 2, 28), today) == Span(date(2026, 2, 1), date(2026, 2, 28))
    assert custom_span(date(2026, 3, 1), date(2030, 1, 1), today).until == today


@given(st.dates() | st.none(), st.dates() | st.none(), st.dates())
def test_any_days_may_be_chosen(since: date | None, until: date | None, today: date) -> None:
    chosen = custom_span(since, until, today)
    assert chosen.until == min(until or today, today)
    assert chosen.since == since or chosen.since in (chosen.until - timedelta(chosen.length - 1), date.min)
    assert since or 1 <= chosen.length <= LAST_DAYS["28"]


@pytest.mark.parametrize(
    ("asked", "beside"),
    [
        (("2026-03-01", "2026-03-31"), ("2025-03-01", "2025-03-31")),
        (("2025-02-01", "2025-02-28"), ("2024-02-01", "2024-02-28")),
        (("2024-02-01", "2024-02-29"), ("2023-02-01", "2023-02-28")),
        (("2024-02-29", "2024-03-05"), ("2023-03-01", "2023-03-05")),
        (("2025-01-01", "2025-12-31"), ("2024-01-01", "2024-12-31")),
    ],
)
def test_last_year_has_the_same_dates(asked: tuple[str, str], beside: tuple[str, str]) -> None:
    span, expected = (Span(*map(date.fromisoformat, each)) for each in (asked, beside))
    assert span.beside("year") == expected


def test_29_february_is_compared_with_nothing_in_either_year() -> None:
    leap, after = Span(date(2024, 2, 28), date(2024, 3, 1)), Span(date(2025, 2, 28), date(2025, 3, 1))
    assert leap.pairs("year") == [(date(2024, 2, 28), date(2023, 2, 28)), (date(2024, 3, 1), date(2023, 3, 1))]
    assert after.pairs("year") == [(date(2025, 2, 28), date(2024, 2, 28)), (date(2025, 3, 1), date(2024, 3, 1))]
    alone = Span(date(2024, 2, 29), date(2024, 2, 29))
    assert (alone.pairs("year"), alone.beside("year").length) == ([], 0)


@given(st.dates(date(2001, 1, 1), date(2100, 1, 1)), st.integers(0, 1097), st.sampled_from(["before", "year"]))
def test_no_two_days_are_compared_with_the_same_one(first: date, more: int, compare: str) -> None:
    asked = Span(first, first + timedelta(days=more))
    thens = [then for _, then in asked.pairs(compare)]
    assert len(set(thens)) == len(thens)
    assert all(then in asked.beside(compare) for then in thens)
    if compare == "year":
        assert all(
            (day.month, day.day, day.year - 1) == (then.month, then.day, then.year)
            for day, then in asked.pairs(compare)
        )
    else:
        assert len(thens) == asked.length
