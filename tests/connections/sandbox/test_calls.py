"""The busiest hour of a list of calls."""

from datetime import UTC, datetime, timedelta

from connections.sandbox.calls import CallLog, LoggedCall, busiest

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def minutes(*numbers: float) -> list[datetime]:
    return [NOON + timedelta(minutes=number) for number in numbers]


def test_no_call_makes_no_busy_hour() -> None:
    assert busiest([]) == 0


def test_the_window_rolls() -> None:
    assert busiest(minutes(0, 50, 55, 59, 61, 70, 100, 130)) == 6


def test_a_call_an_hour_later_is_in_the_next_window() -> None:
    assert busiest(minutes(0, 60)) == 1
    assert busiest(minutes(0, 59.9)) == 2


def test_the_log_counts_by_scope_and_bucket() -> None:
    log = CallLog()
    for scope, bucket in [("1", "a"), ("1", "b"), ("2", "a")]:
        log.record(LoggedCall(NOON, "GET", "/x", {}, 200, scope, bucket))
    assert log.busiest_hour() == 3
    assert log.busiest_hour(scope="1") == 2
    assert log.busiest_hour(scope="1", bucket="b") == 1
