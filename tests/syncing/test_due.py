"""What is due starts by itself, once, and what is not stays where it is."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.conf import settings as configured

from connections.models import Connection, Credential
from syncing import scheduler
from syncing.models import ConnectionSync, Decision, SyncChunk, SyncJob, SyncSchedule
from syncing.scheduler import Dispatched, enqueue_due
from tests.fixtures import plain as provider
from tests.fixtures.engine import NOON, MakeAccount, Watch, drain, enqueue, sync
from tests.fixtures.paced import due, make_due, paced, settled, states, the_job, tick

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.mark.spec("A38")
def test_what_is_due_starts_once_and_is_due_again_an_interval_later(account: Connection, watch: Watch) -> None:
    paced(account, "hourly", watch)
    assert enqueue_due(watch.now) == Dispatched(jobs=1, streams=3)
    assert enqueue_due(watch.now) == Dispatched()
    job = SyncJob.objects.get()
    assert (job.trigger, job.urgent, job.scope["scheduled"]) == ("schedule", False, True)
    assert all(NOON < moment <= NOON + HOUR for moment in due(account).values())
    drain(watch)
    assert SyncJob.objects.get().status == "completed"
    watch.now = max(due(account).values()) + timedelta(seconds=1)
    assert enqueue_due(watch.now).jobs == 1
    assert list(Decision.objects.values_list("verdict", flat=True)) == ["started"] * 3
    drain(watch)
    assert SyncJob.objects.filter(status="completed").count() == 2


@pytest.mark.spec("A38", "A85")
def test_manual_is_never_due(account: Connection, watch: Watch) -> None:
    assert set(due(account).values()) == {None}
    assert enqueue_due(watch.move(days=400)) == Dispatched()
    paced(account, "realtime", watch)
    paced(account, "manual", watch)
    assert enqueue_due(watch.move(days=1)) == Dispatched()
    assert scheduler.heal(watch.now) == 0


@pytest.mark.spec("T52", "T56", "C28")
def test_daily_runs_once_in_every_24_hours_whoever_looks_how_often(account: Connection, watch: Watch) -> None:
    paced(account, "daily", watch)
    ran = []
    for _ in range(5 * 24 * 4):
        if tick(watch).jobs:
            ran.append(watch.now)
            assert set(states(account, "last_completed_at").values()) == {watch.now}
        watch.move(minutes=15)
    nights = ran[1:]
    assert len(nights) == 5
    assert {later - earlier for earlier, later in pairwise(nights)} == {timedelta(days=1)}


def test_several_accounts_at_once(make_account: MakeAccount, watch: Watch) -> None:
    accounts = [paced(make_account(), "realtime", watch) for _ in range(5)]
    assert enqueue_due(watch.now, fast_only=True).jobs == 5
    drain(watch)
    assert SyncJob.objects.filter(status="completed").count() == 5
    watch.move(seconds=30)
    assert enqueue_due(watch.now, fast_only=True).jobs == 5
    assert {job.connection_id for job in SyncJob.objects.active()} == {each.pk for each in accounts}


def test_the_fast_look_leaves_the_slow_ones(make_account: MakeAccount, watch: Watch) -> None:
    fast, slow, own = (paced(make_account(), frequency, watch) for frequency in ("realtime", "30min", "smart"))
    SyncSchedule.objects.filter(connection=own, stream="account_days").update(interval_minutes=4)
    scheduler.reschedule([own.pk], watch.now)
    assert enqueue_due(watch.now, fast_only=True).jobs == 2
    assert set(SyncJob.objects.values_list("connection", flat=True)) == {fast.pk, own.pk}
    assert enqueue_due(watch.now).jobs == 1
    assert SyncJob.objects.filter(connection=slow).exists()


# One catch-up


@pytest.mark.parametrize("frequency", ["realtime", "30min", "hourly", "daily", "smart"])
@pytest.mark.parametrize("away", [timedelta(minutes=10), timedelta(days=1), timedelta(days=40)], ids=str)
def test_after_an_outage_one_run_makes_up_for_all_that_was_missed(
    make_account: MakeAccount, watch: Watch, frequency: str, away: timedelta
) -> None:
    account = settled(make_account, watch, frequency)
    SyncSchedule.objects.update(next_due_at=watch.now)
    watch.now += away
    assert enqueue_due(watch.now) == Dispatched(jobs=1, streams=3)
    drain(watch)
    assert enqueue_due(watch.now) == Dispatched()
    assert min(due(account).values()) > watch.now
    assert SyncJob.objects.count() == 2


def test_after_an_outage_of_beat_all_accounts_make_up_once(make_account: MakeAccount, watch: Watch) -> None:
    for frequency in ("realtime", "30min", "hourly", "daily", "smart"):
        settled(make_account, watch, frequency)
    SyncJob.objects.all().delete()
    SyncSchedule.objects.update(next_due_at=watch.now - timedelta(minutes=10))
    started = [enqueue_due(watch.now, fast_only=fast).jobs for fast in (True, False, True, False)]
    assert sum(started) == 5
    drain(watch)
    assert [enqueue_due(watch.now, fast_only=fast).jobs for fast in (True, False)] == [0, 0]


# Whole connections, one job at a time


def test_all_that_is_due_of_a_connection_is_one_job(make_account: MakeAccount, watch: Watch) -> None:
    account = settled(make_account, watch)
    watch.move(hours=2)
    make_due(account, watch, "campaigns", "account_days")
    assert enqueue_due(watch.now) == Dispatched(jobs=1, streams=2)
    assert the_job().scope["streams"] == ["campaigns", "account_days"]
    assert due(account)["campaign_days"] == watch.now + HOUR


def test_no_batch_and_no_end_of_a_tick_splits_a_connection(
    make_account: MakeAccount, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = [paced(make_account(), "hourly", watch) for _ in range(5)]
    monkeypatch.setattr("syncing.scheduler.due.A_BATCH", 2)
    monkeypatch.setattr("syncing.scheduler.due.LONGEST_TICK_SECONDS", -1.0)
    for started in (2, 2, 1, 0):
        assert enqueue_due(watch.now) == Dispatched(jobs=started, streams=3 * started)
    scopes = SyncJob.objects.values_list("connection", "scope")
    assert {pk: len(scope["streams"]) for pk, scope in scopes} == {each.pk: 3 for each in accounts}


@pytest.mark.parametrize("lane", ["sync", "backfill"])
def test_what_runs_is_not_started_twice_and_history_is_no_obstacle(
    make_account: MakeAccount, watch: Watch, lane: str
) -> None:
    account = settled(make_account, watch)
    SyncJob.objects.create(connection=account, created_at=watch.now, lane=lane)
    make_due(account, watch)
    assert enqueue_due(watch.now).jobs == (lane == "backfill")


def test_what_is_due_while_a_job_runs_stays_due_and_starts_when_it_has_ended(
    make_account: MakeAccount, watch: Watch
) -> None:
    account = settled(make_account, watch)
    watch.move(hours=1)
    january = NOON.date() - timedelta(days=60)
    enqueue(account, watch.now, since=january, until=january)
    make_due(account, watch, ago=60)
    before = due(account)
    assert enqueue_due(watch.now) == Dispatched()
    assert due(account) == before
    drain(watch)
    assert enqueue_due(watch.now) == Dispatched(jobs=1, streams=3)
    assert not Decision.objects.exclude(verdict="started").exists()


def _pause(account: Connection) -> None:
    Connection.objects.filter(pk=account.pk).update(paused=True)


def _lose_login(account: Connection) -> None:
    Credential.objects.get(pk=account.credential_id).mark_dead("Gone.")


def _park(account: Connection) -> None:
    ConnectionSync.block(account.pk, NOON + timedelta(days=1), "Quiet.")


def _wrong_mode(account: Connection) -> None:
    Connection.objects.filter(pk=account.pk).update(is_sandbox=False)


@pytest.mark.parametrize("stop", [_pause, _lose_login, _park, _wrong_mode])
def test_who_may_not_run_stays_due_without_a_word(make_account: MakeAccount, watch: Watch, stop: Any) -> None:
    account, other = settled(make_account, watch), settled(make_account, watch)
    make_due(account, watch)
    make_due(other, watch)
    before, written = due(account), Decision.objects.filter(connection=account).count()
    stop(account)
    assert enqueue_due(watch.now).jobs == 1
    assert the_job().connection_id == other.pk
    assert due(account) == before
    assert Decision.objects.filter(connection=account).count() == written


def test_it_goes_on_when_the_reason_has_gone(make_account: MakeAccount, watch: Watch) -> None:
    account = settled(make_account, watch)
    _park(account)
    _pause(account)
    watch.move(days=2)
    assert enqueue_due(watch.now) == Dispatched()
    Connection.objects.filter(pk=account.pk).update(paused=False)
    assert enqueue_due(watch.now) == Dispatched(jobs=1, streams=3)


# A person and the schedule


@pytest.fixture
def limited(settings: Any, plain: None) -> None:
    """The schedule may make four calls an hour for each account."""
    settings.PROVIDERS = {**configured.PROVIDERS, provider.KIND: provider.SETTINGS | {"scheduled_per_hour": 4}}


def test_sync_now_beside_a_scheduled_job_of_less_depth_follows_it(make_account: MakeAccount, watch: Watch) -> None:
    account = settled(make_account, watch)
    watch.move(hours=1)
    enqueue_due(watch.now)
    running = the_job()
    assert enqueue(account, watch.now).pk == running.pk
    drain(watch)
    first, deep = SyncJob.objects.exclude(created_at=NOON).order_by("created_at", "scope")
    assert deep.follows_id == first.pk or first.follows_id == deep.pk
    spans = {job.chunks.order_by("start_date").exclude(start_date=None).first().start_date for job in (first, deep)}  # type: ignore[union-attr]
    assert spans == {NOON.date() - timedelta(days=13), NOON.date() - timedelta(days=2)}


@pytest.mark.usefixtures("limited")
def test_sync_now_never_waits_for_the_limit_of_the_schedule(account: Connection, watch: Watch) -> None:
    """Five calls are needed, the schedule may make four: its job is parked, and not the connection."""
    paced(account, "hourly", watch)
    enqueue_due(watch.now)
    drain(watch)
    parked = the_job()
    assert parked.chunks.open().count() == 1
    assert not ConnectionSync.objects.blocked(watch.now).exists()
    joined = enqueue(account, watch.now)
    assert joined.pk == parked.pk
    drain(watch)
    assert not SyncJob.objects.active().exists()
    assert watch.now < NOON + timedelta(minutes=1)
    assert set(SyncJob.objects.values_list("status", "urgent")) == {("completed", True), ("completed", True)}
    job = sync(account, watch)
    assert job.status == "completed"
    assert watch.now < NOON + timedelta(minutes=1)


@pytest.mark.usefixtures("limited")
def test_what_a_person_hurries_keeps_to_everybodys_limit(make_account: MakeAccount, watch: Watch) -> None:
    account = paced(make_account(per_hour=5), "hourly", watch)
    enqueue_due(watch.now)
    drain(watch)
    enqueue(account, watch.now)
    drain(watch)
    assert SyncChunk.objects.open().exists()
    assert ConnectionSync.objects.blocked(watch.now).exists()


@pytest.mark.spec("A84", "C10")
def test_what_failed_says_so_and_is_tried_at_the_next_interval(make_account: MakeAccount, watch: Watch) -> None:
    account = settled(make_account, watch, errors=[])
    account.options |= {"errors": [{"kind": "misconfigured", "since": ""}]}
    account.save()
    watch.now = max(due(account).values())
    tick(watch)
    account.sync.refresh_from_db()
    assert "Trouble" in account.sync.last_sync_error
    again = min(due(account).values())
    assert watch.now < again <= watch.now + HOUR
    Connection.objects.filter(pk=account.pk).update(options={})
    watch.now = again
    tick(watch)
    account.sync.refresh_from_db()
    assert account.sync.last_sync_error == ""


def test_an_hour_of_all_automation_stopped_is_an_hour_of_silence(make_account: MakeAccount, watch: Watch) -> None:
    """By the switch for all of them; what runs goes on, and Sync now still works."""
    accounts = [settled(make_account, watch, "realtime") for _ in range(3)]
    for each in accounts:
        paced(each, "manual", watch)
    for _ in range(120):
        assert enqueue_due(watch.move(seconds=30)) == Dispatched()
    assert sync(accounts[0], watch).status == "completed"
