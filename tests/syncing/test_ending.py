"""The end of a chunk and of its job: once, complete, and told to the connection in the same moment."""

import threading
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Max, Min

from connections import errors
from connections.models import Connection
from connections.sources import Slice
from projects.models import Coverage
from syncing import ending, planner, scheduler, schedules
from syncing.models import ConnectionSync, LeaseLost, ObjectSyncConfig, SyncChunk, SyncJob, SyncSchedule
from syncing.planner import ONE_DAY, Plan
from syncing.scope import Scope
from tests.fixtures import plain as provider
from tests.fixtures.engine import (
    DEADLINE,
    FIRST_DAY,
    NOON,
    TODAY,
    MakeAccount,
    Watch,
    assert_complete,
    bare_job,
    change,
    claim,
    drain,
    enqueue,
    expected_numbers,
    insist,
    numbers,
    sync,
    telemetry,
    together,
)

pytestmark = pytest.mark.django_db
DEAD = errors.NeedsReconnect("The token is no longer valid.", remedy="Sign in again.")
READ_AT_NOON = {"13": NOON.isoformat(), "2": NOON.isoformat()}


def finish(watch: Watch, error: Exception | None = None, **counts: int) -> SyncChunk:
    """Run the next chunk, as it were."""
    chunk = claim(watch)
    chunk.sync_job.mark_started(watch.now)
    SyncChunk.objects.filter(pk=chunk.pk).update(**counts)
    ending.finish(chunk, watch.now, error=error)
    return chunk


def schedule(account: Connection, stream: str = "account_days") -> SyncSchedule:
    return SyncSchedule.objects.get(connection=account, stream=stream)


# What a connection tells


@pytest.mark.spec("A10", "A11", "A13", "A15", "A87")
def test_a_connection_goes_from_queued_to_syncing_to_idle(account: Connection, watch: Watch) -> None:
    assert telemetry(account).sync_status == "idle"
    job = enqueue(account, watch.now)
    before = telemetry(account)
    assert (before.sync_status, before.total_syncs_attempted, before.last_sync_attempted_at) == ("queued", 0, None)
    started = watch.move(seconds=5)
    claim(watch).sync_job.mark_started(watch.now)
    during = telemetry(account)
    assert (during.sync_status, during.total_syncs_attempted) == ("syncing", 1)
    assert (during.last_sync_attempted_at, during.last_sync_completed_at) == (started, None)
    ended = watch.move(minutes=2)
    drain(watch, jobs=[job.pk])
    after = telemetry(account)
    assert (after.sync_status, after.total_syncs_attempted, after.last_sync_error) == ("idle", 1, "")
    assert (after.last_sync_attempted_at, after.last_sync_completed_at) == (started, ended)


@pytest.mark.spec("A12", "A14", "A34", "A111")
def test_a_sync_without_news_counts_as_an_attempt_and_not_as_a_change(account: Connection, watch: Watch) -> None:
    sync(account, watch)
    first, changed_at = telemetry(account), watch.now
    assert (first.total_syncs_attempted, first.total_syncs_with_changes) == (1, 1)
    assert first.last_metrics_changed_at == changed_at
    watch.move(minutes=5)
    job = sync(account, watch)
    second = telemetry(account)
    assert (second.total_syncs_attempted, second.total_syncs_with_changes) == (2, 1)
    assert (second.last_metrics_changed_at, second.last_sync_completed_at) == (changed_at, watch.now)
    assert (job.records_created, job.records_updated, job.records_unchanged) == (0, 0, job.records_read)
    watch.move(minutes=5)
    sync(change(account, salt="restated"), watch)
    third = telemetry(account)
    assert (third.total_syncs_attempted, third.total_syncs_with_changes) == (3, 2)
    assert third.last_metrics_changed_at == watch.now


def test_a_change_of_a_name_is_a_change_but_not_of_the_numbers(account: Connection, watch: Watch) -> None:
    sync(account, watch)
    changed_at = telemetry(account).last_metrics_changed_at
    watch.move(days=2)  # far enough for a complete list
    sync(change(account, suffix=" II"), watch, "campaigns")
    assert telemetry(account).total_syncs_with_changes == 2
    assert telemetry(account).last_metrics_changed_at == changed_at


@pytest.mark.spec("A16", "A11", "T10", "T65")
def test_a_failed_chunk_is_told_and_the_last_success_stays_what_it_was(account: Connection, watch: Watch) -> None:
    sync(account, watch)
    completed_at = telemetry(account).last_sync_completed_at
    watch.move(hours=1)
    job = sync(change(account, errors=[{"kind": "misconfigured", "stream": "campaign_days"}]), watch)
    assert job.status == "completed_with_failures"
    assert (job.total_chunks, job.completed_chunks, job.failed_chunks, job.progress_percentage) == (5, 3, 2, 100)
    state = telemetry(account)
    assert (state.sync_status, state.last_sync_completed_at) == ("error", completed_at)
    assert state.last_sync_error == "2 of 5 chunks failed. The first: Trouble: misconfigured."
    assert state.last_sync_remedy == "Wait."
    assert (state.last_sync_attempted_at, state.total_syncs_attempted) == (watch.now, 2)
    watch.move(hours=1)
    sync(change(account, errors=[]), watch)
    assert (telemetry(account).sync_status, telemetry(account).last_sync_error) == ("idle", "")


def test_a_job_of_which_nothing_went_well_has_failed(account: Connection, watch: Watch) -> None:
    job = sync(change(account, errors=[{"kind": "misconfigured"}]), watch)
    assert (job.status, job.error) == ("failed", "5 of 5 chunks failed. The first: Trouble: misconfigured.")


@pytest.mark.spec("A26", "A35", "T13")
def test_a_job_adds_up_what_its_chunks_did(account: Connection, watch: Watch) -> None:
    job = bare_job(account, 3)
    for read in (10, 20, 30):
        finish(watch, records_read=read, records_created=read // 2, records_updated=1, records_unchanged=2)
    job.refresh_from_db()
    assert job.counts() == {"read": 60, "created": 30, "updated": 3, "unchanged": 6, "quarantined": 0}
    assert (job.status, job.total_chunks, job.completed_chunks, job.closed_at) == ("completed", 3, 3, NOON)


@pytest.mark.spec("T11")
def test_progress_follows_the_finished_chunks(account: Connection, watch: Watch) -> None:
    job, seen = bare_job(account, 4), []
    for error in (None, errors.Misconfigured("No."), None, None):
        finish(watch, error)
        job.refresh_from_db()
        seen.append(job.progress_percentage)
    assert seen == [25, 50, 75, 100]


def test_a_queued_job_knows_its_chunks(account: Connection) -> None:
    assert enqueue(account).total_chunks == 1
    assert SyncJob.objects.get().total_chunks == 1


@pytest.mark.spec("T18")
def test_a_chunk_remembers_how_long_it_took_over_all_its_tries(account: Connection, watch: Watch) -> None:
    bare_job(account, 1)
    chunk = claim(watch)
    watch.move(seconds=4)
    chunk.give_back(watch.now, ready_at=watch.move(seconds=100))
    chunk = claim(watch)
    ending.finish(chunk, watch.move(seconds=5))
    assert SyncChunk.objects.get().actual_duration_seconds == 9


# A dead login


@pytest.mark.spec("A87")
def test_a_dead_login_stops_the_whole_job_with_no_further_call(
    make_account: MakeAccount, watch: Watch, tmp_path: Any
) -> None:
    journal = tmp_path / "calls"
    account = make_account(errors=[{"kind": "reconnect", "stream": "account_days"}], journal=str(journal))
    job = sync(account, watch)
    assert len(journal.read_text().splitlines()) == 2
    assert (job.status, job.failed_chunks, job.error) == ("completed_with_failures", 4, "Trouble: reconnect.")
    kinds = job.chunks.exclude(status="completed").order_by("error_kind").values_list("error_kind", flat=True)
    assert list(kinds) == ["needs_reconnect", "not_run", "not_run", "not_run"]
    account.credential.refresh_from_db()
    assert account.credential.needs_reconnect
    assert telemetry(account).sync_status == "error"


def test_a_dead_login_found_in_the_lists_plans_no_numbers(account: Connection, watch: Watch) -> None:
    job = sync(change(account, errors=[{"kind": "reconnect"}]), watch)
    assert (job.status, job.total_chunks, job.planned_at) == ("failed", 1, None)


def test_what_is_in_other_hands_when_the_login_dies_saves_nothing_more(account: Connection, watch: Watch) -> None:
    job = bare_job(account, 3)
    other, mine = claim(watch), claim(watch)
    ending.finish(mine, watch.now, error=DEAD)
    with pytest.raises(LeaseLost):
        other.renew(watch.now)
    with pytest.raises(LeaseLost):
        ending.finish(other, watch.now)
    job.refresh_from_db()
    assert (job.status, job.failed_chunks) == ("failed", 3)


def test_a_login_that_was_renewed_in_the_meantime_stays_alive(account: Connection, watch: Watch) -> None:
    bare_job(account, 1)
    chunk = claim(watch)
    assert chunk.sync_job.connection.credential.ciphertext
    fresh = Connection.objects.get(pk=account.pk).credential
    old = chunk.connection.credential
    fresh.seal({"token": "new"})
    fresh.save()
    old.mark_dead("The old token is dead.")
    fresh.refresh_from_db()
    assert not fresh.needs_reconnect


def test_a_login_that_no_key_opens_is_a_dead_login(account: Connection, watch: Watch) -> None:
    type(account.credential).objects.update(ciphertext="made with another key")
    job = sync(account, watch)
    assert (job.status, job.chunks.get().error_kind) == ("failed", "needs_reconnect")
    assert "TOKEN_ENCRYPTION_KEYS" in job.remedy


# Metrics after structure


def test_numbers_are_planned_when_the_lists_are_read(account: Connection, watch: Watch) -> None:
    job = enqueue(account)
    assert list(job.chunks.values_list("stream", flat=True)) == ["campaigns"]
    chunk = claim(watch)
    ending.finish(chunk, watch.move(seconds=1))
    job.refresh_from_db()
    assert (job.planned_at, job.closed_at, job.total_chunks) == (watch.now, None, 5)
    drain(watch)
    job.refresh_from_db()
    assert (job.status, job.total_chunks, job.progress_percentage) == ("completed", 5, 100)


def test_lists_that_fail_do_not_hold_up_the_numbers(account: Connection, watch: Watch) -> None:
    job = sync(change(account, errors=[{"kind": "misconfigured", "stream": "campaigns"}]), watch)
    assert (job.status, job.completed_chunks, job.failed_chunks) == ("completed_with_failures", 4, 1)


# Too much data


def test_too_much_data_is_split_until_it_fits(account: Connection, watch: Watch) -> None:
    job = sync(change(account, most_days=2), watch)
    assert (job.status, job.failed_chunks) == ("completed", 0)
    assert all((chunk.end_date - chunk.start_date).days < 2 for chunk in job.chunks.exclude(start_date=None))  # type: ignore[operator]
    assert_complete(account)
    assert Coverage.objects.filter(connection=account, stream="campaign_days", row_count=3).count() == 14


def test_too_much_for_one_day_is_split_by_campaigns(account: Connection, watch: Watch) -> None:
    job = sync(change(account, campaigns=5), watch, "campaigns")
    job = sync(change(account, most_ids=2, most_days=7), watch, "campaign_days")
    assert job.status == "completed", job.error
    ids = [name for chunk in job.chunks.filter(start_date=TODAY) for name in chunk.entity_ids]
    assert sorted(ids) == [f"c{number:04}" for number in range(5)]
    covered = Coverage.objects.filter(connection=account, stream="campaign_days")
    assert set(covered.values_list("row_count", flat=True)) == {5}
    assert covered.count() == 14


def test_too_much_that_cannot_be_split_fails_and_the_rest_goes_on(account: Connection, watch: Watch) -> None:
    job = sync(change(account, most_days=0), watch)
    assert job.status == "completed_with_failures"
    assert set(job.chunks.filter(status="failed").values_list("error_kind", flat=True)) == {"too_much_data"}


def test_a_chunk_in_other_hands_is_not_split(account: Connection, watch: Watch) -> None:
    job = bare_job(account)
    scheduler.add_chunks(job, [Plan(provider.AccountDays(), Slice(FIRST_DAY, TODAY))], NOON)
    late = claim(watch)
    watch.move(minutes=5)
    claim(watch)
    with pytest.raises(LeaseLost):
        ending.split(late, watch.now)
    assert job.chunks.count() == 1


# Coverage


def covered(account: Connection, stream: str = "campaign_days") -> list[date]:
    rows = Coverage.objects.filter(connection=account, stream=stream)
    return list(rows.order_by("date").values_list("date", flat=True))


def test_days_are_covered_with_rows_and_total(account: Connection, watch: Watch) -> None:
    job = sync(account, watch)
    assert covered(account) == planner.days(FIRST_DAY, TODAY)
    row = Coverage.objects.get(connection=account, stream="campaign_days", date=TODAY)
    spend = [each[3] for each in provider.truth({}, account.external_account_id, TODAY, TODAY) if each[0] == "campaign"]
    assert (row.row_count, row.total, row.fetched_at, row.job_id) == (3, Decimal(sum(spend)), watch.now, job.pk)
    assert (row.fewer_than_before, row.read_count) == (False, 1)


def test_every_sync_that_reads_a_day_counts_once(account: Connection, watch: Watch) -> None:
    """Also where several slices of one sync hold the day."""
    for number in (1, 2, 3):
        sync(account, watch)
        watch.move(hours=1)
        found = Coverage.objects.filter(connection=account).values_list("read_count", flat=True)
        assert set(found) == {number}
    sync(account, watch, since=TODAY, until=TODAY)
    counts = dict(Coverage.objects.filter(stream="campaign_days").values_list("date", "read_count"))
    assert (counts[TODAY], counts[FIRST_DAY]) == (4, 3)


def test_days_of_a_failed_slice_are_not_covered(account: Connection, watch: Watch) -> None:
    failing = {"kind": "misconfigured", "stream": "campaign_days", "since": FIRST_DAY.isoformat()}
    sync(change(account, errors=[failing]), watch)
    assert covered(account) == planner.days(FIRST_DAY + 7 * ONE_DAY, TODAY)
    assert covered(account, "account_days") == planner.days(FIRST_DAY, TODAY)


@pytest.mark.parametrize("fails", [False, True])
def test_a_day_is_covered_when_its_last_slice_of_entities_has_ended_well(
    account: Connection, watch: Watch, fails: bool
) -> None:
    job = bare_job(account)
    plans = [Plan(provider.CampaignDays(), Slice(TODAY, TODAY, (name,))) for name in ("c0000", "c0001")]
    scheduler.add_chunks(job, plans, NOON)
    finish(watch, date_counts={TODAY.isoformat(): [1, 5]})  # type: ignore[arg-type]
    assert covered(account) == []
    finish(watch, errors.Misconfigured("No.") if fails else None, date_counts={TODAY.isoformat(): [1, 6]})  # type: ignore[arg-type]
    assert covered(account) == ([] if fails else [TODAY])


def test_slices_that_overlap_cover_only_what_none_of_them_still_holds(account: Connection, watch: Watch) -> None:
    job = bare_job(account)
    spans = [(FIRST_DAY, FIRST_DAY + 3 * ONE_DAY), (FIRST_DAY + 2 * ONE_DAY, FIRST_DAY + 5 * ONE_DAY)]
    scheduler.add_chunks(job, [Plan(provider.CampaignDays(), Slice(*span)) for span in spans], NOON)
    finish(watch)
    assert covered(account) == [FIRST_DAY, FIRST_DAY + ONE_DAY]
    finish(watch)
    assert covered(account) == planner.days(FIRST_DAY, FIRST_DAY + 5 * ONE_DAY)


def test_fewer_rows_than_before_are_noted_and_nothing_is_deleted(account: Connection, watch: Watch) -> None:
    sync(account, watch)
    watch.move(hours=1)
    sync(change(account, silent=["c0001"]), watch)
    rows = Coverage.objects.filter(connection=account, stream="campaign_days")
    assert set(rows.values_list("row_count", "fewer_than_before")) == {(2, True)}
    assert not Coverage.objects.filter(connection=account, stream="account_days", fewer_than_before=True).exists()
    assert_complete(account)
    watch.move(hours=1)
    sync(change(account, silent=[]), watch)
    assert set(rows.values_list("row_count", "fewer_than_before")) == {(3, False)}


# What the next run needs to know


def test_an_incremental_run_reads_what_is_not_settled(account: Connection, watch: Watch) -> None:
    sync(account, watch)
    assert schedule(account).state == {"settled_until": FIRST_DAY.isoformat(), "depths": READ_AT_NOON}
    watch.move(days=1)
    job = sync(account, watch)
    assert job.chunks.aggregate(Min("start_date"), Max("end_date")) == {
        "start_date__min": FIRST_DAY + ONE_DAY,
        "end_date__max": TODAY + ONE_DAY,
    }


@pytest.mark.spec("T69")
def test_a_pause_of_weeks_leaves_no_day_unread_nor_half_read(account: Connection, watch: Watch) -> None:
    """The last day before the pause was read at noon, when it was not over."""
    sync(account, watch)
    watch.move(days=60)
    sync(change(account, salt="final"), watch)
    assert covered(account) == planner.days(FIRST_DAY, TODAY + 60 * ONE_DAY)
    final = expected_numbers(account, FIRST_DAY + ONE_DAY, TODAY + 60 * ONE_DAY)
    assert set(final) <= set(numbers(account))


def test_days_that_failed_at_the_first_sync_are_read_however_late_the_next_one_is(
    account: Connection, watch: Watch
) -> None:
    failing = {"kind": "misconfigured", "stream": "account_days", "since": FIRST_DAY.isoformat()}
    sync(change(account, errors=[failing]), watch)
    assert schedule(account).consecutive_failures == 1
    watch.move(days=40)
    sync(change(account, errors=[]), watch)
    assert covered(account, "account_days") == planner.days(FIRST_DAY, TODAY + 40 * ONE_DAY)
    assert schedule(account).consecutive_failures == 0


def test_a_range_of_long_ago_is_no_beginning_and_one_of_the_future_no_end(account: Connection, watch: Watch) -> None:
    long_ago = {"since": date(2025, 1, 1), "until": date(2025, 1, 7)}
    assert sync(account, watch, "account_days", **long_ago).sync_type == "range"
    assert schedule(account).state == {}
    sync(account, watch)
    sync(account, watch, "account_days", since=TODAY, until=TODAY + 100 * ONE_DAY)
    assert schedule(account).state == {"settled_until": FIRST_DAY.isoformat(), "depths": READ_AT_NOON}


def test_a_list_is_read_whole_once_a_day_and_in_between_only_what_was_edited(account: Connection, watch: Watch) -> None:
    sync(account, watch)
    asked = []
    for hours in (1, 22, 1, 1):
        watch.move(hours=hours)
        asked.append(sync(account, watch).chunks.get(stream="campaigns").updated_since)
    overlap = timedelta(minutes=10)
    assert asked == [NOON - overlap, NOON + timedelta(hours=1) - overlap, None, NOON + timedelta(hours=24) - overlap]


def test_a_list_that_failed_is_read_whole_the_next_time(account: Connection, watch: Watch) -> None:
    sync(change(account, errors=[{"kind": "misconfigured", "stream": "campaigns"}]), watch)
    assert schedule(account, "campaigns").state == {}
    watch.move(hours=1)
    assert sync(change(account, errors=[]), watch).chunks.get(stream="campaigns").updated_since is None


def test_schedules_tell_when_each_stream_was_tried_read_and_changed(account: Connection, watch: Watch) -> None:
    sync(account, watch)
    watch.move(hours=1)
    sync(change(account, errors=[{"kind": "misconfigured", "stream": "account_days"}]), watch)
    good, bad = schedule(account, "campaign_days"), schedule(account, "account_days")
    assert (good.last_attempted_at, good.last_completed_at, good.last_changed_at) == (watch.now, watch.now, NOON)
    assert (bad.last_attempted_at, bad.last_completed_at, bad.consecutive_failures) == (watch.now, NOON, 1)


def test_what_a_person_sets_while_a_job_closes_is_kept(account: Connection, watch: Watch, monkeypatch: Any) -> None:
    """The interval and the next due time are not the job's to write."""
    sync(account, watch)
    before = SyncSchedule.objects.get(connection=account, stream="account_days")
    original = schedules._state

    def meanwhile(*arguments: Any) -> Any:
        SyncSchedule.objects.filter(pk=before.pk).update(interval_minutes=7, next_due_at=NOON)
        return original(*arguments)

    monkeypatch.setattr(schedules, "_state", meanwhile)
    sync(account, watch, "account_days")
    after = schedule(account)
    assert (after.interval_minutes, after.next_due_at) == (7, NOON)


# Asked for meanwhile


def test_what_was_asked_for_meanwhile_follows_as_one_job(account: Connection, watch: Watch) -> None:
    first = enqueue(account)
    january = {"since": date(2026, 1, 1), "until": date(2026, 1, 7)}
    for _ in range(3):
        assert enqueue(account, NOON, "account_days", **january).pk == first.pk
    drain(watch)
    jobs = list(SyncJob.objects.order_by("sync_type"))
    assert [(job.sync_type, job.status) for job in jobs] == [("initial", "completed"), ("range", "completed")]
    assert Scope.from_json(jobs[1].scope) == Scope(("account_days",), january["since"], january["until"])
    assert telemetry(account).total_syncs_attempted == 2
    assert covered(account, "account_days")[0] == date(2026, 1, 1)


def test_several_questions_follow_one_after_the_other(account: Connection, watch: Watch) -> None:
    enqueue(account)
    for month in (1, 2):
        enqueue(account, NOON, "account_days", since=date(2026, month, 1), until=date(2026, month, 3))
    drain(watch)
    scopes = [Scope.from_json(job.scope).since for job in SyncJob.objects.all()]
    assert sorted(str(since) for since in scopes) == ["2026-01-01", "2026-02-01", "None"]
    assert not SyncJob.objects.active().exists()


def test_a_job_that_finds_nothing_to_read_any_more_is_closed(account: Connection, watch: Watch) -> None:
    """Left open, it would keep every later one out."""
    enqueue(account, NOON, "campaigns")
    enqueue(account)
    for stream in provider.PlainSource.streams:
        off = {"is_sync_enabled": False, "sync_interval_minutes": 60, "staleness_threshold_minutes": 120}
        ObjectSyncConfig.objects.update_or_create(provider="plain", object_type=stream.name, defaults=off)
    drain(watch)
    assert SyncJob.objects.count() == 2
    assert not SyncJob.objects.active().exists()
    assert telemetry(account).sync_status == "idle"


def test_nothing_follows_a_dead_login(account: Connection, watch: Watch) -> None:
    enqueue(change(account, errors=[{"kind": "reconnect"}]))
    enqueue(account, NOON, since=date(2026, 1, 1), until=date(2026, 1, 7))
    drain(watch)
    assert SyncJob.objects.count() == 1


# Many at once: what passes on one database only


@pytest.fixture
def closings(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every close of a job, also one that is done twice."""
    seen: list[Any] = []
    original = SyncJob.close

    def close(self: SyncJob, *arguments: Any, **options: Any) -> None:
        original(self, *arguments, **options)
        transaction.on_commit(lambda: seen.append(self.pk))

    monkeypatch.setattr(SyncJob, "close", close)
    return seen


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("A13", "A14", "A35", "T13")
def test_chunks_that_end_at_the_same_moment_close_their_job_once(
    make_account: MakeAccount, watch: Watch, closings: list[Any]
) -> None:
    """Looking before the job is locked leaves it open for ever, or closes it two to four times."""
    jobs = [bare_job(make_account(), 4) for _ in range(60)]
    hands: list[list[SyncChunk]] = []
    for job in jobs:
        hands.append([chunk for _ in range(4) if (chunk := SyncChunk.claim_next(NOON, jobs=[job.pk]))])
        job.mark_started(NOON)
        job.chunks.update(records_read=5, records_created=1)
    barrier = threading.Barrier(4)

    def work(number: int) -> None:
        for hand in hands:
            barrier.wait(DEADLINE)
            insist(lambda hand=hand: ending.finish(hand[number], watch.now))  # type: ignore[misc]

    together(work, range(4))
    assert sorted(closings) == sorted(job.pk for job in jobs)
    counts = ("status", "total_chunks", "completed_chunks", "records_read", "records_created")
    assert set(SyncJob.objects.values_list(*counts)) == {("completed", 4, 4, 20, 4)}
    counters = ConnectionSync.objects.values_list("total_syncs_attempted", "total_syncs_with_changes", "sync_status")
    assert set(counters) == {(1, 1, "idle")}


@pytest.mark.django_db(transaction=True)
def test_lists_that_end_at_the_same_moment_plan_the_numbers_once(
    make_account: MakeAccount, watch: Watch, closings: list[Any]
) -> None:
    jobs = [bare_job(make_account(), planned=False) for _ in range(40)]
    hands = []
    for job in jobs:
        scheduler.add_chunks(job, [Plan(provider.Campaigns(), Slice())] * 4, NOON)
        hands.append([chunk for _ in range(4) if (chunk := SyncChunk.claim_next(NOON, jobs=[job.pk]))])
    barrier = threading.Barrier(4)

    def work(number: int) -> None:
        for hand in hands:
            barrier.wait(DEADLINE)
            insist(lambda hand=hand: ending.finish(hand[number], watch.now))  # type: ignore[misc]

    together(work, range(4))
    assert closings == []
    assert [job.chunks.count() for job in jobs] == [8] * 40
    assert {job.chunks.filter(stream="campaign_days").count() for job in jobs} == {2}


@pytest.mark.django_db(transaction=True)
def test_requests_that_race_the_close_are_answered_by_this_job_or_the_next(
    make_account: MakeAccount, watch: Watch
) -> None:
    """Every question is read after it was asked; none is lost between two jobs and none starts a second one."""
    accounts = [make_account() for _ in range(20)]
    hands = []
    for account in accounts:
        job = bare_job(account, 1, scope=Scope(("account_days",)).as_json())
        hands.append(SyncChunk.claim_next(NOON, jobs=[job.pk]))
    barrier = threading.Barrier(3)

    def close() -> None:
        for hand in hands:
            barrier.wait(DEADLINE)
            insist(lambda hand=hand: ending.finish(hand, watch.now))  # type: ignore[misc]

    def ask() -> None:
        for account in accounts:
            barrier.wait(DEADLINE)
            insist(lambda account=account: enqueue(account, NOON, "campaigns"))  # type: ignore[misc]

    together(lambda work: work(), [close, ask, ask])
    for account in accounts:
        jobs = list(SyncJob.objects.filter(connection=account).order_by("created_at", "id"))
        assert len(jobs) == 2
        assert len([job for job in jobs if job.is_active]) == 1
        (following,) = [job for job in jobs if job.is_active]
        assert following.scope["streams"] == ["campaigns"]
        assert following.rerun == []
