"""Say what to do about an error to somebody who is connecting an account, and has nothing to reconnect yet."""

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from connections.errors import NeedsReconnect, RateLimited, SyncError, TooMuchData, Transient


class Problem(NamedTuple):
    """One sentence, what to do, and the provider's own words."""

    sentence: str
    remedy: str
    original: str = ""


def problem_of(error: SyncError, now: datetime, zone: ZoneInfo) -> Problem:
    """zone: of the workspace, in whose time people read."""
    return Problem(error.sentence, _remedy(error, now, zone), error.original)


def _remedy(error: SyncError, now: datetime, zone: ZoneInfo) -> str:
    if isinstance(error, NeedsReconnect):
        return "Check that you copied all of it, or make a new one; then paste it here."
    if isinstance(error, RateLimited):
        return f"Come back at {_clock_time(error.retry_at, now, zone)}."
    if isinstance(error, Transient | TooMuchData):
        return "Try again in a minute."
    return error.remedy


def _clock_time(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """The day too, when it is another one."""
    there, here = moment.astimezone(zone), now.astimezone(zone)
    pattern = "%H:%M" if there.date() == here.date() else "%H:%M on %-d %B"
    return f"{there.strftime(pattern)} ({zone.key})"
