"""Decide what happens to a chunk that raised. Pure: no clock, no database."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from connections.errors import OWN_LIMIT, RateLimited, SyncError, Transient

DELAYS = (timedelta(seconds=3), timedelta(seconds=6), timedelta(seconds=9))
LONGEST_PARK = timedelta(hours=24)

LONGEST_BACK_OFF = timedelta(hours=4)
BREAKER_AFTER = 5
"""Failed runs in a row after which a stream is tried only now and then. It is said, and one success ends it."""


@dataclass(frozen=True)
class Retry:
    """Run the chunk again, not before `at`. spends: it costs a retry. parks: the whole connection waits.

    is_own_limit: what is used up is a limit of ours, which may not be that of the connection's other jobs.
    """

    at: datetime
    spends: bool = True
    parks: bool = False
    is_own_limit: bool = False


def decide(error: Exception, *, retry_count: int, max_retries: int, now: datetime) -> Retry | None:
    """None: the chunk has failed."""
    if isinstance(error, RateLimited):
        return _park(error, now)
    if isinstance(error, SyncError) and not isinstance(error, Transient):
        return None
    if retry_count >= max_retries:
        return None
    return Retry(now + DELAYS[min(retry_count, len(DELAYS) - 1)])


def _park(error: RateLimited, now: datetime) -> Retry | None:
    """Waiting costs no retry, but to be sent away for more than a day is a failure that people must see.

    A moment that is past already is no leave to try again at once, for ever.
    """
    if error.retry_at - now > LONGEST_PARK:
        return None
    at = max(error.retry_at, now + DELAYS[0])
    return Retry(at, spends=False, parks=True, is_own_limit=error.code == OWN_LIMIT)


def back_off(failures: int, delay: timedelta) -> timedelta:
    """How long a stream is left alone after so many failed runs in a row; delay: after the first."""
    if failures >= BREAKER_AFTER:
        return max(LONGEST_BACK_OFF, delay)
    doubled: timedelta = delay * 2 ** max(0, failures - 1)
    return min(max(LONGEST_BACK_OFF, delay), doubled)
