"""When does a login end, and who has to be told of it? The provider names up to two dates; the earlier one counts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from connections.models import Credential
from syncing.status.states import Tone

WARNED_BEFORE = timedelta(days=14)
TONES: tuple[tuple[timedelta, Tone], ...] = (
    (timedelta(days=1), "bad"),
    (timedelta(days=7), "wait"),
    (WARNED_BEFORE, "info"),
)
"""A warning grows 14, 7 and 1 days before."""

REMEDY = "Press Reconnect and sign in again; its history is kept."


@dataclass(frozen=True)
class Ending:
    """The next end of a login that is near. tone: the nearer, the louder."""

    at: datetime
    title: str
    sentence: str
    tone: Tone
    remedy: str = REMEDY


def ending(login: Credential, now: datetime) -> Ending | None:
    """None while it is far away, or where the login is of no use already, which is said elsewhere."""
    dates = [each for each in (login.expires_at, login.data_access_expires_at) if each]
    if not dates or login.trouble:
        return None
    at = min(dates)
    tone = next((tone for before, tone in TONES if at - now <= before), None)
    title = "Its login has ended" if at <= now else "Its login ends soon"
    return Ending(at, title, _sentence(login, at, now), tone) if tone else None


def ending_soon(now: datetime, prefix: str) -> Q:
    """The same, said in the database."""
    last = now + WARNED_BEFORE
    return Q(**{f"{prefix}expires_at__lte": last}) | Q(**{f"{prefix}data_access_expires_at__lte": last})


def _sentence(login: Credential, at: datetime, now: datetime) -> str:
    what = "The login" if at == login.expires_at else "The permission to read data with this login"
    if at <= now:
        return f"{what} has ended."
    days = (at - now) // timedelta(days=1)
    return f"{what} ends in {days} day{'' if days == 1 else 's'}." if days else f"{what} ends within a day."
