"""Recent window, history and daily runs: whatever the zone and the hour, they leave no day out between them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connections.models import Connection
from syncing import planner
from tests.fixtures.plain import STORIED

pytestmark = pytest.mark.usefixtures("storied")
DAY = timedelta(days=1)
ZONES = (
    *("Pacific/Pago_Pago", "Pacific/Honolulu", "Pacific/Marquesas", "America/Anchorage", "America/Los_Angeles"),
    *("America/Denver", "America/Chicago", "America/New_York", "America/St_Johns", "America/Sao_Paulo"),
    *("Atlantic/Azores", "UTC", "Europe/London", "Europe/Vienna", "Africa/Cairo", "Asia/Tehran", "Asia/Dubai"),
    *("Asia/Kolkata", "Asia/Kathmandu", "Asia/Tokyo", "Australia/Adelaide", "Australia/Lord_Howe"),
    *("Pacific/Auckland", "Pacific/Chatham", "Pacific/Kiritimati"),
)
AROUND_MIDNIGHT = (timedelta(minutes=-5), timedelta(), timedelta(minutes=5))
MIDNIGHTS = (datetime(2026, 3, 8), datetime(2028, 2, 29), datetime(2026, 12, 31))  # noqa: DTZ001 - local, any zone
LOOKBACK = 28


def account(zone: str, connected_at: datetime, opened: date | None) -> Connection:
    anchor = connected_at.astimezone(ZoneInfo(zone)).date()
    return Connection(provider=STORIED, timezone=zone, anchor_date=anchor, opened_date=opened)


def read(made: Connection, began_at: datetime, daily_at: datetime) -> list[tuple[date, date]]:
    """What is read by the recent phase and by history, which begin at one moment, and by a daily run later."""
    today = began_at.astimezone(made.zone).date()
    recent = planner.recent_window(made.anchor_date, today)
    start = made.history_start(today)
    assert start
    history = planner.history_window(made.anchor_date, start)
    settled = min(recent[1], planner.last_settled(today, lookback_days=LOOKBACK))
    then = daily_at.astimezone(made.zone).date()
    daily = planner.first_date(then, lookback_days=LOOKBACK, settled_until=settled)
    pieces = list(planner.windows(*history, planner.PERIOD_DAYS)) if history else []
    return [*pieces, recent, (daily, then)]


def missing(made: Connection, ranges: list[tuple[date, date]], first: date) -> list[date]:
    last = max(until for _, until in ranges)
    return [day for day in planner.days(first, last) if not any(since <= day <= until for since, until in ranges)]


@pytest.mark.spec("T68", "T69", "C23")
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("from_midnight", AROUND_MIDNIGHT, ids=["before", "at", "after"])
def test_no_day_is_left_out_around_midnight(zone: str, from_midnight: timedelta) -> None:
    """Connected before midnight, read after it, and the daily run later still."""
    for midnight in MIDNIGHTS:
        connected_at = midnight.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) + from_midnight
        made = account(zone, connected_at, None)
        for began in (connected_at, connected_at + timedelta(minutes=10), connected_at + 2 * DAY):
            ranges = read(made, began, began + DAY)
            start = made.history_start(began.astimezone(made.zone).date())
            assert start
            assert missing(made, ranges, start) == []
            assert all(since <= until for since, until in ranges)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("age", [-1, 0, 1, 89, 90, 91, 92, 181, 3653], ids=str)
def test_accounts_of_every_age_are_whole(zone: str, age: int) -> None:
    """Opened tomorrow by another zone's clock, today, at each edge of the windows, ten years ago."""
    for from_midnight in AROUND_MIDNIGHT:
        now = datetime(2026, 7, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC) + from_midnight
        today = now.astimezone(ZoneInfo(zone)).date()
        made = account(zone, now, today - age * DAY)
        ranges = read(made, now, now + DAY)
        start = made.history_start(today)
        assert start
        assert start >= today - 1128 * DAY
        assert missing(made, ranges, start) == []
        earliest = min(since for since, _ in ranges)
        assert earliest == min(start, made.anchor_date - planner.RECENT_DAYS * DAY)
        assert all(since <= until for since, until in ranges)


@given(
    zone=st.sampled_from(ZONES),
    connected=st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1)),  # noqa: DTZ001 - made aware below
    waits=st.timedeltas(timedelta(), timedelta(days=120)),
    away=st.timedeltas(timedelta(), timedelta(days=400)),
    age=st.integers(-1, 4000),
)
def test_nor_whenever_each_of_them_happens(
    zone: str, connected: datetime, waits: timedelta, away: timedelta, age: int
) -> None:
    connected_at = connected.replace(tzinfo=UTC)
    made = account(zone, connected_at, connected_at.date() - age * DAY)
    began = connected_at + waits
    start = made.history_start(began.astimezone(made.zone).date())
    assert start
    ranges = read(made, began, began + away)
    first = max(start, min(since for since, _ in ranges))
    assert missing(made, ranges, first) == []
