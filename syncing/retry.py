"""Decide what happens to a chunk that raised. Pure: no clock, no database."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from connections.errors import RateLimited, SyncError, Transient

DELAYS = (timedelta(seconds=3), timedelta(seconds=6), timedelta(seconds=9))
LONGEST_PARK = timedelta(hours=24)


@dataclass(frozen=True)
class Retry:
    """Run the chunk again, not before `at`. spends: it costs a retry. parks: the whole connection waits."""

    at: datetime
    spends: bool = True
    parks: bool = False


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
    return Retry(max(error.retry_at, now + DELAYS[0]), spends=False, parks=True)
