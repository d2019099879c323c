"""A login that Meta no longer accepts: stop at once, say so, and go on where we were once it is renewed."""

import threading
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from django.db import connections

from connections.accounts import connect
from connections.models import Connection
from connections.sandbox.server import SandboxServer
from projects.models import Change
from syncing import foreground, scheduler
from syncing.models import SyncChunk, SyncJob
from tests.fixtures.engine import enqueue, eventually, sync, telemetry
from tests.fixtures.sandbox import MetaConnection, SharedClock, assert_true, stored_rows

TOKEN, NEW_TOKEN = "a-token-of-these-tests", "another-token-of-these-tests"
STILL: dict[str, Any] = {"campaigns": 2, "ad_sets": 4, "ads": 8, "dense": True, "drift": False}
SENTENCES = {
    None: "Meta no longer accepts this sign-in.",
    458: "The app was removed from the Meta account that connected it.",
    459: "Meta wants the person who connected this to confirm that it is them.",
    460: "The password of the Meta login was changed.",
    463: "The Meta sign-in has expired.",
    464: "The Meta login that connected this is not confirmed.",
    467: "The Meta access token is no longer valid.",
    492: "The person who connected this no longer has a role on the Page or account.",
    493: "Nobody renewed the Meta sign-in for 90 days.",
}


@pytest.fixture
def connection(meta_connection: MetaConnection) -> Connection:
    return meta_connection("42", token=TOKEN, **{**STILL, "tokens": [TOKEN, NEW_TOKEN]})


@pytest.mark.spec("A16", "A87")
@pytest.mark.parametrize(("subcode", "sentence"), SENTENCES.items(), ids=map(str, SENTENCES))
def test_a_dead_login_stops_the_job_with_its_first_call(
    connection: Connection, sandbox: SandboxServer, clock: SharedClock, subcode: int | None, sentence: str
) -> None:
    sandbox.meta.world.accounts.kill_token(TOKEN, subcode)
    sandbox.meta.calls.clear()
    job = sync(connection, clock)
    assert len(sandbox.meta.calls.all()) == 1, "it went on asking"
    assert (job.status, job.error) == (SyncJob.Status.FAILED, sentence)
    assert "Reconnect" in job.remedy
    connection.credential.refresh_from_db()
    assert (connection.credential.needs_reconnect, connection.credential.needs_reconnect_reason) == (True, sentence)
    state = telemetry(connection)
    assert (state.sync_status, state.last_sync_error, state.last_sync_remedy) == ("error", sentence, job.remedy)
    assert set(job.chunks.values_list("status", flat=True)) == {SyncChunk.Status.FAILED}


def test_a_login_that_dies_amid_the_numbers_keeps_what_was_stored(
    connection: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    sandbox.meta.faults.add({"kind": "error", "error": "190-460", "path": "/insights", "nth": [6]})
    job = sync(connection, clock)
    assert (job.status, job.completed_chunks) == (SyncJob.Status.COMPLETED_WITH_FAILURES, 3 + 5)
    assert len(sandbox.meta.calls.all(path="/insights")) == 6
    assert stored_rows(connection)
    assert job.error == "The password of the Meta login was changed."


def test_nothing_starts_on_a_dead_login_and_words_say_why(
    connection: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    sandbox.meta.world.accounts.kill_token(TOKEN, 463)
    sync(connection, clock)
    sandbox.meta.calls.clear()
    with pytest.raises(scheduler.NotRunnable) as refused:
        enqueue(Connection.objects.get(pk=connection.pk), clock.now)
    assert refused.value.sentence == "The login needs to be renewed: The Meta sign-in has expired."
    assert refused.value.remedy == "Connect the account again; its history is kept."
    assert not SyncJob.objects.active().exists()
    assert sandbox.meta.calls.all() == []


@pytest.mark.spec("A13")
def test_connecting_again_keeps_the_history_and_reads_on(
    connection: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    sync(connection, clock)
    first = min(day for _, _, day in stored_rows(connection))
    attempts = telemetry(connection).total_syncs_attempted
    sandbox.meta.world.accounts.kill_token(TOKEN, 460)
    clock.move(days=2)
    assert sync(connection, clock).status == SyncJob.Status.FAILED
    renewed, _ = connect(
        connection.workspace, "meta", "act_42", {"access_token": NEW_TOKEN}, now=clock.now, start_sync=False
    )
    assert (renewed.pk, renewed.anchor_date) == (connection.pk, connection.anchor_date)
    assert renewed.credential_id == connection.credential_id
    assert not renewed.credential.needs_reconnect
    job = sync(renewed, clock)
    assert job.status == SyncJob.Status.COMPLETED
    assert_true(sandbox, renewed, since=first)
    assert not Change.objects.exists(), "what was stored before is what it was"
    state = telemetry(connection)
    assert (state.sync_status, state.last_sync_error) == ("idle", "")
    assert state.total_syncs_attempted == attempts + 2


@pytest.mark.django_db(transaction=True)
def test_of_four_slices_in_flight_none_is_followed_by_another(
    meta_connection: MetaConnection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    """All four are on their way when the login dies; their answers are the last that Meta sees asked for."""
    connection = meta_connection("42", token=TOKEN, **STILL)
    sync(connection, clock, "campaigns", "ad_sets", "ads")
    sandbox.meta.faults.add(
        {"kind": "error", "error": "190-460", "path": "/insights"}, {"kind": "hold", "path": "/insights"}
    )
    job = enqueue(connection, clock.now, "account_metrics", "campaign_metrics", "adset_metrics", "ad_metrics")
    running = in_threads([job.pk], clock)
    eventually(lambda: sandbox.meta.faults.waiting == 4, "four calls in flight")
    sandbox.meta.faults.release()
    running.join(20)
    assert not running.is_alive()
    assert len(sandbox.meta.calls.all(path="/insights")) == 4
    job.refresh_from_db()
    assert (job.status, job.failed_chunks) == (SyncJob.Status.FAILED, 20)
    assert not SyncChunk.objects.exclude(lease_token=None).exists()


def in_threads(jobs: Sequence[UUID], clock: SharedClock) -> threading.Thread:
    def run() -> None:
        foreground.run_jobs(jobs, threads=4, stop=threading.Event(), clock=clock)
        connections.close_all()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread
