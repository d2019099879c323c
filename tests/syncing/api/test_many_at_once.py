"""Many requests at the same moment, over real HTTP: one job, and everybody is told of the same."""

import json
import time
from collections import Counter
from datetime import timedelta
from statistics import median
from typing import Any
from urllib.request import Request, urlopen

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from connections.accounts import connect
from connections.models import ApiToken, AuditEvent, Connection, Workspace
from connections.providers.meta.sandbox.accounts import DEMO_ACCOUNT, DEMO_TOKEN
from connections.sandbox.server import SandboxServer
from syncing.models import SyncChunk, SyncJob
from tests.fixtures.engine import together
from tests.fixtures.workers import Workers, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 50


@pytest.fixture
def ask(live_server: LiveServer, connection: Connection) -> Any:
    return asker(live_server, connection)


def asker(live_server: LiveServer, connection: Connection) -> Any:
    _, text = ApiToken.issue(connection.workspace, "Impatient", ApiToken.Scope.TRIGGER, now=timezone.now())

    def post(_: int) -> tuple[int, dict[str, Any]]:
        url = f"{live_server.url}/api/connections/{connection.pk}/sync-now"
        request = Request(url, method="POST", headers={"Authorization": f"Bearer {text}"})
        with urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)

    return post


@pytest.mark.spec("A44")
def test_fifty_at_once_make_one_job_and_learn_its_id(ask: Any, connection: Connection) -> None:
    answers = together(ask, range(MANY))
    job = SyncJob.objects.get()
    assert {said["job_id"] for _, said in answers} == {str(job.pk)}
    assert {said["status"] for _, said in answers} == {"queued"}
    assert Counter(status for status, _ in answers) == {202: 1, 200: MANY - 1}
    assert sum("deduplicated" in said for _, said in answers) == MANY - 1
    assert AuditEvent.objects.filter(action="sync started").count() == 1


def test_fifty_at_once_join_the_job_that_a_worker_holds(ask: Any, connection: Connection) -> None:
    _, first = ask(0)
    now = timezone.now()
    held = SyncChunk.claim_next(now + timedelta(seconds=1))
    assert held
    held.sync_job.mark_started(now)
    answers = together(ask, range(MANY))
    assert {said["job_id"] for _, said in answers} == {first["job_id"]}
    assert {status for status, _ in answers} == {200}
    assert SyncJob.objects.get().status == "in_progress"
    held.refresh_from_db()
    assert held.lease_token


@pytest.mark.spec("A44")
def test_fifty_at_once_join_the_job_whose_first_page_the_provider_holds_back(
    live_server: LiveServer, workspace: Workspace, sandbox: SandboxServer, start_worker: Workers
) -> None:
    sandbox.clock.freeze(timezone.now())
    secrets = {"access_token": DEMO_TOKEN}
    made = connect(workspace, "meta", f"act_{DEMO_ACCOUNT}", secrets, now=timezone.now(), start_sync=False).connection
    ask = asker(live_server, made)
    sandbox.meta.faults.add({"kind": "hold"})
    start_worker()
    _, first = ask(0)
    wait_until(lambda: sandbox.meta.faults.waiting > 0, "the worker to wait for its first page", 30)
    answers = together(ask, range(MANY))
    assert {said["job_id"] for _, said in answers} == {first["job_id"]}
    assert Counter(status for status, _ in answers) == {200: MANY}
    job = SyncJob.objects.get()
    assert job.records_read == 0
    sandbox.meta.faults.clear()

    def is_over() -> bool:
        job.refresh_from_db()
        return not job.is_active

    wait_until(is_over, "the end of the sync", 60)
    assert job.status == SyncJob.Status.COMPLETED
    assert SyncJob.objects.count() == 1


@pytest.mark.alone
@pytest.mark.spec("A51")
def test_a_sync_is_enqueued_within_a_tenth_of_a_second(ask: Any) -> None:
    """The middle one of many, whatever else this machine does; benchmarks/sync_now.py has the 95th percentile."""
    ask(0)
    took = []
    for number in range(21):
        SyncJob.objects.all().delete()
        started = time.perf_counter()
        status, _ = ask(number)
        took.append(time.perf_counter() - started)
        assert status == 202
    assert median(took) < 0.1
