"""Delete what has had its time: logins that were pasted and not connected, and sessions that have ended."""

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session

from connections import draft

OVERDUE = timedelta(hours=1)
"""When the oldest ended session is older, all that have ended go: so they are deleted once an hour at most."""


def forget(now: datetime) -> None:
    draft.forget_ended(now)
    ended = Session.objects.filter(expire_date__lte=now)
    if ended.filter(expire_date__lte=now - OVERDUE).exists():
        ended.delete()
