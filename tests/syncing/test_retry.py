"""What happens to a chunk that raised."""

from datetime import timedelta

import pytest

from connections import errors
from syncing.retry import Retry, decide
from tests.fixtures.engine import NOON


def limited(**later: float) -> errors.RateLimited:
    return errors.RateLimited("Slow down.", retry_at=NOON + timedelta(**later), scope="bucket")


@pytest.mark.spec("T21", "T62", "T63", "A107", "C26")
@pytest.mark.parametrize("error", [errors.Transient("Busy."), ZeroDivisionError()], ids=["passing", "unexpected"])
def test_a_failure_is_retried_after_3_6_and_9_seconds_and_then_no_more(error: Exception) -> None:
    answers = [decide(error, retry_count=count, max_retries=3, now=NOON) for count in range(4)]
    assert [answer and (answer.at - NOON).total_seconds() for answer in answers] == [3, 6, 9, None]
    assert all(answer.spends and not answer.parks for answer in answers if answer)


def test_the_number_of_retries_is_a_setting_of_the_object_type() -> None:
    assert decide(errors.Transient("Busy."), retry_count=0, max_retries=0, now=NOON) is None
    later = decide(errors.Transient("Busy."), retry_count=7, max_retries=8, now=NOON)
    assert later == Retry(NOON + timedelta(seconds=9))


@pytest.mark.parametrize(
    "error",
    [
        errors.TooMuchData("Too much."),
        errors.NeedsReconnect("Gone."),
        errors.Misconfigured("Wrong."),
        errors.ObjectSkipped("Away."),
        errors.BadData("Odd."),
    ],
    ids=lambda error: error.kind,
)
def test_what_another_try_cannot_mend_is_not_tried_again(error: errors.SyncError) -> None:
    assert decide(error, retry_count=0, max_retries=3, now=NOON) is None


@pytest.mark.spec("C26", "C31")
@pytest.mark.parametrize("retry_count", [0, 3, 99])
def test_to_be_told_to_wait_costs_no_retry_and_parks_the_connection(retry_count: int) -> None:
    answer = decide(limited(minutes=20), retry_count=retry_count, max_retries=3, now=NOON)
    assert answer == Retry(NOON + timedelta(minutes=20), spends=False, parks=True)


def test_a_wait_of_a_day_is_waited_and_a_longer_one_is_a_failure_that_people_see() -> None:
    assert decide(limited(hours=24), retry_count=0, max_retries=3, now=NOON)
    assert decide(limited(hours=24, seconds=1), retry_count=0, max_retries=3, now=NOON) is None


@pytest.mark.parametrize("seconds", [0, -300], ids=["now", "long ago"])
def test_a_wait_that_is_over_already_is_no_reason_to_hammer_the_provider(seconds: float) -> None:
    answer = decide(limited(seconds=seconds), retry_count=0, max_retries=3, now=NOON)
    assert answer
    assert answer.at >= NOON + timedelta(seconds=1)
