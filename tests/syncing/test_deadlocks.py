"""Pairs of transactions that meet on the same rows: none waits in a circle, and nothing is left stuck."""

import random
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.db import transaction

from connections.access import Actor
from connections.models import Connection
from connections.sources import Page
from projects.tables import TABLES
from syncing import actions, cancelling, ending, runner
from syncing.models import ConnectionSync, LeaseLost, SyncChunk, SyncJob
from syncing.retry import Retry
from tests.fixtures import plain as provider
from tests.fixtures.engine import (
    DEADLINE,
    NOON,
    MakeAccount,
    Watch,
    bare_job,
    claim,
    drain,
    enqueue,
    insist,
    telemetry,
    together,
)

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 2.5


def until_the_time_is_up(work: Callable[[], Any]) -> Callable[[], int]:
    def loop() -> int:
        deadline, turns = time.monotonic() + SECONDS, 0
        while time.monotonic() < deadline:
            insist(work) if database.vendor == "sqlite" else work()
            turns += 1
            time.sleep(random.uniform(0, 0.01))  # whoever asks without a pause holds the connection all the time
        return turns

    return loop


def at_once(*works: Callable[[], Any]) -> list[int]:
    turns: list[int] = together(lambda work: until_the_time_is_up(work)(), works)
    assert all(turns), turns
    return turns


def run_and_finish() -> None:
    if chunk := SyncChunk.claim_next(NOON):
        chunk.sync_job.mark_started(NOON)
        ending.finish(chunk, NOON)


def test_enqueue_against_finish(account: Connection, watch: Watch) -> None:
    """Enqueue: connection, then job. Finish: job, then the job that follows, which refers to the connection."""
    for _ in range(10):  # a busy machine needs more than one
        at_once(
            lambda: enqueue(account, NOON, "account_days"),
            lambda: enqueue(account, NOON, "campaigns"),
            run_and_finish,
            run_and_finish,
        )
        if SyncJob.objects.count() > 10:
            break
    drain(watch)
    assert not SyncJob.objects.active().exists()
    assert SyncJob.objects.count() > 10
    assert telemetry(account).total_syncs_attempted == SyncJob.objects.count()
    assert telemetry(account).sync_status == "idle"


def one_row(number: int, turn: int) -> Page:
    source = provider.PlainSource.__new__(provider.PlainSource)
    source.options = {"salt": turn}
    return Page([source.day("campaign", f"c{number}", NOON.date())], {"page": turn}, NOON)


def test_a_mass_update_against_page_commits(make_account: MakeAccount, watch: Watch) -> None:
    """As a cancel does it: the job, then all its open chunks. A page holds its chunk, then its rows."""
    job = bare_job(make_account(), 4)
    turns = iter(range(1_000_000))

    def update_all() -> None:
        with transaction.atomic():
            SyncJob.objects.locked(job.pk).chunks.open().update(remedy="all")

    def store(number: int, chunk: SyncChunk) -> Callable[[], None]:
        return lambda: runner._save(chunk, one_row(number, next(turns)), watch, calls=1)

    saves = [store(number, claim(watch)) for number in range(3)]
    at_once(update_all, *saves)
    drain(watch.__class__(watch.move(minutes=5)))
    assert SyncJob.objects.get().status == "completed"


def test_chunks_that_wait_for_their_provider_against_claims(make_account: MakeAccount, watch: Watch) -> None:
    """A wait holds the job, then its chunk, then the others of the job. A claim holds a chunk, then the connection."""
    job = bare_job(make_account(sync={"slices_in_flight": 2}), 8)

    def look() -> None:
        if chunk := SyncChunk.claim_next(NOON):
            runner._save(chunk, Page([], {"looks": 1}, NOON), watch, calls=1)
            ending.wait(chunk, NOON, until=NOON + timedelta(seconds=10))

    def make_ready() -> None:
        with transaction.atomic():
            SyncJob.objects.locked(job.pk).chunks.open().filter(lease_token=None).update(ready_at=NOON)

    at_once(look, look, look, make_ready)
    make_ready()
    drain(watch)
    assert SyncJob.objects.get().status == "completed"


@pytest.mark.postgres
def test_a_claim_beside_an_open_page_is_not_held_up(make_account: MakeAccount, watch: Watch) -> None:
    """Its rows refer to the connection, which locks it lightly: with a plain FOR UPDATE it would look full.

    Such locks are taken at the commit; here at once, to stand still in that moment.
    """
    account = make_account()
    bare_job(account, 2)
    chunk, opened, done = claim(watch), threading.Event(), threading.Event()

    def page() -> None:
        with transaction.atomic():
            chunk.renew(watch.now)
            with database.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            TABLES["daily_metric"].upsert(account.pk, one_row(1, 1).records, seen_at=NOON)
            opened.set()
            assert done.wait(DEADLINE)

    def other() -> SyncChunk | None:
        assert opened.wait(DEADLINE)
        try:
            with database.cursor() as cursor:
                cursor.execute("SET lock_timeout = '300ms'")
            return SyncChunk.claim_next(watch.now)
        finally:
            done.set()

    _, claimed = together(lambda work: work(), [page, other])
    assert claimed.chunk_order == 1


def test_claims_against_page_commits(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(sync={"slices_in_flight": 3})
    job = bare_job(account, 4)
    turns = iter(range(1_000_000))
    mine = claim(watch)

    def claim_and_let_go() -> None:
        if chunk := SyncChunk.claim_next(watch.now):
            assert chunk.pk != mine.pk
            chunk.give_back(watch.now, ready_at=watch.now)

    at_once(claim_and_let_go, claim_and_let_go, lambda: runner._save(mine, one_row(1, next(turns)), watch, calls=1))
    assert list(job.chunks.filter(lease_token__isnull=False)) == [mine]


@pytest.mark.postgres
def test_a_removal_meets_a_postponement_of_the_other_lane(
    make_account: MakeAccount, watch: Watch, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both touch the connection's telemetry: after the jobs, never between them."""
    account = make_account()
    waiting, history = (bare_job(account, 1, lane=lane) for lane in ("sync", "backfill"))
    waiting.chunks.update(ready_at=NOON + timedelta(hours=1))
    chunk = claim(watch)
    assert chunk.sync_job_id == history.pk
    block, blocking = ConnectionSync.block, threading.Event()

    def slow(*words: Any) -> None:
        blocking.set()
        time.sleep(0.5)
        block(*words)

    monkeypatch.setattr(ConnectionSync, "block", slow)
    again = Retry(NOON + timedelta(minutes=5), spends=False, parks=True)

    def remove() -> None:
        blocking.wait(DEADLINE)
        actions.remove(account, Actor(alice), now=NOON)

    together(lambda work: work(), [lambda: ending.postpone(chunk, again, Exception("quiet"), NOON), remove])
    assert not SyncJob.objects.active().exists()
    assert telemetry(account).sync_status == "idle"


@pytest.mark.spec("C32")
def test_a_cancel_meets_page_commits(make_account: MakeAccount, watch: Watch) -> None:
    """Whoever comes first: a page is stored as a whole before it, or not at all after it."""
    for _ in range(10):
        job = bare_job(make_account(), 3)
        turns = iter(range(1_000_000))
        chunks = [SyncChunk.claim_next(watch.now, jobs=[job.pk]) for _ in range(3)]

        def store(chunk: SyncChunk | None, turns: Any = turns) -> None:
            assert chunk
            try:
                insist(lambda: runner._save(chunk, one_row(1, next(turns)), watch, calls=1))
            except LeaseLost:
                return

        works = [lambda chunk=chunk: store(chunk) for chunk in chunks]
        works.append(lambda job=job: insist(lambda: cancelling.cancel(job.pk, NOON)))
        together(lambda work: work(), works)
        assert SyncJob.objects.get(pk=job.pk).status == "cancelled"
        assert not job.chunks.exclude(lease_token=None).exists()


@pytest.mark.spec("C32")
def test_a_cancel_meets_the_end_of_a_chunk(make_account: MakeAccount, watch: Watch) -> None:
    """Both lock the job, then the connection's telemetry and schedules."""
    for _ in range(10):
        account = make_account()
        job = bare_job(account, 1)
        chunk = SyncChunk.claim_next(watch.now, jobs=[job.pk])

        def end(chunk: SyncChunk | None = chunk) -> str:
            assert chunk
            try:
                insist(lambda: ending.finish(chunk, NOON))
            except LeaseLost:
                return "cancelled"
            return "completed"

        def stop(job: SyncJob = job) -> str:
            try:
                insist(lambda: cancelling.cancel(job.pk, NOON))
            except cancelling.HasEnded:
                return "completed"
            return "cancelled"

        told = together(lambda work: work(), [end, stop])
        assert told == [SyncJob.objects.get(pk=job.pk).status] * 2
        assert telemetry(account).sync_status == "idle"
