"""Send the mails whose time has come, a few at a time, and again later what could not be sent."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from smtplib import SMTPException

import structlog
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend

from connections.models import Membership
from syncing.mail.letters import letter
from syncing.mail.telling import listeners
from syncing.models import Mail

log = structlog.get_logger(__name__)

AT_ONCE = 20
"""Whoever sweeps has other things to do."""

LEASE = timedelta(minutes=10)
"""When a mail is tried again whose sender died with it in hand."""

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
TRIED_FOR = timedelta(hours=24)


def send_waiting(now: datetime) -> int:
    """How many went out. A mail server that is away is asked once, and all of them wait.

    Never two processes send the same mail. One that dies between sending a mail and writing that down leaves it to be
    sent once more: its Message-ID is the same then, by which mail programs show it once.
    """
    taken = list(_taken(now))
    if not taken:
        return 0
    try:
        server = get_connection()
        server.open()
    except (SMTPException, OSError) as error:
        for mail in taken:
            _later(mail, error, now)
        return 0
    try:
        return sum(_send(mail, server, now) for mail in taken)
    finally:
        server.close()


def _taken(now: datetime) -> Iterator[Mail]:
    due = Mail.objects.waiting().filter(send_at__lte=now).order_by("send_at", "pk")
    for mail in due.select_related("user", "job", "connection__workspace", "connection__credential")[:AT_ONCE]:
        if mail.take(now, now + LEASE):
            yield mail


def _send(mail: Mail, server: BaseEmailBackend, now: datetime) -> bool:
    if not _is_wanted(mail):
        mail.give_up(now)
        return False
    try:
        letter(mail, server).send()
    except Exception as error:  # one that cannot be written keeps no other from going out
        _later(mail, error, now)
        return False
    mail.sent(now)
    log.info("mail sent", mail=mail.pk, kind=mail.kind, connection=str(mail.connection_id))
    return True


def _is_wanted(mail: Mail) -> bool:
    """Nobody has switched it off, left the workspace or removed the account since."""
    if mail.connection.removed_at or not mail.user.email:
        return False
    member: Membership | None = listeners(mail.connection, Mail.Kind(mail.kind)).filter(user=mail.user).first()
    return member is not None


def _later(mail: Mail, error: Exception, now: datetime) -> None:
    said = f"{type(error).__name__} {getattr(error, 'smtp_code', '')}".strip()
    at = now + min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(mail.attempts - 1, 10))
    if at - mail.created_at > TRIED_FOR:
        mail.give_up(now, said)
        log.error("mail given up", mail=mail.pk, kind=mail.kind, attempts=mail.attempts, error=said)
        return
    mail.try_again(at, said)
    expected = isinstance(error, SMTPException | OSError)
    log.warning("mail postponed", mail=mail.pk, until=at.isoformat(), error=said, exc_info=not expected)
