"""When is a stream due again, when is it stale, and how deep is it read? Pure: no clock, no database."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")

PACE = {
    "realtime": timedelta(seconds=30),
    "30min": timedelta(minutes=30),
    "hourly": HOUR,
    "daily": DAY,
}
"""How far apart the syncs of a connection are. Of the other two, smart follows the object types, manual has none."""

FASTEST_OF_ALL = timedelta(minutes=5)
"""What is due more often than this is looked at by the fast tick."""

NIGHT, NIGHT_MINUTES = time(3), 180
"""Daily work begins between three and six in the account's morning: the day before is over, people are not up."""

TODAY_AND_YESTERDAY, THREE_DAYS = 1, 2
"""Depths of a run, in days before today."""


def interval(
    frequency: str, *, configured: timedelta, own: timedelta | None, is_dated: bool, is_summed_up: bool
) -> timedelta | None:
    """How far apart the reads of a stream are wanted; None where nothing is scheduled.

    frequency: of the connection. configured: of the object type. own: of this very stream, goes before both.
    is_summed_up: another stream tells whether this one has news, so it need not be read at every tick.
    """
    if frequency == "manual":
        return None
    pace = PACE.get(frequency)
    if own or pace is None:
        return own or configured
    if is_dated and not (is_summed_up and pace < FASTEST_OF_ALL):
        return pace
    return max(pace, configured)


def stale_after(threshold: timedelta, every: timedelta) -> timedelta:
    """The age at which somebody should know: one missed read is no alarm."""
    return max(threshold, 2 * every)


def next_due(after: datetime, every: timedelta, *, zone: ZoneInfo, seed: int) -> datetime:
    """The first moment after `after` at which a stream of this interval is due.

    Moments lie on a grid of their own for each connection (`seed`), so that many connections do not start together, and
    all streams of one start together. Below a day the grid is in UTC; whole days begin in the account's night, once a
    date, also where the clock is put forward or back or a date is left out.
    """
    if every % DAY:
        phase = timedelta(seconds=seed % max(1, int(every.total_seconds())))
        return EPOCH + phase + ((after - EPOCH - phase) // every + 1) * every
    days, at = every // DAY, seed % NIGHT_MINUTES
    day = after.astimezone(zone).date() - DAY
    while True:
        if day.toordinal() % days == seed % days and (moment := _in_the_night(day, at, zone)) > after:
            return moment
        day += DAY


def _in_the_night(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """A time that the clock leaves out is taken as long after midnight as it would be otherwise."""
    local = datetime.combine(day, NIGHT, zone) + timedelta(minutes=minutes)
    return local.astimezone(EPOCH.tzinfo)


def depth(read: Mapping[str, str], now: datetime, *, lookback_days: int, zone: ZoneInfo, seed: int) -> int:
    """How many days before today a scheduled run reads: 1 at every tick, 2 once an hour, all of the lookback daily.

    read: when each depth was last read, as `depths_read` keeps it; in the future, by a clock that ran ahead, is never.
    """
    for days, every in ((lookback_days, DAY), (min(THREE_DAYS, lookback_days), HOUR)):
        last = datetime.fromisoformat(read.get(str(days), EPOCH.isoformat()))
        if last > now or next_due(last, every, zone=zone, seed=seed) <= now:
            return days
    return min(TODAY_AND_YESTERDAY, lookback_days)


def depths_read(days: int, at: datetime, *, lookback_days: int) -> dict[str, str]:
    """What `depth` should know of a run that has read so many days before its today."""
    known = {lookback_days, min(THREE_DAYS, lookback_days)}
    return {str(each): at.isoformat() for each in known if each <= days}
