"""No rolling hour holds more calls than allowed, whoever asks and however many at once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from connections.errors import RateLimited
from connections.sources import CallLimit
from syncing import budget
from syncing.budget import Purse, block, reserve
from syncing.models import Bucket, CallBudget
from tests.fixtures.engine import NOON, Watch, together

pytestmark = pytest.mark.django_db


def at(minute: int, second: int = 0) -> datetime:
    return NOON + timedelta(minutes=minute, seconds=second)


def spent(bucket: str) -> int:
    return sum(CallBudget.objects.filter(bucket=bucket).values_list("calls", flat=True))


def fits(limits: Sequence[CallLimit], now: datetime) -> bool:
    try:
        return reserve(limits, now) == 1
    except RateLimited:
        return False


TEN = CallLimit("ten", 10)


@pytest.mark.spec("T49", "A107")
def test_calls_are_granted_up_to_the_limit_and_no_further() -> None:
    assert [fits([TEN], at(0)) for _ in range(12)] == [True] * 10 + [False] * 2
    assert spent("ten") == 10


def test_a_call_of_0_59_and_one_of_60_00_share_an_hour() -> None:
    assert reserve([TEN], at(0, 59), wanted=10) == 10
    assert not fits([TEN], at(60, 0))
    assert not fits([TEN], at(60, 58))
    assert fits([TEN], at(62, 0))


def test_what_is_wanted_is_cut_to_what_fits() -> None:
    assert reserve([TEN], at(0), wanted=7) == 7
    assert reserve([TEN], at(1), wanted=7) == 3


def test_full_tells_when_a_tenth_of_the_limit_is_free_again() -> None:
    for minute in range(10):
        reserve([CallLimit("hundred", 100)], at(minute), wanted=5)
    reserve([CallLimit("hundred", 100)], at(20), wanted=50)
    with pytest.raises(RateLimited) as full:
        reserve([CallLimit("hundred", 100)], at(30))
    error = full.value
    assert (error.scope, error.code) == ("hundred", "budget")
    assert at(61) <= error.retry_at <= at(64)
    assert reserve([CallLimit("hundred", 100)], error.retry_at, wanted=10) == 10


def test_a_limit_that_was_lowered_counts_what_was_spent_under_the_old_one() -> None:
    reserve([CallLimit("ten", 100)], at(0), wanted=60)
    with pytest.raises(RateLimited) as full:
        reserve([TEN], at(1))
    assert full.value.retry_at > at(60)


FIVE_A_MINUTE = CallLimit("five", per_minute=5)


def test_a_limit_by_the_minute_holds_in_every_minute_also_for_calls_that_are_made_late() -> None:
    """A prepaid call may be made up to a minute after it was counted."""
    assert [fits([FIVE_A_MINUTE], at(0, second)) for second in range(6)] == [True] * 5 + [False]
    with pytest.raises(RateLimited) as full:
        reserve([FIVE_A_MINUTE], at(0, 59))
    assert (full.value.scope, full.value.code, full.value.retry_at) == ("five", "budget", at(3))
    assert str(full.value) == "The budget of 5 calls a minute is used up."
    assert not fits([FIVE_A_MINUTE], at(2, 59))
    assert fits([FIVE_A_MINUTE], at(3))


def test_both_an_hour_and_a_minute_may_be_limited() -> None:
    both = CallLimit("both", per_hour=7, per_minute=5)
    assert reserve([both], at(0), wanted=9) == 5
    assert reserve([both], at(3), wanted=9) == 2
    with pytest.raises(RateLimited, match="7 calls an hour"):
        reserve([both], at(6))
    budget.give_back([both], at(3), 2)
    assert reserve([both], at(6), wanted=9) == 2


def test_a_bucket_by_the_minute_is_not_spread_over_the_hour() -> None:
    reserve([FIVE_A_MINUTE], at(0))
    assert budget.fills(["five"], at(0))["five"].earned_at is None


def test_what_a_clock_that_ran_ahead_has_charged_does_not_count() -> None:
    month = timedelta(days=30)
    assert reserve([TEN], at(0) + month, wanted=10) == 10
    assert budget.fills(["ten"], at(0))["ten"] == budget.Fill()
    assert budget.free_at(TEN, at(0), 10) == at(0)
    assert reserve([TEN], at(0), wanted=10) == 10
    fill = budget.fills(["ten"], at(0))["ten"]
    assert fill.used == 10
    assert fill.earned_at
    assert fill.earned_at <= at(0) + budget.LONGEST


def test_a_limit_of_nothing_allows_nothing() -> None:
    with pytest.raises(RateLimited) as full:
        reserve([CallLimit("never", 0)], at(0))
    assert full.value.retry_at > at(60)


def test_all_buckets_are_charged_or_none() -> None:
    reserve([CallLimit("app", 3)], at(0), wanted=2)
    both = [CallLimit("account", 10), CallLimit("app", 3)]
    assert reserve(both, at(0), wanted=5) == 1
    assert (spent("account"), spent("app")) == (1, 3)
    assert not fits(both, at(0))
    assert (spent("account"), spent("app")) == (1, 3)


def test_a_bucket_without_a_limit_is_not_counted_but_its_blocks_hold() -> None:
    assert reserve([CallLimit("free")], at(0), wanted=5) == 5
    assert spent("free") == 0
    block("free", at(10), "Too many calls.")
    assert not fits([CallLimit("free"), TEN], at(9, 59))
    assert spent("ten") == 0
    assert fits([CallLimit("free"), TEN], at(10))


def test_a_block_says_why_and_until_when_and_a_longer_one_stands() -> None:
    block("ten", at(30), "first")
    block("ten", at(20), "shorter")
    with pytest.raises(RateLimited) as blocked:
        reserve([TEN], at(0))
    assert (blocked.value.sentence, blocked.value.retry_at, blocked.value.scope) == ("first", at(30), "ten")
    block("ten", at(40), "longer")
    assert Bucket.objects.get(pk="ten").blocked_until == at(40)


# A purse


def test_a_purse_pays_for_a_few_calls_with_one_reservation(django_assert_max_num_queries: Any) -> None:
    purse = Purse(Watch())
    purse.take([TEN])
    assert spent("ten") == budget.PREPAID
    with django_assert_max_num_queries(budget.PREPAID - 1):
        for _ in range(budget.PREPAID - 1):
            purse.take([TEN])
    assert spent("ten") == budget.PREPAID


def test_a_block_stops_the_calls_that_are_paid_for_too() -> None:
    purse = Purse(Watch())
    purse.take([TEN])
    block("ten", at(5), "Quiet, please.")
    with pytest.raises(RateLimited, match=r"Quiet, please\."):
        purse.take([TEN])


def test_calls_of_different_limits_are_paid_for_apart() -> None:
    purse = Purse(Watch())
    purse.take([TEN])
    purse.take([CallLimit("other", 10)])
    assert (spent("ten"), spent("other")) == (5, 5)


def test_what_was_paid_for_a_minute_ago_is_given_back_and_paid_for_again() -> None:
    watch = Watch()
    purse = Purse(watch)
    purse.take([TEN])
    watch.move(seconds=60)
    purse.take([TEN])
    assert spent("ten") == 1 + budget.PREPAID


def test_a_run_that_made_one_call_costs_one_call() -> None:
    for minute in range(9):
        purse = Purse(Watch(at(minute)))
        purse.take([TEN, CallLimit("other", 100)])
        purse.close()
    assert (spent("ten"), spent("other")) == (9, 9)


@pytest.mark.parametrize("seed", range(6))
def test_no_rolling_hour_of_calls_made_through_purses_is_over_the_limit(seed: int) -> None:
    """Two processes call at random moments for five hours; prepaid calls are made later than they are counted."""
    random, limit = Random(seed), CallLimit("bucket", 30)
    watch, made = Watch(), []
    purses = [Purse(watch), Purse(watch)]
    while watch.now < at(300):
        watch.move(seconds=random.choice([0, 1, 20, 59, 59, 240]))
        try:
            random.choice(purses).take([limit])
        except RateLimited as full:
            watch.now = max(watch.now, full.retry_at - timedelta(seconds=random.choice([0, 0, 1])))
        else:
            made.append(watch.now)
    busiest = max(sum(1 for each in made if start <= each < start + timedelta(hours=1)) for start in made)
    assert len(made) > 100
    assert busiest <= 30


def test_the_last_prepaid_call_and_the_first_one_of_the_next_hour_share_no_hour() -> None:
    """Counted at 0:59, made at 1:58: it still counts at 61:00."""
    watch = Watch(at(0, 59))
    purse = Purse(watch)
    purse.take([TEN])
    reserve([TEN], watch.now, wanted=5)
    watch.now = at(1, 58)
    purse.take([TEN])
    assert not fits([TEN], at(61))
    assert not fits([TEN], at(61, 57))


# Many at once


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("T49")
def test_eight_that_ask_at_once_never_get_more_than_the_limit() -> None:
    """Every form that reads first and adds later, without the lock, gives more."""
    limits = [CallLimit("account", 60), CallLimit("app", 50)]

    def ask(number: int) -> list[datetime]:
        granted = []
        order = limits if number % 2 else limits[::-1]
        for turn in range(20):
            now = at(turn // 7, number)
            granted += [now] * fits(order, now)
        return granted

    granted = [moment for each in together(ask, range(8)) for moment in each]
    assert len(granted) == 50
    assert (spent("account"), spent("app")) == (50, 50)


@pytest.mark.django_db(transaction=True)
def test_eight_that_meet_a_new_bucket_make_it_once() -> None:
    assert together(lambda number: reserve([CallLimit("new", 100)], at(0, number), wanted=3), range(8)) == [3] * 8
    assert spent("new") == 24
    assert Bucket.objects.count() == 1
