"""Run a chunk: page by page, each stored whole or not at all, and every error answered."""

import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, OperationalError, transaction

from connections.errors import NeedsReconnect
from connections.models import Connection, Credential
from connections.sources import Page
from projects.models import Campaign, Change, DailyMetric
from projects.tables import TABLES
from syncing import runner
from syncing.budget import Purse
from syncing.models import CallBudget, LeaseLost, QuarantinedRecord, SyncChunk, SyncJob
from tests.fixtures import plain as provider
from tests.fixtures.engine import (
    FIRST_DAY,
    NOON,
    Impatience,
    MakeAccount,
    Watch,
    assert_complete,
    bare_job,
    change,
    claim,
    drain,
    enqueue,
    expected_numbers,
    numbers,
    sync,
    telemetry,
    together,
)
from tests.projects.tables.test_bulk import HOSTILE

pytestmark = pytest.mark.django_db


def run(chunk: SyncChunk, watch: Watch, stop: threading.Event | None = None) -> SyncChunk:
    runner.run_chunk(chunk, clock=watch, stop=stop or threading.Event(), purse=Purse(watch))
    return SyncChunk.objects.get(pk=chunk.pk)


def until(moment: Any) -> str:
    return str(moment.isoformat())


# A whole sync


@pytest.mark.spec("A7")
def test_a_run_leaves_status_times_counts_and_log_lines(
    account: Connection, watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    job = sync(account, watch)
    assert job.status == "completed"
    assert job.created_at == job.started_at == job.closed_at == watch.now
    assert job.counts() == {"read": 59, "created": 59, "updated": 0, "unchanged": 0, "quarantined": 0}
    of_job = [line for line in caplog.text.splitlines() if str(job.pk) in line]
    lines = [line for line in of_job if "chunk ended" not in line]
    assert len(of_job) - len(lines) == job.total_chunks
    about_the_job = [line for line in lines if "job queued" in line or "job ended" in line]
    assert len(about_the_job) == 2
    assert "'created': 59" in about_the_job[1] or "created=59" in about_the_job[1]


@pytest.mark.spec("A8", "A108", "T48", "T70")
def test_a_sync_stores_what_the_provider_holds(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(campaigns=7, page_size=4)
    job = sync(account, watch)
    assert_complete(account)
    held = 7 + len(expected_numbers(account))
    assert job.counts() == {"read": held, "created": held, "updated": 0, "unchanged": 0, "quarantined": 0}
    assert not Change.objects.exists()


@pytest.mark.spec("A5", "A28", "A82", "A111")
def test_a_second_sync_writes_nothing_when_nothing_changed(account: Connection, watch: Watch) -> None:
    sync(account, watch)
    rows = list(DailyMetric.objects.order_by("id").values())
    watch.move(hours=1)
    job = sync(account, watch)
    assert (job.records_created, job.records_updated) == (0, 0)
    assert job.records_unchanged == job.records_read == len(rows) + 3
    assert list(DailyMetric.objects.order_by("id").values()) == rows
    assert not Change.objects.exists()


@pytest.mark.spec("A26", "A27")
def test_what_was_restated_is_updated_and_remembered(account: Connection, watch: Watch) -> None:
    sync(account, watch)
    watch.move(hours=1)
    job = sync(change(account, salt="restated"), watch)
    assert numbers(account) == expected_numbers(account)
    assert (job.records_created, job.records_updated) == (0, len(expected_numbers(account)))
    spend = Change.objects.filter(connection=account, field="spend_micros")
    assert spend.count() == job.records_updated
    assert set(spend.values_list("job_id", "seen_at")) == {(job.pk, watch.now)}


def test_the_tag_of_a_status_is_swept_between_two_complete_lists(account: Connection, watch: Watch) -> None:
    sync(account, watch)
    watch.move(hours=1)
    job = sync(change(account, status="PAUSED"), watch, "campaigns")
    assert (job.records_read, job.records_updated) == (3, 3)
    assert set(Campaign.objects.values_list("effective_status", flat=True)) == {"PAUSED"}
    assert set(Campaign.objects.values_list("objective", flat=True)) == {"SALES"}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_go_all_the_way(make_account: MakeAccount, watch: Watch, text: str) -> None:
    account = make_account(suffix=text, campaigns=1)
    assert sync(account, watch, "campaigns").status == "completed"
    assert Campaign.objects.get(connection=account).name == f"Campaign 0{text}"
    watch.move(days=2)
    assert sync(account, watch, "campaigns").records_unchanged == 1


# Pages


@pytest.mark.spec("T71")
def test_rows_checkpoint_and_counts_of_a_page_are_stored_together(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(campaigns=5, page_size=2, errors=[{"kind": "misconfigured", "page": 2}])
    bare_job(account)
    enqueue_campaigns(account, watch)
    chunk = run(claim(watch), watch)
    assert TABLES["campaign"].ids(account.pk) == ["c0000", "c0001", "c0002", "c0003"]
    assert (chunk.checkpoint, chunk.read_to_end, chunk.status) == ({"page": 1}, False, "failed")
    assert (chunk.records_read, chunk.records_created) == (4, 4)


def enqueue_campaigns(account: Connection, watch: Watch) -> SyncJob:
    SyncJob.objects.filter(connection=account).delete()
    return enqueue(account, watch.now, "campaigns")


def test_a_page_that_cannot_be_stored_leaves_nothing_of_itself(
    make_account: MakeAccount, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = make_account(campaigns=4, page_size=2)
    enqueue_campaigns(account, watch)

    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(SyncChunk, "save_page", broken)
    chunk = run(claim(watch), watch)
    assert not Campaign.objects.exists()
    assert (chunk.checkpoint, chunk.records_read, chunk.status) == (None, 0, "pending")


def test_a_chunk_goes_on_after_the_last_page_that_was_stored(
    make_account: MakeAccount, watch: Watch, tmp_path: Any
) -> None:
    journal = tmp_path / "calls"
    soon = until(NOON + timedelta(seconds=1))
    account = make_account(
        campaigns=6, page_size=2, errors=[{"kind": "transient", "page": 1, "until": soon}], journal=str(journal)
    )
    job = sync(account, watch, "campaigns")
    assert [line.split()[-1] for line in journal.read_text().splitlines()] == ["0", "1", "1", "2"]
    assert (job.status, job.records_read, job.records_created) == ("completed", 6, 6)
    assert job.chunks.get().retry_count == 1


def test_a_chunk_that_was_read_to_its_end_is_only_finished(account: Connection, watch: Watch, tmp_path: Any) -> None:
    journal = tmp_path / "calls"
    change(account, journal=str(journal))
    bare_job(account, 1).chunks.update(read_to_end=True, records_read=1)
    assert run(claim(watch), watch).status == "completed"
    assert not journal.exists()


def test_records_that_make_no_sense_are_put_aside(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(odd=["c0001"])
    job = sync(account, watch, "campaigns")
    assert (job.status, job.records_read, job.records_created, job.records_quarantined) == ("completed", 3, 2, 1)
    watch.move(days=2)
    sync(account, watch, "campaigns")
    record = QuarantinedRecord.objects.get(connection=account)
    assert (record.stream, record.key, record.reason, record.seen_at) == (
        "campaigns",
        "c0001",
        "It makes no sense.",
        watch.now,
    )


def test_two_pages_with_the_same_new_row_are_both_stored(
    account: Connection, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both saw that it is new; whoever comes second reads again."""
    table, raced = type(TABLES["daily_metric"]), threading.Event()
    original = table._fingerprints

    def stale(self: Any, *arguments: Any) -> Any:
        if raced.is_set():
            return original(self, *arguments)
        raced.set()
        return {}

    sync(account, watch, "account_days")
    monkeypatch.setattr(table, "_fingerprints", stale)
    job = sync(account, watch, "account_days")
    assert raced.is_set()
    assert (job.status, job.records_unchanged, job.chunks.filter(retry_count__gt=0).count()) == ("completed", 14, 0)


@pytest.mark.parametrize("error", [IntegrityError("twice"), OperationalError("deadlock detected")], ids=repr)
def test_a_page_is_tried_four_times_and_then_the_chunk_waits(
    account: Connection, watch: Watch, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    tries = []

    def fail(*_: Any, **__: Any) -> None:
        tries.append(1)
        raise error

    enqueue_campaigns(account, watch)
    monkeypatch.setattr(type(TABLES["campaign"]), "upsert", fail)
    chunk = run(claim(watch), watch)
    assert len(tries) == runner.SAVE_TRIES
    assert (chunk.status, chunk.retry_count, chunk.lease_token) == ("pending", 1, None)


@pytest.mark.django_db(transaction=True)
def test_slices_that_store_the_same_rows_at_once_store_them_once(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(campaigns=40, page_size=10, sync={"slices_in_flight": 8})
    job = bare_job(account)
    SyncChunk.objects.bulk_create(
        SyncChunk(
            sync_job=job, connection=account, chunk_order=at, stream="campaigns", chunk_type="structure",
            ready_at=NOON, created_at=NOON,
        )
        for at in range(6)
    )  # fmt: skip
    together(lambda chunk: run(chunk, watch), [claim(watch) for _ in range(6)])
    drain(watch)
    assert len(TABLES["campaign"].ids(account.pk)) == 40
    assert set(job.chunks.values_list("status", flat=True)) == {"completed"}
    assert sum(job.chunks.values_list("records_created", flat=True)) == 40


# Errors


@pytest.mark.spec("T62", "T63", "T64", "T17", "C10")
def test_a_passing_failure_is_retried_after_3_6_and_9_seconds_and_then_fails(account: Connection, watch: Watch) -> None:
    change(account, errors=[{"kind": "transient", "stream": "account_days", "since": FIRST_DAY.isoformat()}])
    job = enqueue(account, watch.now, "account_days")
    waits = []
    while (chunk := job.chunks.get(start_date=FIRST_DAY)).finished_at is None:
        waits.append((chunk.ready_at - watch.now).total_seconds())
        watch.now = max(watch.now, chunk.ready_at)
        while claimed := SyncChunk.claim_next(watch.now):
            run(claimed, watch)
    assert waits == [0, 3, 6, 9]
    assert (chunk.status, chunk.retry_count, chunk.error) == ("failed", 3, "Trouble: transient.")
    assert (chunk.error_kind, chunk.remedy, chunk.error_detail) == ("transient", "Wait.", "its own words")
    other = job.chunks.exclude(pk=chunk.pk).get()
    assert (other.status, other.retry_count) == ("completed", 0)


def test_a_chunk_that_recovers_leaves_no_error_behind(account: Connection, watch: Watch) -> None:
    change(account, errors=[{"kind": "transient", "until": until(NOON + timedelta(seconds=8))}])
    job = sync(account, watch, "campaigns")
    chunk = job.chunks.get()
    assert (job.status, chunk.status, chunk.retry_count, chunk.error, chunk.error_kind) == (
        "completed",
        "completed",
        2,
        "",
        "",
    )


def test_to_be_sent_away_parks_the_connection_and_costs_no_retry(account: Connection, watch: Watch) -> None:
    later = NOON + timedelta(minutes=20)
    change(account, errors=[{"kind": "limited", "retry_at": until(later), "until": until(later)}])
    job = enqueue(account, watch.now)
    chunk = run(claim(watch), watch)
    assert (chunk.ready_at, chunk.retry_count, chunk.attempts, chunk.status) == (later, 0, 0, "pending")
    state = telemetry(account)
    assert (state.not_before, state.not_before_reason, state.sync_status) == (later, "Slow down.", "syncing")
    drain(watch)
    assert watch.now < later
    assert SyncJob.objects.get().is_active
    watch.now = later
    drain(watch)
    job.refresh_from_db()
    assert job.status == "completed"
    assert_complete(account)


def test_a_full_budget_parks_until_calls_are_free_again(make_account: MakeAccount, watch: Watch, tmp_path: Any) -> None:
    journal = tmp_path / "calls"
    account = make_account(per_hour=3, journal=str(journal))
    job = enqueue(account, watch.now)
    drain(watch)
    assert len(journal.read_text().splitlines()) == 3
    state = telemetry(account)
    assert state.not_before
    assert state.not_before_reason == "The budget of 3 calls an hour is used up."
    watch.now = state.not_before
    drain(watch)
    job.refresh_from_db()
    assert job.status == "completed"
    assert len(journal.read_text().splitlines()) == 5
    assert sum(CallBudget.objects.values_list("calls", flat=True)) == 5


@pytest.mark.spec("A16")
def test_an_unexpected_error_is_told_without_its_words(account: Connection, watch: Watch) -> None:
    """Only our own errors are known to hold no secret."""
    job = sync(change(account, errors=[{"kind": "bug"}]), watch, "campaigns")
    chunk = job.chunks.get()
    assert (chunk.status, chunk.retry_count, chunk.error_kind) == ("failed", 3, "unexpected")
    assert chunk.error == "An unexpected error (ZeroDivisionError); its traceback is in the log."
    assert "secret-looking" not in "".join(map(str, SyncChunk.objects.values_list())) + str(SyncJob.objects.values())


def test_a_chunk_that_ended_its_process_three_times_is_given_up(account: Connection, watch: Watch) -> None:
    job = enqueue(account, watch.now, "account_days")
    for _ in range(3):
        SyncChunk.claim_next(watch.now)
        job.chunks.filter(chunk_order=1).update(finished_at=NOON, status="completed")
        watch.move(minutes=5)
    drain(watch)
    job.refresh_from_db()
    poison = job.chunks.get(chunk_order=0)
    assert (poison.status, poison.attempts, poison.error) == ("failed", 4, "This chunk ended its process three times.")
    assert (job.status, job.failed_chunks) == ("completed_with_failures", 1)


def test_whoever_was_replaced_stores_nothing(make_account: MakeAccount, watch: Watch) -> None:
    """The page was asked for in time; the answer came too late."""
    account = make_account(campaigns=2, page_size=1)
    enqueue_campaigns(account, watch)
    late = claim(watch)
    watch.move(minutes=5)
    successor = claim(watch)
    page = Page([], None, NOON)
    with pytest.raises(LeaseLost):
        runner._save(late, page, watch, calls=1)
    before = SyncChunk.objects.values().get()
    run(late, watch)
    assert SyncChunk.objects.values().get() == before
    assert not Campaign.objects.exists()
    assert run(successor, watch).status == "completed"


# Stopping and going on


def test_a_signal_hands_the_chunk_back_after_the_page_in_hand(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(campaigns=6, page_size=2)
    enqueue_campaigns(account, watch)
    stop = threading.Event()
    stop.set()
    chunk = run(claim(watch), watch, stop)
    assert (chunk.status, chunk.lease_token, chunk.attempts, chunk.checkpoint) == ("pending", None, 0, {"page": 0})
    assert (chunk.ready_at, chunk.records_read) == (NOON, 2)
    drain(watch)
    assert_complete_campaigns(account, 6)


def assert_complete_campaigns(account: Connection, amount: int) -> None:
    assert len(TABLES["campaign"].ids(account.pk)) == amount
    assert SyncChunk.objects.get().records_read == amount


def test_a_signal_at_the_last_page_lets_the_chunk_finish(account: Connection, watch: Watch) -> None:
    enqueue_campaigns(account, watch)
    stop = threading.Event()
    stop.set()
    assert run(claim(watch), watch, stop).status == "completed"


@pytest.mark.spec("T50")
def test_a_chunk_is_ended_after_400_seconds_and_goes_on_later(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(campaigns=6, page_size=2)
    enqueue_campaigns(account, watch)
    chunk = claim(watch)
    assert chunk.started_at
    watch.now = chunk.started_at + runner.CHUNK_LIMIT + timedelta(seconds=1)
    chunk = run(chunk, watch)
    assert (chunk.status, chunk.checkpoint, chunk.lease_token) == ("pending", {"page": 0}, None)
    assert chunk.actual_duration_seconds == 401
    drain(watch)
    assert_complete_campaigns(account, 6)


@pytest.mark.django_db(transaction=True)
def test_a_loop_waits_for_short_retries_and_leaves_long_ones(account: Connection, watch: Watch) -> None:
    soon, later = until(NOON + timedelta(seconds=8)), until(NOON + timedelta(hours=1))
    change(account, errors=[{"kind": "transient", "stream": "campaigns", "until": soon}])
    job = enqueue(account, watch.now)
    ran = runner.run_ready(until=NOON + timedelta(hours=1), clock=watch, stop=Impatience(watch))
    assert ran == 5 + 2
    assert_complete(account)
    change(account, errors=[{"kind": "limited", "retry_at": later, "until": later}])
    job = enqueue(account, watch.now)
    assert runner.run_ready(until=NOON + timedelta(hours=1), clock=watch, stop=Impatience(watch)) == 1
    job.refresh_from_db()
    assert job.is_active


@pytest.mark.django_db(transaction=True)
def test_a_loop_ends_on_time_and_when_told(account: Connection, watch: Watch) -> None:
    enqueue(account, watch.now)
    assert runner.run_ready(until=watch.now, clock=watch, stop=Impatience(watch)) == 0
    stopped = Impatience(watch)
    stopped.set()
    assert runner.run_ready(until=watch.now + timedelta(hours=1), clock=watch, stop=stopped) == 0
    assert runner.run_ready(jobs=[uuid4()], until=watch.now + timedelta(hours=1), clock=watch) == 0


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_provider_is_called(
    account: Connection, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    original = provider.PlainSource._call

    def call(self: Any, *arguments: Any) -> Any:
        seen.append(transaction.get_connection().in_atomic_block)
        return original(self, *arguments)

    monkeypatch.setattr(provider.PlainSource, "_call", call)
    sync(account, watch)
    assert seen == [False] * 5


def test_a_login_that_died_after_it_was_renewed_stops_nothing(account: Connection, watch: Watch) -> None:
    """The old token's last call comes back with a refusal while somebody has already connected again."""
    bare_job(account, 2)
    chunk = claim(watch)
    assert chunk.connection.credential.secrets()
    renewed = Credential.objects.get(pk=account.credential_id)
    renewed.seal({"token": "another"})
    renewed.save()
    runner._settle(chunk, NeedsReconnect("The old login is dead."), watch.now)
    assert not Credential.objects.get(pk=renewed.pk).needs_reconnect
    assert set(SyncChunk.objects.values_list("status", "retry_count")) == {("pending", 0), ("pending", 1)}


def test_a_chunk_that_is_stored_whole_is_no_poison(account: Connection, watch: Watch) -> None:
    """Its process died three times in the finish: all of its rows are there."""
    job = bare_job(account, 1)
    SyncChunk.objects.update(read_to_end=True, attempts=3)
    drain(watch)
    job.refresh_from_db()
    assert job.status == SyncJob.Status.COMPLETED
