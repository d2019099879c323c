"""Send the messages whose time has come, a few at a time, and again later what nobody took."""

import base64
import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256

import requests
import structlog
from django.conf import settings

from syncing.models import WebhookMessage

log = structlog.get_logger(__name__)

AT_ONCE = 10
"""Whoever sweeps has other things to do."""

PATIENCE = (3.05, 10)
"""Seconds for a connection, and for each part of an answer."""

LEASE = timedelta(minutes=10)
"""When a message is tried again whose sender died with it in hand."""

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
TRIED_FOR = timedelta(hours=24)
PREFIX = "whsec_"
GONE = 410


def signing_key(secret: str) -> bytes:
    """Of `whsec_` and base64; the settings have looked at it."""
    return base64.b64decode(secret.removeprefix(PREFIX))


def signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    signed = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, sha256)
    return f"v1,{base64.b64encode(signed.digest()).decode()}"


def send_waiting(now: datetime) -> int:
    """How many were taken by the receiver. One that cannot be reached is asked once, and all of them wait.

    Never two processes send the same message. One that dies between sending and writing that down leaves it to be sent
    once more: its webhook-id is the same then, by which a receiver knows it.
    """
    if not settings.WEBHOOK_URL:
        return 0
    key, taken, sent = signing_key(settings.WEBHOOK_SECRET), list(_taken(now)), 0
    for at, message in enumerate(taken):
        try:
            status = _post(message, key, now)
        except requests.RequestException as error:
            for waiting in taken[at:]:
                _later(waiting, type(error).__name__, now)
            break
        sent += _settle(message, status, now)
    return sent


def _taken(now: datetime) -> Iterator[WebhookMessage]:
    for message in WebhookMessage.objects.waiting().filter(send_at__lte=now).order_by("send_at", "pk")[:AT_ONCE]:
        if message.take(now + LEASE):
            yield message


def _post(message: WebhookMessage, key: bytes, now: datetime) -> int:
    """The status of the answer, whose text nobody reads. Where it leads on to, nothing is sent."""
    body, timestamp = message.body.encode(), int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Freshet",
        "webhook-id": str(message.pk),
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(key, str(message.pk), timestamp, body),
    }
    with requests.post(
        settings.WEBHOOK_URL, data=body, headers=headers, timeout=PATIENCE, allow_redirects=False, stream=True
    ) as answer:
        return answer.status_code


def _settle(message: WebhookMessage, status: int, now: datetime) -> bool:
    if 200 <= status < 300:
        message.sent(now)
        log.info("webhook sent", message=str(message.pk), about=message.event, connection=str(message.connection_id))
        return True
    if status == GONE:
        message.give_up(now, f"HTTP {status}")
    else:
        _later(message, f"HTTP {status}", now)
    return False


def _later(message: WebhookMessage, error: str, now: datetime) -> None:
    at = now + min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(message.attempts - 1, 10))
    if at - message.created_at > TRIED_FOR:
        message.give_up(now, error)
        log.error("webhook given up", message=str(message.pk), attempts=message.attempts, error=error)
        return
    message.try_again(at, error)
    log.warning("webhook postponed", message=str(message.pk), until=at.isoformat(), error=error)
