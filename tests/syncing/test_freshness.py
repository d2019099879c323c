"""When something is due again: in every zone, over every change of the clock, and the same whoever asks."""

import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncing import freshness
from syncing.freshness import DAY, HOUR, depth, depths_read, next_due

ZONES = (
    "UTC",
    "Europe/Zurich",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Pacific/Kwajalein",
    "Asia/Kathmandu",
    "Asia/Tehran",
)
LEFT_OUT = {
    "Pacific/Apia": date(2011, 12, 30),
    "Pacific/Kwajalein": date(1993, 8, 21),
    "Pacific/Kiritimati": date(1994, 12, 31),
}
"""Dates that never were, because the date line moved."""

SHORT = [timedelta(seconds=30), *(timedelta(minutes=minutes) for minutes in (5, 7, 30, 60, 120, 240))]
LONG = [DAY, 7 * DAY]
JUMP = timedelta(hours=2)
"""No clock here is put forward or back by more."""

zones = st.sampled_from(ZONES).map(ZoneInfo)
seeds = st.integers(0, 2**128 - 1)
moments = st.datetimes(datetime(1990, 1, 1), datetime(2037, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given one


def transitions(zone: ZoneInfo, since: int = 1990, until: int = 2030) -> list[datetime]:
    """The noons before the clock was changed."""
    noons = [datetime(since, 1, 1, 12, tzinfo=UTC) + at * DAY for at in range(365 * (until - since))]
    return [noon for noon, later in pairwise(noons) if offset(noon, zone) != offset(later, zone)]


def offset(moment: datetime, zone: ZoneInfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()


def series(after: datetime, every: timedelta, zone: ZoneInfo, seed: int, count: int) -> list[datetime]:
    found = []
    for _ in range(count):
        after = next_due(after, every, zone=zone, seed=seed)
        found.append(after)
    return found


@given(moments, st.sampled_from(SHORT + LONG), zones, seeds)
def test_it_is_later_and_the_first(after: datetime, every: timedelta, zone: ZoneInfo, seed: int) -> None:
    """Asked at any moment up to it the answer is the same; asked at it, the next one."""
    due = next_due(after, every, zone=zone, seed=seed)
    assert after < due
    instant = timedelta(microseconds=1)
    assert next_due(max(after, due - instant), every, zone=zone, seed=seed) == due
    assert next_due(after + (due - after) / 2, every, zone=zone, seed=seed) == due
    assert next_due(due, every, zone=zone, seed=seed) > due


@given(moments, st.sampled_from(SHORT), zones, seeds)
def test_below_a_day_it_is_one_in_each_interval(after: datetime, every: timedelta, zone: ZoneInfo, seed: int) -> None:
    found = series(after, every, zone, seed, 50)
    assert found[0] - after <= every
    assert {later - earlier for earlier, later in pairwise(found)} == {every}


@given(moments, zones, seeds)
def test_daily_is_once_a_date_in_the_night(after: datetime, zone: ZoneInfo, seed: int) -> None:
    """A date that never was has none; a night whose clock jumps has one at another hour."""
    found = series(after, DAY, zone, seed, 40)
    nights = [moment.astimezone(zone) for moment in found]
    dates = [night.date() for night in nights]
    assert max(Counter(dates).values()) == 1
    expected = [dates[0] + at * DAY for at in range((dates[-1] - dates[0]).days + 1)]
    assert dates == [day for day in expected if day != LEFT_OUT.get(zone.key)]
    assert all(3 - 2 <= night.hour < 6 + 2 for night in nights)
    gaps = [later - earlier for earlier, later in pairwise(found)]
    assert min(gaps) >= DAY - JUMP
    assert max(gaps) <= DAY + JUMP


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("seed", [0, 59, 60, 119, 179])
def test_daily_over_every_change_of_the_clock(name: str, seed: int) -> None:
    zone = ZoneInfo(name)
    for noon in transitions(zone):
        dates = [due.astimezone(zone).date() for due in series(noon - 2 * DAY, DAY, zone, seed, 5)]
        expected = [dates[0] + at * DAY for at in range((dates[-1] - dates[0]).days + 1)]
        assert dates == [day for day in expected if day != LEFT_OUT.get(name)], (name, noon)


@pytest.mark.parametrize(("name", "day"), LEFT_OUT.items(), ids=LEFT_OUT)
def test_a_date_that_never_was_has_no_run_and_its_neighbours_have_one(name: str, day: date) -> None:
    zone = ZoneInfo(name)
    before = datetime(day.year, day.month, day.day, tzinfo=UTC) - 4 * DAY
    found = series(before, DAY, zone, 77, 8)
    dates = [due.astimezone(zone).date() for due in found]
    assert day not in dates
    assert {day - DAY, day + DAY} <= set(dates)
    assert len(set(dates)) == len(dates) == len(set(found))
    assert {later - earlier for earlier, later in pairwise(found)} == {DAY}


@given(moments, zones, seeds)
def test_weekly_is_once_in_seven_dates(after: datetime, zone: ZoneInfo, seed: int) -> None:
    found = series(after, 7 * DAY, zone, seed, 10)
    assert found[0] - after <= 7 * DAY + JUMP
    for earlier, later in pairwise(found):
        assert 6 * DAY - JUMP <= later - earlier <= 7 * DAY + JUMP  # six where a date is left out
    days = [due.astimezone(zone).date() for due in found]
    assert len(set(days)) == len(days)


@pytest.mark.parametrize(("name", "day"), LEFT_OUT.items(), ids=LEFT_OUT)
def test_a_week_that_begins_on_a_date_that_never_was_is_read_on_the_next(name: str, day: date) -> None:
    """Also where somebody asks when that date would have been over already."""
    zone = ZoneInfo(name)
    seed = next(each for each in range(180 * 7) if each % 7 == day.toordinal() % 7 and each % 180 == 30)
    midnight = datetime.combine(day + DAY, time(), zone).astimezone(UTC)
    for asked in (midnight - timedelta(minutes=1), midnight, midnight + timedelta(hours=3)):
        due = next_due(asked, 7 * DAY, zone=zone, seed=seed)
        assert due.astimezone(zone).date() == day + DAY


def test_connections_are_spread_over_the_interval_and_the_night() -> None:
    noon = datetime(2026, 3, 20, 12, tzinfo=UTC)
    ids = [UUID(int=at * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128).int for at in range(1, 2001)]
    hourly = Counter(next_due(noon, HOUR, zone=ZoneInfo("UTC"), seed=seed).minute for seed in ids)
    assert len(hourly) == 60
    assert max(hourly.values()) < 3 * 2000 / 60
    nightly = Counter(next_due(noon, DAY, zone=ZoneInfo("UTC"), seed=seed).hour for seed in ids)
    assert nightly.keys() == {3, 4, 5}
    assert max(nightly.values()) < 2 * 2000 / 3
    weekly = Counter(next_due(noon, 7 * DAY, zone=ZoneInfo("UTC"), seed=seed).date() for seed in ids)
    assert len(weekly) == 7


def test_another_process_says_the_same() -> None:
    seed, asked = UUID("8d5a3f0e-51a3-4c21-9f3b-2a6f1f2f7c11").int, datetime(2026, 3, 28, 22, tzinfo=UTC)
    program = f"""
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo
from syncing.freshness import next_due
after = datetime.fromisoformat({asked.isoformat()!r})
for seconds in (30, 420, 3600, 86400, 604800):
    print(next_due(after, timedelta(seconds=seconds), zone=ZoneInfo("Europe/Zurich"), seed={seed}).isoformat())
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    here = [
        next_due(asked, timedelta(seconds=seconds), zone=ZoneInfo("Europe/Zurich"), seed=seed).isoformat()
        for seconds in (30, 420, 3600, 86400, 604800)
    ]
    assert said.stdout.split() == here


# How far apart


@pytest.mark.parametrize(
    ("frequency", "dated", "summed_up", "configured", "own", "wanted"),
    [
        ("manual", True, False, 30, None, None),
        ("manual", True, False, 30, 5, None),
        ("realtime", True, False, 30, None, 0.5),
        ("realtime", True, True, 30, None, 30),
        ("realtime", False, False, 60, None, 60),
        ("30min", True, True, 60, None, 30),
        ("30min", False, False, 15, None, 30),
        ("30min", False, False, 60, None, 60),
        ("hourly", True, False, 5, None, 60),
        ("daily", True, False, 30, None, 1440),
        ("daily", False, False, 60, None, 1440),
        ("smart", True, False, 17, None, 17),
        ("smart", False, False, 45, None, 45),
        ("smart", False, False, 45, 7, 7),
        ("daily", True, False, 30, 90, 90),
    ],
)
def test_the_interval_follows_from_the_frequency(
    frequency: str, dated: bool, summed_up: bool, configured: int, own: int | None, wanted: float | None
) -> None:
    """Structure no faster than its object type says; levels of a fast connection wait for their totals."""
    every = freshness.interval(
        frequency,
        configured=timedelta(minutes=configured),
        own=timedelta(minutes=own) if own else None,
        is_dated=dated,
        is_summed_up=summed_up,
    )
    assert every == (None if wanted is None else timedelta(minutes=wanted))


@given(st.integers(1, 50_000), st.integers(1, 20_000))
def test_one_missed_read_is_no_alarm(threshold: int, every: int) -> None:
    age = freshness.stale_after(timedelta(minutes=threshold), timedelta(minutes=every))
    assert age >= timedelta(minutes=threshold)
    assert age >= 2 * timedelta(minutes=every)
    assert age in (timedelta(minutes=threshold), 2 * timedelta(minutes=every))


# How deep


@given(moments, zones, seeds, st.sampled_from([0, 1, 2, 3, 13, 28, 90]))
def test_what_was_never_read_is_read_as_deep_as_it_is_restated(
    now: datetime, zone: ZoneInfo, seed: int, lookback: int
) -> None:
    assert depth({}, now, lookback_days=lookback, zone=zone, seed=seed) == lookback


@given(moments, zones, seeds)
def test_what_was_read_in_the_future_was_never_read(now: datetime, zone: ZoneInfo, seed: int) -> None:
    """By a clock that ran ahead."""
    read = depths_read(28, now + HOUR, lookback_days=28)
    assert depth(read, now, lookback_days=28, zone=zone, seed=seed) == 28


@given(moments, zones, seeds, st.sampled_from([13, 28, 90]), st.sampled_from([0.5, 5, 30, 60, 240, 1440]))
def test_two_days_each_time_three_hourly_and_all_of_them_daily(
    begin: datetime, zone: ZoneInfo, seed: int, lookback: int, minutes: float
) -> None:
    every, kept, read_at = timedelta(minutes=minutes), dict[str, str](), dict[int, list[datetime]]()
    now = begin
    for _ in range(min(400, int(3 * DAY / every))):
        days = depth(kept, now, lookback_days=lookback, zone=zone, seed=seed)
        read_at.setdefault(days, []).append(now)
        kept |= depths_read(days, now, lookback_days=lookback)
        now = next_due(now, every, zone=zone, seed=seed)
    assert set(read_at) <= {1, 2, lookback}
    whole = read_at[lookback]
    dates = [moment.astimezone(zone).date() for moment in whole[1:]]
    assert len(set(dates)) == len(dates)
    assert max((later - earlier for earlier, later in pairwise(whole)), default=DAY) <= DAY + JUMP + every
    three = sorted(whole + read_at.get(2, []))
    hourly = max(HOUR, every)
    assert max((later - earlier for earlier, later in pairwise(three)), default=HOUR) <= hourly + HOUR + every
    if every < HOUR:
        per_hour = len(read_at.get(2, [])) / max(1, (now - begin) / HOUR)
        assert per_hour <= 1.5


@given(st.integers(0, 40), st.sampled_from([0, 1, 2, 13, 28]))
def test_to_read_deep_is_to_read_shallow_too(days: int, lookback: int) -> None:
    noon = datetime(2026, 3, 20, 12, tzinfo=UTC)
    known = depths_read(days, noon, lookback_days=lookback)
    assert (str(lookback) in known) == (days >= lookback)
    assert (str(min(2, lookback)) in known) == (days >= min(2, lookback))
    assert set(known.values()) <= {noon.isoformat()}
