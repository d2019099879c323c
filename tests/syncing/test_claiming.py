"""Who may run a chunk: the best one that is ready, for one claimer, and never more at once than a connection allows."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection as database
from django.db import transaction

from connections.models import Connection
from connections.sources import Page
from syncing.models import ConnectionSync, LeaseLost, SyncChunk, SyncJob
from syncing.models.chunks import CURSOR_AGE, MAX_ATTEMPTS
from tests.fixtures.engine import (
    DEADLINE,
    NOON,
    MakeAccount,
    Watch,
    add_chunks,
    bare_job,
    claim,
    eventually,
    telemetry,
    together,
)

pytestmark = pytest.mark.django_db
LEASE = timedelta(seconds=settings.LEASE_SECONDS)


def claimed(watch: Watch, **only: Any) -> list[int]:
    """The order numbers of all that can be claimed, one after the other."""
    found = []
    while chunk := SyncChunk.claim_next(watch.now, **only):
        found.append(chunk.chunk_order)
    return found


# Order


def test_the_best_rank_comes_first_then_the_order_of_the_job(make_account: MakeAccount, watch: Watch) -> None:
    job = bare_job(make_account(sync={"slices_in_flight": 9}), 4)
    job.chunks.filter(chunk_order=3).update(rank=1)
    assert claimed(watch) == [3, 0, 1, 2]


def test_jobs_of_the_same_rank_take_turns(make_account: MakeAccount, watch: Watch) -> None:
    for _ in range(3):
        bare_job(make_account(), 2)
    assert claimed(watch) == [0, 0, 0, 1, 1, 1]


def test_only_the_named_queues_and_jobs_are_looked_at(make_account: MakeAccount, watch: Watch) -> None:
    first, second = bare_job(make_account(), 2), bare_job(make_account(), 2)
    second.chunks.update(queue="backfill")
    assert SyncChunk.claim_next(watch.now, queues=["realtime"]) is None
    assert SyncChunk.claim_next(watch.now, queues=["backfill"]).sync_job_id == second.pk  # type: ignore[union-attr]
    assert SyncChunk.claim_next(watch.now, jobs=[second.pk]).sync_job_id == second.pk  # type: ignore[union-attr]
    assert SyncChunk.claim_next(watch.now, jobs=[second.pk]) is None
    assert SyncChunk.claim_next(watch.now).sync_job_id == first.pk  # type: ignore[union-attr]


def test_a_claim_is_a_lease_and_an_attempt(account: Connection, watch: Watch) -> None:
    bare_job(account, 1)
    chunk = claim(watch)
    stored = SyncChunk.objects.get()
    assert (stored.lease_token, stored.ready_at) == (chunk.lease_token, NOON + LEASE)
    assert (stored.status, stored.attempts, stored.started_at) == ("running", 1, NOON)


# Passed over


def test_a_chunk_whose_time_has_not_come_is_passed_over(account: Connection, watch: Watch) -> None:
    job = bare_job(account, 2)
    job.chunks.filter(chunk_order=0).update(ready_at=NOON + timedelta(seconds=3))
    assert claimed(watch) == [1]
    watch.move(seconds=3)
    assert claimed(watch) == [0]


def test_a_finished_chunk_is_never_run_again(account: Connection, watch: Watch) -> None:
    job = bare_job(account, 1)
    job.chunks.update(finished_at=NOON, status="completed")
    assert claimed(watch) == []


def in_the_other_mode(account: Connection) -> None:
    account.is_sandbox = False
    account.save()


def paused(account: Connection) -> None:
    account.paused = True
    account.save()


def signed_out(account: Connection) -> None:
    account.credential.mark_dead("expired")


def blocked(account: Connection) -> None:
    ConnectionSync.block(account.pk, NOON + timedelta(minutes=5), "Slow down.")


def full(account: Connection) -> None:
    ConnectionSync.objects.filter(connection=account).update(slices_in_flight=0)


STOPS = [paused, signed_out, in_the_other_mode, blocked, full]


@pytest.mark.parametrize("stopped", STOPS, ids=lambda how: how.__name__)
def test_a_connection_that_is_stopped_is_passed_over_and_others_go_on(
    make_account: MakeAccount, watch: Watch, stopped: Any
) -> None:
    first, second = make_account(), make_account()
    bare_job(first, 1)
    other = bare_job(second, 1)
    stopped(first)
    assert claim(watch).sync_job_id == other.pk
    assert SyncChunk.claim_next(watch.now) is None


def test_a_block_ends_by_itself_and_a_longer_one_stands(account: Connection, watch: Watch) -> None:
    bare_job(account, 1)
    ConnectionSync.block(account.pk, NOON + timedelta(minutes=5), "long")
    ConnectionSync.block(account.pk, NOON + timedelta(minutes=1), "short")
    assert telemetry(account).not_before_reason == "long"
    watch.move(minutes=4, seconds=59)
    assert SyncChunk.claim_next(watch.now) is None
    watch.move(seconds=1)
    assert claim(watch).chunk_order == 0


def test_a_dead_login_stops_all_its_connections(make_account: MakeAccount, watch: Watch) -> None:
    first, second = make_account(), make_account()
    second.credential = first.credential
    second.save()
    bare_job(first, 1)
    bare_job(second, 1)
    signed_out(first)
    assert SyncChunk.claim_next(watch.now) is None


# Leases


@pytest.mark.spec("T20")
def test_no_more_slices_than_a_connection_allows_are_in_flight(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(sync={"slices_in_flight": 2})
    bare_job(account, 5)
    assert claimed(watch) == [0, 1]
    SyncChunk.objects.get(chunk_order=0).finish(watch.now)
    assert claimed(watch) == [2]


def test_a_lease_that_ends_makes_the_chunk_ready_again(account: Connection, watch: Watch) -> None:
    bare_job(account, 1)
    first = claim(watch)
    watch.now += LEASE - timedelta(seconds=1)
    assert SyncChunk.claim_next(watch.now) is None
    watch.move(seconds=1)
    second = claim(watch)
    assert (second.pk, second.attempts) == (first.pk, 2)
    assert second.lease_token != first.lease_token


def test_the_room_of_a_dead_slice_is_free_when_its_lease_ends(make_account: MakeAccount, watch: Watch) -> None:
    bare_job(make_account(sync={"slices_in_flight": 1}), 2)
    claim(watch)
    assert SyncChunk.claim_next(watch.now) is None
    watch.now += LEASE
    assert claimed(watch) == [0]


def test_whoever_lost_the_lease_can_do_nothing_any_more(account: Connection, watch: Watch) -> None:
    bare_job(account, 1)
    late = claim(watch)
    watch.now += LEASE
    claim(watch)
    before = SyncChunk.objects.values().get()
    for act in (
        lambda: late.renew(watch.now),
        lambda: late.give_back(watch.now, ready_at=watch.now),
        lambda: late.finish(watch.now),
    ):
        with pytest.raises(LeaseLost):
            act()
    assert SyncChunk.objects.values().get() == before


def test_an_expired_lease_that_nobody_took_may_still_be_renewed(account: Connection, watch: Watch) -> None:
    bare_job(account, 1)
    chunk = claim(watch)
    watch.now += 2 * LEASE
    chunk.renew(watch.now)
    assert SyncChunk.claim_next(watch.now) is None


def test_what_is_handed_back_costs_no_attempt(account: Connection, watch: Watch) -> None:
    bare_job(account, 1)
    for _ in range(5):
        chunk = claim(watch)
        assert chunk.attempts == 1
        chunk.give_back(watch.now, ready_at=watch.now)
    stored = SyncChunk.objects.get()
    assert (stored.attempts, stored.retry_count, stored.lease_token, stored.status) == (0, 0, None, "pending")


def test_a_chunk_that_ends_its_process_three_times_is_poison(account: Connection, watch: Watch) -> None:
    bare_job(account, 1)
    for _ in range(MAX_ATTEMPTS):
        assert not claim(watch).is_poison
        watch.now += LEASE
    assert claim(watch).is_poison


def test_those_that_died_together_are_tried_one_at_a_time(make_account: MakeAccount, watch: Watch) -> None:
    """One of them takes its process with it, and so the others that are in hand: these must not be given up with it."""
    bare_job(make_account(), 3)
    for _ in range(2):
        assert claimed(watch) == [0, 1, 2]
        watch.now += LEASE
    assert claimed(watch) == [0]
    add_chunks(SyncJob.objects.get(), 1)
    assert claimed(watch) == [3], "whoever is not suspected is not kept waiting"
    claim_again = SyncChunk.objects.get(chunk_order=0)
    claim_again.give_back(watch.now, ready_at=watch.now + LEASE)
    assert claimed(watch) == [1]


def test_deaths_are_forgotten_once_a_page_is_stored(account: Connection, watch: Watch) -> None:
    """A long chunk may meet many restarts: it is poison only when it does not get on."""
    bare_job(account, 1)
    for _ in range(2):
        claim(watch)
        watch.now += LEASE
    chunk = claim(watch)
    chunk.save_page(Page([], {"page": 0}, watch.now), watch.now, counts={})
    watch.now += LEASE
    assert (claim(watch).attempts, chunk.pk) == (2, SyncChunk.objects.get().pk)


@pytest.mark.parametrize(("age", "kept"), [(CURSOR_AGE, True), (CURSOR_AGE + timedelta(seconds=1), False)])
def test_an_old_page_cursor_is_not_trusted(account: Connection, watch: Watch, age: timedelta, kept: bool) -> None:
    job = bare_job(account, 1)
    counts = {"2026-03-20": [3, 100]}
    job.chunks.update(checkpoint={"page": 4}, checkpoint_at=NOON - age, date_counts=counts)
    chunk = claim(watch)
    stored = SyncChunk.objects.get()
    assert chunk.checkpoint == stored.checkpoint == ({"page": 4} if kept else None)
    assert chunk.date_counts == stored.date_counts == (counts if kept else {})


# The questions behind it


@contextmanager
def asked() -> Iterator[list[tuple[str, Any]]]:
    """The statements with their parameters, as the database gets them."""
    seen: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append((sql, params))
        return execute(sql, params, many, context)

    with database.execute_wrapper(note):
        yield seen


def plan(sql: str, params: Any) -> str:
    words = "EXPLAIN QUERY PLAN" if database.vendor == "sqlite" else "EXPLAIN"
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute(f"{words} {sql}", params)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


@pytest.mark.parametrize("by", ["queue", "job"])
def test_a_claim_looks_at_open_chunks_only_however_many_have_ended(account: Connection, watch: Watch, by: str) -> None:
    """A bound value in the index's condition, and SQLite would read every chunk there ever was."""
    past = bare_job(account, closed_at=NOON, status="completed")
    add_chunks(past, 4000, finished_at=NOON, status="completed")
    job = bare_job(account, 50)
    with database.cursor() as cursor:
        cursor.execute("ANALYZE")
    only: dict[str, Any] = {"queues": ["sync"]} if by == "queue" else {"jobs": [job.pk]}
    with asked() as statements:
        assert SyncChunk.claim_next(watch.now, **only)
    best = next(each for each in statements if "sync_job_chunks" in each[0] and "ORDER BY" in each[0])
    steps = plan(*best).splitlines()
    ours = [step for step in steps if "sync_job_chunks" in step or "chunks_" in step]
    assert ours, steps
    assert not [step for step in ours if step.startswith("SCAN sync_job_chunks") or "Seq Scan" in step], steps
    if by == "queue":
        assert any("chunks_ready" in step for step in ours), steps
    counted = next(each for each in statements if each[0].startswith('SELECT "sync_job_chunks"."queue"'))
    assert "chunks_leased" in plan(*counted)


def test_an_empty_queue_costs_one_question(account: Connection, watch: Watch, django_assert_num_queries: Any) -> None:
    bare_job(account)
    with asked() as statements:
        assert SyncChunk.claim_next(watch.now) is None
    assert len([sql for sql, _ in statements if sql.startswith("SELECT")]) == 1


# Many at once


@pytest.mark.django_db(transaction=True)
def test_eight_claimers_never_take_more_slices_than_allowed(make_account: MakeAccount, watch: Watch) -> None:
    """Counting in the claim's own statement is over the cap in most rounds on PostgreSQL."""
    job = bare_job(make_account(sync={"slices_in_flight": 2}), 16)
    barrier, most = threading.Barrier(8), []

    def work(number: int) -> None:
        for _ in range(30):
            barrier.wait(DEADLINE)
            SyncChunk.claim_next(watch.now)
            barrier.wait(DEADLINE)
            if number == 0:
                most.append(job.chunks.filter(lease_token__isnull=False).count())
                job.chunks.update(lease_token=None, ready_at=NOON, attempts=0, status="pending")
            barrier.wait(DEADLINE)

    together(work, range(8))
    assert len(most) == 30
    assert set(most) <= {1, 2}
    assert 2 in most


@pytest.mark.django_db(transaction=True)
def test_no_chunk_is_claimed_twice(make_account: MakeAccount, watch: Watch) -> None:
    for _ in range(5):
        bare_job(make_account(sync={"slices_in_flight": 100}), 12)

    def work(_: int) -> list[int]:
        mine: list[int] = []
        while SyncChunk.objects.ready(watch.now).exists():
            if chunk := SyncChunk.claim_next(watch.now):
                mine.append(chunk.pk)
        return mine

    taken = [pk for each in together(work, range(8)) for pk in each]
    assert len(taken) == len(set(taken)) == 60


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_claim_waits_for_no_lock(make_account: MakeAccount, watch: Watch) -> None:
    """Neither for a chunk in another claimer's hands nor for a connection whose page is being stored."""
    first, second = make_account(), make_account()
    busy, free = bare_job(first, 1), bare_job(second, 1)
    locked, done = threading.Event(), threading.Event()

    def hold(_: int) -> None:
        with transaction.atomic():
            SyncChunk.objects.select_for_update().get(sync_job=busy)
            locked.set()
            assert done.wait(DEADLINE)

    def take(_: int) -> SyncChunk | None:
        assert locked.wait(DEADLINE)
        try:
            with database.cursor() as cursor:
                cursor.execute("SET lock_timeout = '200ms'")
            return SyncChunk.claim_next(watch.now)
        finally:
            done.set()

    _, chunk = together(lambda work: work(0), [hold, take])
    assert chunk.sync_job_id == free.pk


@pytest.mark.django_db(transaction=True)
def test_a_job_is_started_once_and_before_any_end_of_it(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account()
    job = bare_job(account)
    together(lambda _: SyncJob.objects.get(pk=job.pk).mark_started(watch.now), range(8))
    state = telemetry(account)
    assert (state.total_syncs_attempted, state.sync_status) == (1, "syncing")
    assert eventually(lambda: SyncJob.objects.get(pk=job.pk).status == "in_progress", "the job to be started")
