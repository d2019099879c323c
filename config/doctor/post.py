"""Do mails reach those who switched them on, and messages the webhook?"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings

from config.doctor.finding import Finding, many, ok, warning
from connections.models import Membership
from syncing.models import Mail, WebhookMessage

LATELY, LONG = timedelta(days=7), timedelta(hours=1)
UNSET = "EMAIL_URL is not set: nobody gets a mail"
LOOK = "Look at EMAIL_URL and EMAIL_FROM, and at the mail server's own log."


def mails_go_out(now: datetime) -> Iterator[Finding]:
    wanting = Membership.objects.exclude(mail=Membership.Mail.NEVER).values("user").distinct().count()
    if not settings.SENDS_MAIL:
        yield _unset(wanting)
        return
    given_up = Mail.objects.given_up().filter(given_up_at__gt=now - LATELY).count()
    waiting = Mail.objects.waiting().filter(created_at__lt=now - LONG).count()
    if given_up:
        yield warning(
            "Mail", f"{many(given_up, 'mail')} of this week could not be sent in a day, and never will be.", LOOK
        )
    if waiting:
        yield warning(
            "Mail", f"{many(waiting, 'mail')} could not be sent for more than an hour, and is tried again.", LOOK
        )
    if not given_up + waiting:
        server = settings.EMAIL_HOST or "the log"
        yield ok(
            "Mail", f"Goes to {server}; {wanting or 'no'} {'person wants' if wanting == 1 else 'people want'} any."
        )


def webhook_is_heard(now: datetime) -> Iterator[Finding]:
    if not settings.WEBHOOK_URL:
        return
    given_up = WebhookMessage.objects.filter(given_up_at__gt=now - LATELY).count()
    waiting = WebhookMessage.objects.waiting().filter(created_at__lt=now - LONG).count()
    if given_up + waiting:
        said = f"{many(given_up, 'message')} of this week given up, {waiting} waiting for more than an hour."
        yield warning("Webhook", said, "Look at WEBHOOK_URL and at the receiver; the admin says why, by message.")
    else:
        yield ok("Webhook", "Messages are taken.")


def _unset(wanting: int) -> Finding:
    if not wanting:
        return ok("Mail", f"{UNSET}, and nobody wants one.")
    said = f"{UNSET}, and {many(wanting, 'person')} switched it on.".replace("persons", "people")
    return warning("Mail", said, "Set EMAIL_URL, or tell them.")
