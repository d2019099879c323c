"""Which state a day has, which days should be there, and which of them are missing: rules without a database."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connections.sources import months_before
from syncing.status.calendar import calendar
from syncing.status.dates import listed
from syncing.status.days import ONE_DAY, Asked, Bounds, Read, Trial, day_of, expected_from, gaps, length, runs

TODAY = date(2026, 3, 20)
OPENED, KEPT, EXPECTED = date(2020, 5, 1), date(2023, 2, 21), date(2023, 3, 1)
BOUNDS = Bounds(TODAY, OPENED, KEPT, EXPECTED)
AT = datetime(2026, 3, 20, 4, tzinfo=UTC)


def held(times: int = 1, *, fewer: bool = False, restated: bool = False) -> Read:
    return Read(60, times, AT, fewer, restated)


@pytest.mark.parametrize(
    ("day", "read", "trial", "code", "words"),
    [
        (date(2026, 3, 1), held(), "", "read", "Read once"),
        (date(2026, 3, 1), held(2), "", "refreshed", "Refreshed once"),
        (date(2026, 3, 1), held(1001), "", "refreshed", "Refreshed 1,000 times"),
        (date(2026, 3, 1), held(3, restated=True), "", "restated", "Refreshed 2 times, restated"),
        (
            date(2026, 3, 1),
            held(3, fewer=True, restated=True),
            "",
            "fewer",
            "Refreshed 2 times, fewer rows than before, restated",
        ),
        (date(2026, 3, 1), held(), "failed", "failed", "Failed, read once"),
        (date(2026, 3, 1), None, "failed", "failed", "Failed"),
        (date(2026, 3, 1), None, "being_read", "being_read", "Being read"),
        (date(2026, 3, 1), None, "", "missing", "Missing"),
        (EXPECTED, None, "", "missing", "Missing"),
        (EXPECTED - ONE_DAY, None, "", "unasked", "Not asked for"),
        (KEPT - ONE_DAY, None, "", "unavailable", "Older than the provider keeps"),
        (KEPT - ONE_DAY, held(), "", "read", "Read once"),
        (OPENED - ONE_DAY, None, "", "unopened", "Before the account was opened"),
        (TODAY, None, "", "ahead", "Not over yet"),
        (TODAY + ONE_DAY, None, "", "ahead", "Not over yet"),
        (TODAY, held(9), "", "refreshed", "Refreshed 8 times"),
    ],
)
def test_a_day_stands_as_what_is_known_of_it_says(
    day: date, read: Read | None, trial: Trial, code: str, words: str
) -> None:
    found = day_of(day, BOUNDS, read, trial)
    assert (found.state.code, found.words) == (code, words)


def test_nothing_is_missing_where_nothing_was_asked_for() -> None:
    assert day_of(date(2026, 3, 1), Bounds(TODAY), None).state.code == "unasked"


# Which days should be there

ANCHOR = date(2026, 3, 1)
START = date(2024, 1, 1)


@pytest.mark.parametrize(
    ("asked", "first_read", "expected"),
    [
        ({}, None, None),
        ({}, date(2026, 2, 1), date(2026, 2, 1)),
        ({}, date(2025, 1, 1), date(2026, 2, 1)),  # somebody read a week of long ago by hand
        ({}, date(2026, 2, 20), date(2026, 2, 20)),  # the first sync came late
        ({"settled_until": date(2026, 2, 4)}, date(2026, 2, 12), date(2026, 2, 5)),  # its oldest window failed
        ({"start": date(2026, 2, 10)}, date(2026, 2, 1), date(2026, 2, 10)),  # the account is younger
        ({"start": START}, None, None),
        ({"start": START, "recent_is_done": True}, None, date(2025, 12, 1)),
        ({"start": date(2026, 2, 20), "recent_is_done": True}, None, date(2026, 2, 20)),
        ({"start": START, "recent_is_done": True, "history_is_done": True}, None, START),
        ({"history_is_done": True}, date(2026, 2, 20), date(2026, 2, 20)),  # a source without history
    ],
)
def test_what_should_be_there_follows_from_what_was_asked_for(
    asked: dict[str, object], first_read: date | None, expected: date | None
) -> None:
    known = Asked(ANCHOR, lookback_days=28, recent_days=90, **asked)  # type: ignore[arg-type]
    assert expected_from(known, first_read) == expected


# Gaps

DAYS = st.dates(date(2025, 12, 1), date(2026, 2, 28))


@given(st.sets(DAYS), DAYS, DAYS)
def test_gaps_are_exactly_the_days_that_are_not_read(read: set[date], one: date, other: date) -> None:
    since, until = sorted((one, other))
    wanted = [since + at * ONE_DAY for at in range((until - since).days + 1)]
    found = gaps(in_ranges(sorted(read)), since, until)
    missing = [first + at * ONE_DAY for first, last in found for at in range((last - first).days + 1)]
    assert missing == [day for day in wanted if day not in read]
    assert length(found) == len(missing)
    assert all(before[1] + ONE_DAY < after[0] for before, after in pairwise(found)), "gaps that touch are one gap"


def in_ranges(days: list[date]) -> list[tuple[date, date]]:
    found: list[tuple[date, date]] = []
    for day in days:
        if found and found[-1][1] + ONE_DAY == day:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


ZONES = sorted(available_timezones())[::24][:25]
AROUND_MIDNIGHT = [(date(2026, 3, 19), time(23, 59, 59)), (TODAY, time(0)), (TODAY, time(0, 0, 1))]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("day", "at"), AROUND_MIDNIGHT, ids=str)
@pytest.mark.parametrize("opened", [-3650, -700, -91, -90, -1, 0])
def test_both_phases_and_the_daily_syncs_leave_no_day_out(zone: str, day: date, at: time, opened: int) -> None:
    """Connected around midnight; ninety days back and history up to the day before; then one sync a day."""
    connected = datetime.combine(day, at, ZoneInfo(zone))
    anchor = connected.date()
    kept = months_before(anchor, 37) + ONE_DAY
    start = max(kept, anchor + opened * ONE_DAY)
    recent, history = (max(start, anchor - 90 * ONE_DAY), anchor), (start, anchor - 91 * ONE_DAY)
    read = set(between(*recent)) | set(between(*history))
    for days_later in range(1, 5):
        today = (connected + timedelta(days=days_later)).astimezone(ZoneInfo(zone)).date()
        read |= set(between(today - 28 * ONE_DAY, today))
        asked = Asked(anchor, 28, 90, start, recent_is_done=True, history_is_done=True)
        first = expected_from(asked, min(read))
        assert first == start
        assert gaps(in_ranges(sorted(read)), first, today - ONE_DAY) == []


def between(since: date, until: date) -> list[date]:
    return [since + at * ONE_DAY for at in range((until - since).days + 1)]


# Runs and squares


def test_days_in_a_row_that_stand_alike_are_one_run() -> None:
    days = [
        day_of(date(2026, 3, 1), BOUNDS, Read(10, 3, AT)),
        day_of(date(2026, 3, 2), BOUNDS, Read(5, 14, AT - ONE_DAY)),
        day_of(date(2026, 3, 3), BOUNDS, None),
    ]
    first, second = runs(days)
    assert (first.first, first.last, first.rows, first.times) == (date(2026, 3, 1), date(2026, 3, 2), 15, "3 to 14")
    assert first.read_at == AT - ONE_DAY
    assert (second.state.code, second.rows, second.times, second.read_at) == ("missing", None, "", None)


def test_every_day_has_a_square_of_its_own_and_weeks_begin_on_monday() -> None:
    days = [day_of(day, BOUNDS, None) for day in between(date(2025, 12, 31), TODAY)]
    drawn = calendar(days)
    assert [year.number for year in drawn.years] == [2026, 2025]
    months = drawn.years[0].months
    assert [month.first.month for month in months] == [1, 2, 3]
    squares = [square for month in months for square in month.squares]
    assert [square.day.date for square in squares] == between(date(2026, 1, 1), TODAY)
    assert {square.y // 14 == square.day.date.weekday() for square in squares} == {True}
    for month in months:
        assert len({(square.x, square.y) for square in month.squares}) == len(month.squares)
        assert max(square.x for square in month.squares) <= 5 * 14
    assert months[2].summary == "19 missing, 1 not over yet"
    assert [state.code for state in drawn.states] == ["missing", "ahead"]


def test_a_long_list_of_ranges_ends_in_a_number() -> None:
    ranges = [(date(2026, 3, day), date(2026, 3, day)) for day in range(1, 20, 2)]
    assert listed(ranges[:1]) == "1 Mar 2026"
    assert listed(ranges).endswith("9 Mar 2026; and 5 more")
