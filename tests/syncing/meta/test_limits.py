"""Meta asks for quiet: the account waits exactly as long as it was told, and nobody else does."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from connections.models import Connection
from connections.sandbox.server import SandboxServer
from syncing.models import Bucket, ConnectionSync, SyncChunk, SyncJob
from tests.fixtures.engine import drain, enqueue, sync, telemetry
from tests.fixtures.sandbox import MetaConnection, SharedClock, account_of, assert_true

pytestmark = pytest.mark.once

STILL: dict[str, Any] = {"campaigns": 2, "ad_sets": 4, "ads": 8, "dense": True, "drift": False}


@pytest.fixture
def connection(meta_connection: MetaConnection) -> Connection:
    return meta_connection("42", **STILL)


@pytest.fixture
def neighbour(meta_connection: MetaConnection) -> Connection:
    """Another account, with the same login."""
    return meta_connection("77", **STILL)


def calls(sandbox: SandboxServer, connection: Connection, since: datetime | None = None) -> int:
    logged = sandbox.meta.calls.all(scope=account_of(connection))
    return sum(since is None or call.at >= since for call in logged)


@pytest.mark.spec("A16", "T49")
@pytest.mark.parametrize(
    ("fault", "quiet"),
    [
        ({"error": "17", "seconds": 300}, timedelta(seconds=300)),
        ({"error": "17-transient", "seconds": 300}, timedelta(seconds=300)),
        ({"error": "17"}, timedelta(seconds=60)),
        ({"error": "613", "seconds": 90}, timedelta(seconds=90)),
        ({"error": "80000", "minutes": 7, "path": "/insights"}, timedelta(minutes=7)),
        ({"error": "80004", "minutes": 12, "path": "/ads"}, timedelta(minutes=12)),
    ],
    ids=["17", "17 that says it is transient", "17 that tells no time", "613", "80000", "80004"],
)
def test_an_account_that_asks_for_quiet_is_left_alone_until_the_told_time(
    connection: Connection,
    neighbour: Connection,
    sandbox: SandboxServer,
    clock: SharedClock,
    fault: dict[str, Any],
    quiet: timedelta,
) -> None:
    sandbox.meta.faults.add({"kind": "error", "times": 1, "nth": [2], **fault})
    job = enqueue(connection, clock.now)
    drain(clock, jobs=[job.pk])
    parked_at = clock.now
    state = telemetry(connection)
    assert state.not_before is not None
    assert state.not_before == parked_at + quiet
    assert state.not_before_reason == "This ad account has been read too often; Meta asks us to wait."
    made = calls(sandbox, connection)
    assert sync(neighbour, clock).status == SyncJob.Status.COMPLETED
    clock.move(seconds=(quiet - (clock.now - parked_at)).total_seconds() - 11)
    drain(clock, jobs=[job.pk])
    assert calls(sandbox, connection) == made, "it was called before the told time"
    clock.move(seconds=11)
    drain(clock, jobs=[job.pk])
    job.refresh_from_db()
    assert job.status == SyncJob.Status.COMPLETED
    assert set(job.chunks.values_list("retry_count", "attempts")) == {(0, 1)}, "waiting costs no retry"
    assert_true(sandbox, connection)
    assert_true(sandbox, neighbour)


def test_the_whole_app_waits_when_the_app_is_told_to(
    connection: Connection, neighbour: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    sandbox.meta.faults.add({"kind": "error", "error": "4", "times": 1})
    jobs = [enqueue(each, clock.now) for each in (connection, neighbour)]
    sandbox.meta.calls.clear()
    drain(clock)
    assert len(sandbox.meta.calls.all()) == 1
    clock.move(seconds=60)
    drain(clock)
    assert {SyncJob.objects.get(pk=job.pk).status for job in jobs} == {SyncJob.Status.COMPLETED}


def test_a_header_that_says_nearly_full_is_heeded_before_the_limit_is_hit(
    connection: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    sandbox.meta.faults.add({"kind": "quota", "percent": 91, "minutes": 5, "times": 1, "path": "/insights"})
    job = enqueue(connection, clock.now)
    drain(clock, jobs=[job.pk])
    told = Bucket.objects.get(pk="act_42").blocked_until
    assert told
    assert told - clock.now <= timedelta(minutes=5)
    assert len(sandbox.meta.calls.all(path="/insights")) == 1
    clock.move(minutes=5)
    drain(clock, jobs=[job.pk])
    assert_true(sandbox, connection)
    assert not [call for call in sandbox.meta.calls.all() if call.status != 200]


def test_metas_own_count_is_never_overrun(
    meta_connection: MetaConnection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    """At nine tenths we pause by ourselves, and when full for as long as Meta says: no call is ever refused."""
    connection = meta_connection("42", calls_per_hour=10, **STILL)
    job, hours = enqueue(connection, clock.now), 0
    while job.is_active and hours < 12:
        drain(clock, jobs=[job.pk])
        told = telemetry(connection).not_before
        clock.move(seconds=max(0.0, (told - clock.now).total_seconds()) if told else 0)
        job.refresh_from_db()
        hours += 1
    assert job.status == SyncJob.Status.COMPLETED
    assert hours > 2
    assert {call.status for call in sandbox.meta.calls.all()} == {200}
    assert sandbox.meta.calls.busiest_hour(scope="42", bucket="ads_insights") <= 10
    assert_true(sandbox, connection)


@pytest.mark.parametrize(("hours", "waits"), [(24, True), (25, False)])
def test_more_than_a_day_of_quiet_is_a_failure_that_people_see(
    connection: Connection, sandbox: SandboxServer, clock: SharedClock, hours: int, waits: bool
) -> None:
    sandbox.meta.faults.add({"kind": "error", "error": "80000", "minutes": hours * 60, "path": "/insights"})
    job = sync(connection, clock)
    state = telemetry(connection)
    if waits:
        assert (job.is_active, state.last_sync_error) == (True, "")
        return
    assert (job.status, state.sync_status) == (SyncJob.Status.COMPLETED_WITH_FAILURES, ConnectionSync.Status.ERROR)
    assert "This ad account has been read too often; Meta asks us to wait." in state.last_sync_error
    assert len(sandbox.meta.calls.all(path="/insights")) == 1, "the others do not ask either"


def test_a_sync_that_waits_is_joined_and_not_doubled(
    connection: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    sandbox.meta.faults.add({"kind": "error", "error": "17", "seconds": 600, "times": 1})
    first = enqueue(connection, clock.now)
    drain(clock, jobs=[first.pk])
    clock.move(seconds=30)
    assert enqueue(connection, clock.now) == first
    assert SyncChunk.objects.open().count() == 3
