"""Which days of two periods can be compared."""

from datetime import date, timedelta
from uuid import UUID, uuid4

from django.db.models import Q

from connections.models import Connection
from projects.models import DailyMetric
from projects.numbers.held import Held
from projects.numbers.levels import LEVELS
from projects.numbers.matched import MOST_PIECES, Matched, match, pairs, pieces
from projects.numbers.periods import DAY, Span
from projects.numbers.question import Question

MARCH = Span(date(2025, 3, 1), date(2025, 3, 10))
LATER = date(2025, 5, 1)


def days(first: date, count: int) -> set[date]:
    return {first + number * DAY for number in range(count)}


def matched(read: dict[UUID, set[date]], *, span: Span = MARCH, compare: str = "year", today: date = LATER) -> Matched:
    accounts = {pk: Connection(pk=pk) for pk in read}
    question = Question(accounts, LEVELS[DailyMetric.Level.CAMPAIGN], dict.fromkeys(read, span))
    ledger = {pk: Held(accounts[pk], span, frozenset(its), None) for pk, its in read.items()}
    found = match(question, ledger, compare, dict.fromkeys(read, today))
    assert found is not None
    return found


def one(read: set[date], **asked: object) -> Matched:
    return matched({UUID(int=1): read}, **asked)  # type: ignore[arg-type]


LAST_YEAR = days(date(2024, 3, 1), 10)
THIS_YEAR = days(date(2025, 3, 1), 10)


def test_all_that_both_have_is_one_piece() -> None:
    found = one(LAST_YEAR | THIS_YEAR)
    assert list(found.by_piece) == [(MARCH, Span(date(2024, 3, 1), date(2024, 3, 10)))]
    assert found.partial == []


def test_a_day_that_was_not_read_takes_the_day_beside_it_along() -> None:
    found = one(LAST_YEAR - {date(2024, 3, 2)} | THIS_YEAR - {date(2025, 3, 9)})
    (account,) = found.accounts.values()
    assert (account.count, account.unread, account.span.length) == (8, 1, 10)
    assert {day.day for day in pairs(found.by_piece)} == {1, 3, 4, 5, 6, 7, 8, 10}


def test_today_is_not_over() -> None:
    (account,) = one(LAST_YEAR | THIS_YEAR, today=date(2025, 3, 10)).accounts.values()
    assert (account.count, account.unread, account.has_today) == (9, 0, True)


def test_where_nothing_was_read_nothing_is_compared() -> None:
    found = one(THIS_YEAR)
    (account,) = found.accounts.values()
    assert (found.by_piece, found.pks, account.count, account.unread) == ({}, frozenset(), 0, 10)


def test_29_february_is_told_of() -> None:
    span = Span(date(2024, 2, 27), date(2024, 3, 2))
    found = one(days(date(2023, 2, 27), 4) | days(date(2024, 2, 27), 5), span=span)
    (account,) = found.accounts.values()
    assert (account.count, account.unpaired, account.unread) == (4, 1, 0)
    assert len(found.by_piece) == 2
    assert date(2024, 2, 29) not in pairs(found.by_piece)


def test_accounts_that_share_their_days_share_a_condition() -> None:
    found = matched({uuid4(): LAST_YEAR | THIS_YEAR for _ in range(30)})
    assert [len(pks) for pks in found.by_piece.values()] == [30]


def test_a_ledger_full_of_holes_makes_no_query_without_end() -> None:
    """Every other day of three years. What is left out is not said to be compared."""
    span = Span(date(2022, 1, 1), date(2024, 12, 31))
    read = days(date(2020, 1, 1), 2200)
    found = one({day for day in read if day.toordinal() % 2}, span=span, compare="before")
    (account,) = found.accounts.values()
    assert len(found.by_piece) == MOST_PIECES == account.count
    assert isinstance(found.recent(), Q)


def test_pieces_end_where_either_side_has_a_gap() -> None:
    first, then = date(2025, 1, 1), date(2024, 1, 1)
    found = pieces([(first, then), (first + DAY, then + DAY), (first + 2 * DAY, then + 3 * DAY)])
    assert found == [
        (Span(first, first + DAY), Span(then, then + DAY)),
        (Span(first + 2 * DAY, first + 2 * DAY), Span(then + 3 * DAY, then + 3 * DAY)),
    ]


def test_days_before_are_as_far_back_as_the_period_is_long() -> None:
    found = one(days(date(2025, 2, 19), 20), compare="before")
    assert list(found.by_distance()) == [timedelta(days=10)]
