"""Mails that are to be sent: written with what they tell of, sent later, and kept for a while."""

from datetime import datetime
from typing import ClassVar, Self

from django.contrib.auth.models import User
from django.db import models

from connections.models import Connection
from syncing.models.jobs import SyncJob


class MailQuerySet(models.QuerySet["Mail"]):
    def waiting(self) -> Self:
        return self.filter(sent_at__isnull=True, given_up_at__isnull=True)

    def given_up(self) -> Self:
        """For want of a mail server; not those that nobody wants any more."""
        return self.filter(given_up_at__isnull=False).exclude(last_error="")


class Mail(models.Model):
    """One mail to one person. send_at: not before; while somebody sends it, when another may try."""

    class Kind(models.TextChoices):
        RECENT_READY = "recent_ready", "Recent data is ready"
        HISTORY_COMPLETE = "history_complete", "History is complete"
        FAILED = "failed", "A sync failed"
        NEEDS_RECONNECT = "needs_reconnect", "Needs reconnecting"
        RECOVERED = "recovered", "Syncs work again"

    TROUBLE: ClassVar = (Kind.FAILED, Kind.NEEDS_RECONNECT)

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    job = models.ForeignKey(SyncJob, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    error = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    created_at = models.DateTimeField()
    send_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(
        max_length=200, blank=True, help_text="Why it could not be sent; no address, no text."
    )

    objects = MailQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["send_at"],
                condition=models.Q(sent_at__isnull=True, given_up_at__isnull=True),
                name="mails_waiting",
            ),
            models.Index(fields=["connection", "-created_at"], name="mails_of_connection"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.connection_id}"

    def take(self, now: datetime, until: datetime) -> bool:
        """A conditional update: False when somebody else sends it, or has sent it."""
        mine = Mail.objects.waiting().filter(pk=self.pk, send_at=self.send_at)
        self.attempts += 1
        return mine.update(send_at=until, attempts=self.attempts) == 1

    def sent(self, now: datetime) -> None:
        Mail.objects.filter(pk=self.pk).update(sent_at=now, last_error="")

    def try_again(self, at: datetime, error: str) -> None:
        Mail.objects.waiting().filter(pk=self.pk).update(send_at=at, last_error=error[:200])

    def give_up(self, now: datetime, error: str = "") -> None:
        """error: empty where nobody wants it any more."""
        Mail.objects.waiting().filter(pk=self.pk).update(given_up_at=now, last_error=error[:200])
