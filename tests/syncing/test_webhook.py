"""The webhook: one signed message when a sync has ended, sent over a real connection to a receiver that may be away."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from connections.models import Connection
from syncing import webhook
from syncing.models import SyncJob, WebhookMessage
from tests.fixtures.engine import MakeAccount, Watch, change, drain, enqueue, sync, together

pytestmark = pytest.mark.django_db
KEY = bytes(range(32))


@dataclass
class Receiver:
    """taken: headers and body of each request. says: the statuses of the next answers; 204 where there is none."""

    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    says: list[int] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.taken]


class _Door(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        receiver: Receiver = self.server.receiver  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        receiver.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(receiver.says.pop(0) if receiver.says else 204)
        self.send_header("Location", self.path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        return None


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    receiver, server = Receiver(), ThreadingHTTPServer(("127.0.0.1", 0), _Door)
    server.receiver = receiver  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    settings.WEBHOOK_URL = f"http://127.0.0.1:{server.server_port}/hook"
    settings.WEBHOOK_SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
    yield receiver
    server.shutdown()
    server.server_close()


def fail(account: Connection, watch: Watch) -> SyncJob:
    change(account, errors=[{"kind": "misconfigured", "stream": "account_days"}])
    job = sync(account, watch)
    change(account, errors=[])
    return job


@pytest.mark.spec("V42")
def test_a_sync_that_ended_is_told_once_and_signed(account: Connection, watch: Watch, receiver: Receiver) -> None:
    job = sync(account, watch)
    assert (webhook.send_waiting(watch.now), webhook.send_waiting(watch.now)) == (1, 0)
    ((headers, body),) = receiver.taken
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-timestamp"] == str(int(watch.now.timestamp()))
    said = json.loads(body)
    assert (said["type"], said["timestamp"]) == ("sync.completed", "2026-03-20T12:00:00Z")
    about = said["data"]
    assert (about["job_id"], about["connection_id"]) == (str(job.pk), str(account.pk))
    assert (about["status"], about["created"]) == ("completed", job.records_created)


@pytest.mark.spec("V42")
def test_a_failure_is_told_with_its_reason(account: Connection, watch: Watch, receiver: Receiver) -> None:
    job = fail(account, watch)
    webhook.send_waiting(watch.now)
    said = json.loads(receiver.taken[0][1])
    assert (said["type"], said["data"]["error"]) == ("sync.failed", job.error)


def test_of_what_nobody_asked_for_and_brought_nothing_new_nothing_is_told(
    account: Connection, watch: Watch, receiver: Receiver
) -> None:
    sync(account, watch)
    WebhookMessage.objects.all().delete()
    enqueue(account, watch.now)
    SyncJob.objects.active().update(urgent=False)
    drain(watch)
    assert not WebhookMessage.objects.exists()
    sync(account, watch)
    assert WebhookMessage.objects.get().event == "sync.completed"


def test_without_an_address_nothing_is_kept(account: Connection, watch: Watch) -> None:
    sync(account, watch)
    assert not WebhookMessage.objects.exists()
    assert webhook.send_waiting(watch.now) == 0


@pytest.mark.parametrize("status", [500, 429, 404, 302])
def test_what_was_not_taken_comes_again_with_the_same_id(
    account: Connection, watch: Watch, receiver: Receiver, status: int
) -> None:
    """A redirect is not followed: the signature is for the one address."""
    receiver.says = [status]
    sync(account, watch)
    assert webhook.send_waiting(watch.now) == 0
    assert WebhookMessage.objects.get().last_error == f"HTTP {status}"
    assert webhook.send_waiting(watch.move(seconds=59)) == 0
    assert len(receiver.taken) == 1
    assert webhook.send_waiting(watch.move(seconds=1)) == 1
    assert len(receiver.taken) == 2
    assert len(set(receiver.ids)) == 1


def test_a_receiver_that_is_gone_is_not_asked_again(account: Connection, watch: Watch, receiver: Receiver) -> None:
    receiver.says = [410]
    sync(account, watch)
    webhook.send_waiting(watch.now)
    assert webhook.send_waiting(watch.move(days=1)) == 0
    assert WebhookMessage.objects.get().given_up_at


def test_a_receiver_that_is_away_for_a_day_is_given_up_and_meanwhile_asked_once_for_all(
    make_account: MakeAccount, watch: Watch, settings: Any
) -> None:
    settings.WEBHOOK_URL, settings.WEBHOOK_SECRET = "http://127.0.0.1:9/", f"whsec_{base64.b64encode(KEY).decode()}"
    for _ in range(3):
        sync(make_account(), watch)
    webhook.send_waiting(watch.now)
    assert set(WebhookMessage.objects.values_list("attempts", "last_error")) == {(1, "ConnectionError")}
    for _ in range(40):
        webhook.send_waiting(watch.move(hours=1))
    assert not WebhookMessage.objects.waiting().exists()
    assert set(WebhookMessage.objects.values_list("sent_at", flat=True)) == {None}


@pytest.mark.django_db(transaction=True)
def test_many_that_sweep_at_once_send_it_once(make_account: MakeAccount, watch: Watch, receiver: Receiver) -> None:
    for _ in range(3):
        sync(make_account(), watch)
    together(lambda _: webhook.send_waiting(watch.now), range(4))
    assert len(receiver.taken) == 3
    assert len(set(receiver.ids)) == 3


def test_a_sender_that_dies_leaves_it_to_another(account: Connection, watch: Watch, receiver: Receiver) -> None:
    sync(account, watch)
    message = WebhookMessage.objects.get()
    assert message.take(watch.now + timedelta(minutes=10))
    assert webhook.send_waiting(watch.move(minutes=9)) == 0
    assert webhook.send_waiting(watch.move(minutes=1)) == 1
