"""The whole way in ten steps, over HTTP, with a real broker and a real worker: from the health check to the numbers."""

import json
from typing import Any

import pytest
import requests
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from connections.accounts import connect
from connections.models import Workspace
from connections.providers.meta.sandbox.accounts import DEMO_ACCOUNT, DEMO_TOKEN
from connections.sandbox.server import SandboxServer
from projects.models import DailyMetric
from syncing.models import SyncJob
from tests.fixtures.people import PASSWORD
from tests.fixtures.workers import Broker, Workers, wait_until

pytestmark = pytest.mark.once

A_SYNC = 120


class Visitor:
    """A program with a session cookie, as a browser has one."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.session = requests.Session()

    def sign_in(self, person: User) -> requests.Response:
        self.get("/sign-in/")
        fields = {"username": person.get_username(), "password": PASSWORD}
        token = {"csrfmiddlewaretoken": self.session.cookies["csrftoken"]}
        return self.session.post(f"{self.address}/sign-in/", data=fields | token, timeout=10)

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.address + path, timeout=10)

    def send(self, method: str, path: str, body: dict[str, Any]) -> requests.Response:
        headers = {"X-CSRFToken": self.session.cookies["csrftoken"], "Content-Type": "application/json"}
        return self.session.request(method, self.address + path, data=json.dumps(body), headers=headers, timeout=10)


@pytest.mark.spec("A109")
def test_from_the_health_check_to_the_numbers(
    live_server: LiveServer,
    alice: User,
    workspace: Workspace,
    sandbox: SandboxServer,
    broker: Broker,
    start_worker: Workers,
) -> None:
    secrets = {"access_token": DEMO_TOKEN}
    made, _ = connect(workspace, "meta", f"act_{DEMO_ACCOUNT}", secrets, now=timezone.now(), start_sync=False)
    visitor, its = Visitor(live_server.url), f"/api/connections/{made.pk}"

    health = visitor.get("/healthz")
    assert (health.status_code, health.json()) == (200, {"status": "ok"})

    assert visitor.get(f"{its}/sync-status").status_code in (401, 403)
    assert "Connections" in visitor.sign_in(alice).text

    listed = visitor.get("/api/connections/").json()["results"]
    assert [each["id"] for each in listed] == [str(made.pk)]

    before = visitor.get(f"{its}/sync-status").json()
    assert (before["sync_frequency"], before["sync_status"], before["total_syncs_attempted"]) == ("manual", "idle", 0)

    changed = visitor.send("PATCH", f"{its}/sync-frequency", {"sync_frequency": "realtime"})
    assert changed.status_code == 200
    assert visitor.get(f"{its}/sync-status").json()["sync_frequency"] == "realtime"
    assert "Frequency:</dt><dd>Realtime (every 30s)" in visitor.get("/settings").text

    started = visitor.send("POST", f"{its}/sync-now", {})
    assert (started.status_code, started.json()["status"]) == (202, "queued")
    assert SyncJob.objects.filter(connection=made).count() == 1

    assert broker.waiting("realtime") >= 1

    assert visitor.get(f"{its}/sync-status").json()["sync_status"] == "queued"

    start_worker()
    wait_until(lambda: SyncJob.objects.filter(pk=started.json()["job_id"], status="completed").exists(), "it", A_SYNC)
    assert DailyMetric.objects.filter(connection=made).exists()

    after = visitor.get(f"{its}/sync-status").json()
    assert (after["sync_status"], after["sync_frequency"]) == ("idle", "realtime")
    assert (after["total_syncs_attempted"], after["total_syncs_with_changes"]) == (1, 1)
    assert after["last_sync_attempted_at"] <= after["last_sync_completed_at"]
    assert after["last_metrics_changed_at"]
    assert after["last_sync_error"] is None
