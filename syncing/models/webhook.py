"""Messages to the installation's webhook: written with the end of a sync, sent later, and kept for a while."""

from datetime import datetime
from typing import ClassVar, Self
from uuid import uuid4

from django.db import models

from connections.models import Connection


class WebhookMessageQuerySet(models.QuerySet["WebhookMessage"]):
    def waiting(self) -> Self:
        return self.filter(sent_at__isnull=True, given_up_at__isnull=True)


class WebhookMessage(models.Model):
    """body: the JSON that is sent, as it was when the sync ended. send_at: not before; while somebody sends it, when
    another may try."""

    class Event(models.TextChoices):
        COMPLETED = "sync.completed", "A sync has ended well"
        FAILED = "sync.failed", "A sync has not ended well"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    event = models.CharField(max_length=20, choices=Event.choices)
    body = models.TextField()
    created_at = models.DateTimeField()
    send_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True)

    objects = WebhookMessageQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["send_at"],
                condition=models.Q(sent_at__isnull=True, given_up_at__isnull=True),
                name="webhook_messages_waiting",
            ),
            models.Index(fields=["created_at"], name="webhook_messages_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.event} of {self.connection_id}"

    def take(self, until: datetime) -> bool:
        """A conditional update: False when somebody else sends it, or has sent it."""
        mine = WebhookMessage.objects.waiting().filter(pk=self.pk, send_at=self.send_at)
        self.attempts += 1
        return mine.update(send_at=until, attempts=self.attempts) == 1

    def sent(self, now: datetime) -> None:
        WebhookMessage.objects.filter(pk=self.pk).update(sent_at=now, last_error="")

    def try_again(self, at: datetime, error: str) -> None:
        WebhookMessage.objects.waiting().filter(pk=self.pk).update(send_at=at, last_error=error[:200])

    def give_up(self, now: datetime, error: str) -> None:
        WebhookMessage.objects.waiting().filter(pk=self.pk).update(given_up_at=now, last_error=error[:200])
