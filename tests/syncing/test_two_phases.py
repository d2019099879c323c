"""A new connection with history: the recent window first, then what was before it, and no day left out between them."""

import threading
from datetime import date, timedelta
from itertools import pairwise

import pytest

from connections.models import Connection
from projects.models import Coverage
from syncing import runner, scheduler
from syncing.budget import Purse
from syncing.models import SyncChunk, SyncJob, SyncSchedule
from tests.fixtures.engine import TODAY, MakeAccount, Watch, bare_job, change, drain, enqueue, numbers, telemetry
from tests.fixtures.plain import truth

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storied")]
DAY = timedelta(days=1)
TWO_YEARS_AGO = TODAY - 729 * DAY
RECENT_FROM = TODAY - 90 * DAY
STREAMS = ("campaign_days", "account_days")


def first_sync(account: Connection, watch: Watch) -> SyncJob:
    return scheduler.enqueue_first(account, now=watch.now, trigger="user").job


def finish(job: SyncJob, watch: Watch) -> SyncJob:
    drain(watch, jobs=[job.pk])
    return SyncJob.objects.get(pk=job.pk)


def history_of(account: Connection) -> SyncJob:
    return SyncJob.objects.get(connection=account, lane="backfill")


def covered(account: Connection, stream: str) -> set[date]:
    return set(Coverage.objects.filter(connection=account, stream=stream).values_list("date", flat=True))


def ranges_of(job: SyncJob, stream: str) -> list[tuple[date, date]]:
    chunks = job.chunks.filter(stream=stream).order_by("chunk_order")
    return [(chunk.start_date, chunk.end_date) for chunk in chunks if chunk.start_date and chunk.end_date]


def days(since: date, until: date) -> set[date]:
    return {since + at * DAY for at in range((until - since).days + 1)}


@pytest.mark.spec("T1", "T4", "T5", "T7", "T8")
def test_the_recent_window_comes_first_then_history(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(campaigns=120, opened=TWO_YEARS_AGO)
    recent = first_sync(account, watch)
    assert (recent.sync_type, recent.sync_phase, recent.lane) == ("initial", "recent_90_days", "sync")
    assert set(recent.chunks.values_list("stream", flat=True)) == {"campaigns"}, "the lists of objects come first"
    recent = finish(recent, watch)
    chunks = recent.chunks.filter(stream="campaign_days").order_by("chunk_order")
    assert [(chunk.entity_offset, chunk.entity_limit, len(chunk.entity_ids)) for chunk in chunks] == [
        (0, 50, 50),
        (50, 50, 50),
        (100, 50, 20),
    ]
    assert set(chunks.values_list("start_date", "end_date")) == {(RECENT_FROM, TODAY)}
    assert numbers(account) == truth(account.options, account.external_account_id, RECENT_FROM, TODAY)
    history = history_of(account)
    assert (history.sync_type, history.sync_phase) == ("initial", "historical_backfill")
    assert history.backfill_of == recent
    finish(history, watch)
    assert numbers(account) == truth(account.options, account.external_account_id, TWO_YEARS_AGO, TODAY)


@pytest.mark.spec("T68", "T73", "C23")
def test_the_phases_touch_and_leave_no_day_out(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(opened=TWO_YEARS_AGO)
    finish(first_sync(account, watch), watch)
    assert covered(account, "account_days") == days(RECENT_FROM, TODAY)
    history = finish(history_of(account), watch)
    ranges = ranges_of(history, "account_days")
    assert ranges[0][1] == RECENT_FROM - DAY
    assert ranges[-1][0] == TWO_YEARS_AGO
    assert [until + DAY for _, until in ranges[1:]] == [since for since, _ in ranges[:-1]]
    for stream in STREAMS:
        assert covered(account, stream) == days(TWO_YEARS_AGO, TODAY)


@pytest.mark.spec("T60", "C22")
def test_two_years_are_eight_periods_newest_first(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(opened=TWO_YEARS_AGO)
    finish(first_sync(account, watch), watch)
    history = finish(history_of(account), watch)
    periods = ranges_of(history, "campaign_days")
    assert len(periods) == 8
    assert periods == sorted(periods, reverse=True)


@pytest.mark.spec("C22")
def test_an_empty_database_plans_metrics_too(make_account: MakeAccount, watch: Watch) -> None:
    """And an account without any object is read as a whole, so that its days count."""
    account = make_account(campaigns=0, opened=TODAY)
    recent = finish(first_sync(account, watch), watch)
    assert recent.chunks.filter(stream="campaign_days", entity_ids=[]).count() == 1
    assert covered(account, "campaign_days") == days(RECENT_FROM, TODAY)


@pytest.mark.spec("T22", "T51", "C30")
def test_history_begins_five_seconds_later_and_spaces_its_chunks(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(opened=TWO_YEARS_AGO)
    recent = finish(first_sync(account, watch), watch)
    starts = list(history_of(account).chunks.order_by("chunk_order").values_list("ready_at", flat=True))
    assert recent.closed_at
    assert starts[0] - recent.closed_at == timedelta(seconds=5)
    assert {later - earlier for earlier, later in pairwise(starts)} == {timedelta(seconds=2)}


@pytest.mark.spec("T13", "C25")
def test_history_goes_into_the_queue_bit_by_bit_and_counts_as_a_whole(make_account: MakeAccount, watch: Watch) -> None:
    """Hundreds of waiting chunks would cost every claim; its progress is that of all of it."""
    account = make_account(campaigns=400, opened=TODAY - 365 * DAY)
    finish(first_sync(account, watch), watch)
    history, purse, planned, most = history_of(account), Purse(watch), 4 * 8 + 4, 0
    assert history.total_chunks == planned
    seen = [0]
    while history.is_active:
        most = max(most, history.chunks.open().count())
        chunk = SyncChunk.claim_next(watch.now)
        if chunk is None:
            watch.move(seconds=1)
            continue
        change(account, campaigns=410)  # made while history is read: not among the batches
        runner.run_chunk(chunk, clock=watch, stop=threading.Event(), purse=purse)
        history.refresh_from_db()
        assert history.total_chunks == planned
        seen.append(history.progress_percentage)
    purse.close()
    assert most <= 30
    assert seen == sorted(seen)
    assert history.chunks.count() == planned
    assert not history.chunks.filter(entity_offset__gt=350).exists()


@pytest.mark.spec("T12", "T42", "C24")
def test_the_ledger_says_when_a_phase_is_complete(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(opened=TWO_YEARS_AGO)
    recent = finish(first_sync(account, watch), watch)
    assert telemetry(account).phase_1_completed_at == recent.closed_at
    assert telemetry(account).phase_2_completed_at is None
    history = finish(history_of(account), watch)
    assert telemetry(account).phase_2_completed_at == history.closed_at


def test_a_young_account_is_complete_with_its_recent_window(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(opened=TODAY - 30 * DAY)
    finish(first_sync(account, watch), watch)
    assert not SyncJob.objects.filter(lane="backfill").exists()
    assert telemetry(account).phase_2_completed_at == telemetry(account).phase_1_completed_at is not None


@pytest.mark.spec("C37")
def test_an_old_account_is_read_as_far_back_as_its_provider_keeps_days(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(opened=TODAY - 3653 * DAY)
    finish(first_sync(account, watch), watch)
    assert history_of(account).scope["since"] == "2023-02-21"  # NOON's day, 37 months before, and one


@pytest.mark.spec("T65", "T67")
def test_a_failed_part_keeps_neither_its_siblings_nor_history_from_being_read(
    make_account: MakeAccount, watch: Watch
) -> None:
    trouble = {"kind": "misconfigured", "stream": "campaign_days"}
    account = make_account(opened=TODAY - 200 * DAY, errors=[trouble])
    recent = finish(first_sync(account, watch), watch)
    assert recent.status == "completed_with_failures"
    assert covered(account, "account_days") == days(RECENT_FROM, TODAY)
    assert covered(account, "campaign_days") == set()
    assert telemetry(account).phase_1_completed_at is None
    history = finish(history_of(account), watch)
    assert history.status == "completed_with_failures"
    assert telemetry(account).sync_status == "error", "of the recent phase, which people are shown"


@pytest.mark.spec("T66", "T93")
def test_retrying_what_failed_closes_the_hole(make_account: MakeAccount, watch: Watch) -> None:
    trouble = {"kind": "misconfigured", "stream": "campaign_days", "since": RECENT_FROM.isoformat()}
    account = make_account(opened=TODAY - 200 * DAY, errors=[trouble])
    recent = finish(first_sync(account, watch), watch)
    finish(history_of(account), watch)
    change(account, errors=[])
    again = finish(scheduler.retry_failed(recent, now=watch.now, trigger="user"), watch)
    assert (again.status, again.chunks.count()) == ("completed", 1)
    assert covered(account, "campaign_days") == days(TODAY - 200 * DAY, TODAY)
    assert telemetry(account).phase_1_completed_at == telemetry(account).phase_2_completed_at == again.closed_at
    assert SyncJob.objects.filter(lane="backfill").count() == 1, "history is read once"


@pytest.mark.spec("T69", "C24")
def test_the_daily_runs_go_on_where_the_recent_window_ends(make_account: MakeAccount, watch: Watch) -> None:
    """Also where days pass before they begin."""
    account = make_account(opened=TODAY - 100 * DAY)
    finish(first_sync(account, watch), watch)
    watch.move(days=40)
    finish(enqueue(account, watch.now), watch)
    assert SyncJob.objects.latest("created_at").sync_phase is None, "only the two phases are named"
    for stream in STREAMS:
        assert days(RECENT_FROM, TODAY + 40 * DAY) <= covered(account, stream)


def test_a_recent_phase_that_begins_days_after_connecting_reads_up_to_today(
    make_account: MakeAccount, watch: Watch
) -> None:
    account = make_account(opened=TWO_YEARS_AGO)
    watch.move(days=3)
    finish(first_sync(account, watch), watch)
    assert covered(account, "account_days") == days(RECENT_FROM, TODAY + 3 * DAY)
    assert telemetry(account).phase_1_completed_at


def test_sync_now_joins_the_recent_phase(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(opened=TWO_YEARS_AGO)
    recent = first_sync(account, watch)
    joined = scheduler.enqueue_now(account, now=watch.now, trigger="user")
    assert (joined.job, joined.deduplicated) == (recent, True)


def test_a_plain_sync_is_followed_by_the_recent_phase_that_was_asked_for_meanwhile(
    make_account: MakeAccount, watch: Watch
) -> None:
    account = make_account(opened=TWO_YEARS_AGO)
    plain = enqueue(account, watch.now)
    assert scheduler.enqueue_first(account, now=watch.now, trigger="user").deduplicated
    finish(plain, watch)
    assert SyncJob.objects.get(follows=plain).sync_phase == "recent_90_days"


def test_history_leaves_a_slice_to_what_people_wait_for(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(sync={"slices_in_flight": 3}, opened=TWO_YEARS_AGO)
    bare_job(account, 6, lane="backfill")
    SyncChunk.objects.update(ready_at=watch.now)
    assert [bool(SyncChunk.claim_next(watch.now)) for _ in range(3)] == [True, True, False]
    enqueue(account, watch.now)
    claimed = SyncChunk.claim_next(watch.now)
    assert claimed
    assert claimed.queue != "backfill"
    assert SyncChunk.claim_next(watch.now) is None, "all three are in flight"


def test_history_makes_nothing_due_and_nothing_fresh(make_account: MakeAccount, watch: Watch) -> None:
    account = make_account(opened=TWO_YEARS_AGO)
    finish(first_sync(account, watch), watch)
    before = list(SyncSchedule.objects.filter(connection=account).order_by("pk").values())
    state = telemetry(account)
    watch.move(hours=1)
    finish(history_of(account), watch)
    assert list(SyncSchedule.objects.filter(connection=account).order_by("pk").values()) == before
    assert telemetry(account).last_sync_completed_at == state.last_sync_completed_at
    assert telemetry(account).total_syncs_attempted == state.total_syncs_attempted


def test_a_source_without_history_reads_what_every_sync_reads(account: Connection, watch: Watch) -> None:
    job = finish(first_sync(account, watch), watch)
    assert job.sync_phase is None
    assert covered(account, "account_days") == days(TODAY - 13 * DAY, TODAY)
    assert telemetry(account).phase_1_completed_at is None
