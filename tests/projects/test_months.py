"""The numbers by month."""

from datetime import date, timedelta

from projects.numbers.daily import Day
from projects.numbers.differences import Beside
from projects.numbers.months import monthly
from projects.numbers.sums import Sums

ONE = Sums(clicks=1)


def days(first: date, count: int, *, read: bool = True, compared: bool = True) -> list[Day]:
    beside = Beside(ONE, Sums(clicks=2)) if compared else None
    return [Day(first + timedelta(days=number), ONE if read else None, beside) for number in range(count)]


def test_months_add_up_their_days_and_say_how_many_are_compared() -> None:
    found = monthly(days(date(2025, 1, 30), 2, compared=False) + days(date(2025, 2, 1), 28) + days(date(2025, 3, 1), 3))
    assert [(month.first, month.length, month.compared) for month in found] == [
        (date(2025, 1, 30), 2, 0),
        (date(2025, 2, 1), 28, 28),
        (date(2025, 3, 1), 3, 3),
    ]
    assert found[0].beside is None
    assert found[1].sums == Sums(clicks=28)
    assert found[1].beside == Beside(Sums(clicks=28), Sums(clicks=56))


def test_a_month_of_which_nothing_was_read_is_not_zero() -> None:
    found = monthly(days(date(2025, 1, 1), 31, read=False) + days(date(2025, 2, 1), 59))
    assert found[0].sums is None


def test_the_same_month_of_two_years_is_two_months() -> None:
    found = monthly(days(date(2024, 3, 1), 366))
    assert len(found) == 13


def test_a_short_range_is_not_told_by_months() -> None:
    assert monthly(days(date(2025, 1, 1), 59)) == []
