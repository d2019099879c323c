"""Several workers on LOGIKAL logins at once: none ever has more sessions than it may, as the stand-in counts them."""

from typing import Any

import pytest

from connections.sandbox.server import SandboxServer
from syncing.models import ConnectionSync, SyncChunk, SyncJob
from tests.fixtures.engine import enqueue, eventually
from tests.fixtures.workers import READY_SECONDS, Worker, Workers, wait_until
from tests.syncing.logikal.held import MakeWindows, make_windows, stored, undisturbed

__all__ = ["make_windows"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def four(start_worker: Workers) -> list[Worker]:
    """Of two slots each, one of them with Beat. With the usual lease, which nobody loses on a busy machine."""
    usual: dict[str, Any] = {"concurrency": 2, "lease_seconds": 60, "wait": False}
    workers = [start_worker(with_beat=not number, **usual) for number in range(4)]
    for worker in workers:
        wait_until(lambda: " ready." in worker.log(), "the worker", READY_SECONDS)  # noqa: B023
    return workers


@pytest.mark.spec("L37")
def test_four_workers_never_open_more_sessions_than_a_login_may_have(
    make_windows: MakeWindows, sandbox: SandboxServer, start_worker: Workers
) -> None:
    """One for each of three logins, and three for a fourth one, whose projects are read side by side."""
    wanted = undisturbed(make_windows)  # before there are workers, which would help
    workers = four(start_worker)
    logins = [make_windows(name) for name in ("anna", "ben", "carl", "dora")]
    ConnectionSync.objects.filter(connection=logins[-1]).update(slices_in_flight=3)
    sandbox.logikal.set(latency_scale=0.02)
    for connection in logins:
        enqueue(connection, connection.created_at)
    eventually(lambda: not SyncJob.objects.active().exists(), "every job to end", 90)
    assert [stored(connection) for connection in logins] == [wanted] * len(logins)
    assert set(SyncChunk.objects.values_list("status", "attempts", "retry_count")) == {("completed", 1, 0)}
    sessions = sandbox.logikal.world.sessions
    at_once = sessions.highest_of.pop("dora")
    assert set(sessions.highest_of.values()) == {1}
    assert 1 < at_once <= 3
    assert sessions.highest > at_once, "the logins were read one after the other"
    assert sandbox.logikal.open_sessions() == []
    assert sum("chunk ended" in worker.log() for worker in workers) > 1, "one worker has done it all"
