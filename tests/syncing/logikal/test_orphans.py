"""The session of a worker that was killed: who comes next ends it, and need not wait until LOGIKAL does so itself."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from connections.models import Connection, Credential
from connections.sandbox.server import SandboxServer
from connections.sources import Slice
from projects.models import Elevation
from syncing import runner, scheduler
from syncing.budget import Purse
from syncing.gate import ChunkGate
from syncing.models import SyncChunk, SyncJob
from syncing.planner import Plan
from syncing.sessions import ChunkSessions
from tests.fixtures.engine import claim, drain, enqueue, sync, telemetry
from tests.fixtures.sandbox import SharedClock
from tests.syncing.logikal.connection import windows

__all__ = ["windows"]

pytestmark = pytest.mark.django_db


def abandoned(chunk: SyncChunk, clock: SharedClock) -> object:
    """As a killed worker leaves it: in the midst of its pages, with the session open. Hold on to what this returns."""
    source = runner._source(chunk, ChunkGate(chunk, Purse(clock), clock), clock)
    pages = source.read(source.stream(chunk.stream), chunk.piece, chunk.checkpoint)
    next(pages)
    return pages


def test_the_next_ends_the_session_that_a_killed_worker_left_open(
    windows: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    sandbox.logikal.set(max_sessions=1)
    job = enqueue(windows, clock.now)
    left_open = abandoned(claim(clock), clock)
    (token,) = windows.credential.sessions()
    assert token not in Credential.objects.get(pk=windows.credential_id).open_sessions
    clock.move(seconds=settings.LEASE_SECONDS + 1)
    before = clock.now
    drain(clock)
    job.refresh_from_db()
    assert job.status == SyncJob.Status.COMPLETED
    assert clock.now - before < timedelta(minutes=1)
    assert telemetry(windows).not_before is None
    assert (sandbox.logikal.most_sessions, windows.credential.sessions()) == (1, [])
    assert Elevation.objects.exists()
    del left_open


def test_what_is_given_back_has_let_go_of_its_session_before(
    windows: Connection, sandbox: SandboxServer, clock: SharedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or whoever takes it up at once would open a second one."""
    still_open: list[int] = []

    def give_back(chunk: SyncChunk, now: datetime, **wishes: Any) -> None:
        still_open.append(len(sandbox.logikal.open_sessions()))
        handed_back(chunk, now, **wishes)

    handed_back = SyncChunk.give_back
    monkeypatch.setattr(SyncChunk, "give_back", give_back)
    enqueue(windows, clock.now)
    stop = threading.Event()
    stop.set()
    runner.run_chunk(claim(clock), clock=clock, stop=stop, purse=Purse(clock))
    assert still_open == [0]


def test_a_session_that_another_chunk_works_with_is_left_alone(windows: Connection, clock: SharedClock) -> None:
    job = enqueue(windows, clock.now)
    at_work = claim(clock)
    windows.credential.session_opened("its-token")
    scheduler.add_chunks(job, [Plan(windows.source_class.stream("directories"), Slice())], clock.now)
    other = job.chunks.exclude(pk=at_work.pk).get()
    assert ChunkSessions(other, clock).left() == ()
    assert ChunkSessions(at_work, clock).left() == ["its-token"]


def test_what_was_remembered_with_a_key_that_is_gone_stops_nobody(windows: Connection, clock: SharedClock) -> None:
    Credential.objects.filter(pk=windows.credential_id).update(open_sessions="made with another key")
    assert sync(windows, clock).status == SyncJob.Status.COMPLETED
    assert windows.credential.sessions() == []
