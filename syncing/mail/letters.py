"""What does a mail say?"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse

from syncing.models import Mail, SyncJob

LONGEST_SUBJECT = 150


@dataclass(frozen=True)
class Words:
    """subject, sentence: with the account's name filled in. otherwise: what to do where nothing is remedied."""

    subject: str
    sentence: str
    otherwise: str = ""


WORDS = {
    Mail.Kind.RECENT_READY: Words("{name}: your recent data is ready", "The first sync of {name} is complete."),
    Mail.Kind.HISTORY_COMPLETE: Words(
        "{name}: historical data sync complete", "All history of {name} that the provider keeps is read."
    ),
    Mail.Kind.FAILED: Words(
        "{name}: a sync did not end well",
        "A sync of {name} did not end well. You hear of it once, and again when syncs work.",
        "Nothing now: the next sync tries again.",
    ),
    Mail.Kind.NEEDS_RECONNECT: Words(
        "{name} needs reconnecting",
        "The login of {name} no longer works, and nothing of it is read until somebody connects it again.",
        "Connect the account again; its history is kept.",
    ),
    Mail.Kind.RECOVERED: Words("{name}: syncs work again", "The last sync of {name} ended well."),
}


def letter(mail: Mail, server: BaseEmailBackend) -> EmailMultiAlternatives:
    words, name = WORDS[Mail.Kind(mail.kind)], " ".join(mail.connection.name.split())
    shown = {
        "mail": mail,
        "connection": mail.connection,
        "name": name,
        "sentence": words.sentence.format(name=name),
        "more": _history_follows(mail),
        "remedy": mail.remedy or words.otherwise,
        "link": _address(mail),
        "choice": settings.PUBLIC_URL + reverse("mail"),
    }
    made = EmailMultiAlternatives(
        subject=words.subject.format(name=name[:LONGEST_SUBJECT]),
        body=render_to_string("syncing/mail/letter.txt", shown),
        to=[mail.user.email],
        connection=server,
        headers=_headers(mail, shown["choice"]),
    )
    made.attach_alternative(render_to_string("syncing/mail/letter.html", shown), "text/html")
    return made


def _headers(mail: Mail, choice: object) -> dict[str, str]:
    """The same Message-ID however often it is sent."""
    host = urlsplit(settings.PUBLIC_URL).hostname
    return {
        "Message-ID": f"<mail-{mail.pk}-{int(mail.created_at.timestamp())}@{host}>",
        "List-Unsubscribe": f"<{choice}>",
        "Auto-Submitted": "auto-generated",
    }


def _history_follows(mail: Mail) -> bool:
    phase = mail.job.sync_phase if mail.job else None
    return mail.kind == Mail.Kind.RECENT_READY and phase == SyncJob.Phase.RECENT_90_DAYS


def _address(mail: Mail) -> str:
    """The sync that failed; else the account."""
    if mail.kind == Mail.Kind.FAILED and mail.job_id:
        return settings.PUBLIC_URL + reverse("job", args=[mail.job_id])
    return settings.PUBLIC_URL + reverse("connection", args=[mail.connection_id])
