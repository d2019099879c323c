"""What people choose counts from the next look on; what is out of order is mended; what runs is left alone."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from connections.models import Connection
from syncing import scheduler
from syncing.models import ConnectionSync, ObjectSyncConfig, SyncJob, SyncSchedule
from syncing.receivers import seed_object_types
from syncing.scheduler import Dispatched, enqueue_due, heal
from tests.fixtures.engine import NOON, MakeAccount, Watch, drain
from tests.fixtures.paced import STREAMS, due, make_due, paced, set_type, settled, states, the_job, tick
from tests.fixtures.plain import PlainSource

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def paces(connection: Connection) -> dict[str, int | None]:
    return states(connection, "interval_seconds")


def rows(connection: Connection) -> list[dict[str, Any]]:
    return [dict(row) for row in SyncSchedule.objects.filter(connection=connection).order_by("pk").values()]


# What a connection is set to


@pytest.mark.spec("A38")
@pytest.mark.parametrize(
    ("frequency", "structure", "dated"),
    [
        ("realtime", 3600, 30),
        ("30min", 3600, 1800),
        ("hourly", 3600, 3600),
        ("daily", 86400, 86400),
        ("smart", 3600, 3600),
        ("manual", None, None),
    ],
)
def test_each_frequency_has_its_pace(
    account: Connection, watch: Watch, frequency: str, structure: int | None, dated: int | None
) -> None:
    paced(account, frequency, watch)
    assert paces(account) == {"campaigns": structure, "campaign_days": dated, "account_days": dated}
    assert set(due(account).values()) == {None if frequency == "manual" else NOON}
    assert heal(watch.now) == 0


def test_a_new_connection_has_a_schedule_for_each_stream_and_none_is_due(account: Connection) -> None:
    assert set(due(account)) == set(STREAMS)
    assert set(due(account).values()) == set(paces(account).values()) == {None}


def test_a_faster_frequency_counts_from_the_next_look_on(make_account: MakeAccount, watch: Watch) -> None:
    account = settled(make_account, watch, "daily")
    watch.move(minutes=2)
    assert enqueue_due(watch.now) == Dispatched()
    paced(account, "realtime", watch)
    assert due(account)["account_days"] == due(account)["campaign_days"] == watch.now
    assert enqueue_due(watch.now, fast_only=True) == Dispatched(jobs=1, streams=2)


def test_a_slower_frequency_counts_from_the_last_read_on(make_account: MakeAccount, watch: Watch) -> None:
    account = settled(make_account, watch, "realtime")
    watch.move(minutes=2)
    paced(account, "hourly", watch)
    assert all(NOON < moment <= NOON + HOUR for moment in due(account).values())
    paced(account, "daily", watch)
    assert all(NOON < moment <= NOON + DAY for moment in due(account).values())


def test_to_set_what_is_set_already_moves_nothing(make_account: MakeAccount, watch: Watch) -> None:
    account = settled(make_account, watch, "hourly")
    before = rows(account)
    watch.move(minutes=20)
    paced(account, "hourly", watch)
    assert scheduler.reschedule([account.pk], watch.now) == 0
    assert rows(account) == before


def test_a_running_job_goes_on_as_it_was(make_account: MakeAccount, watch: Watch) -> None:
    account = settled(make_account, watch, "hourly")
    watch.move(hours=1)
    make_due(account, watch)
    enqueue_due(watch.now)
    before = list(the_job().chunks.order_by("pk").values()), SyncJob.objects.filter(pk=the_job().pk).values()[0]
    for frequency in ("realtime", "manual", "daily"):
        paced(account, frequency, watch)
        set_type("account_days", priority=1, queue="parser", batch_size=7, sync_interval_minutes=11)
    after = list(the_job().chunks.order_by("pk").values()), SyncJob.objects.filter(pk=the_job().pk).values()[0]
    assert after == before
    drain(watch)
    assert set(SyncJob.objects.values_list("status", flat=True)) == {"completed"}


@pytest.mark.spec("A85")
def test_manual_while_a_job_runs_ends_the_schedule_and_not_the_job(make_account: MakeAccount, watch: Watch) -> None:
    account = settled(make_account, watch, "realtime")
    watch.move(seconds=30)
    enqueue_due(watch.now)
    paced(account, "manual", watch)
    drain(watch)
    assert set(due(account).values()) == {None}
    for _ in range(10):
        assert tick(watch).jobs == 0
        watch.move(days=1)


# What an object type is set to


@pytest.mark.spec("L19")
def test_an_interval_of_an_object_type_counts_from_the_next_look_on(make_account: MakeAccount, watch: Watch) -> None:
    account, daily = settled(make_account, watch, "smart"), settled(make_account, watch, "daily")
    watch.move(minutes=6)
    set_type("account_days", sync_interval_minutes=5, staleness_threshold_minutes=9, priority=1)
    scheduler.reschedule_type(account.provider, watch.now)
    assert paces(account)["account_days"] == 300
    assert due(account)["account_days"] <= watch.now
    assert states(account, "stale_at")["account_days"] == NOON + 10 * MINUTE
    assert states(account, "priority") == {"campaigns": 3, "campaign_days": 3, "account_days": 1}
    assert paces(daily)["account_days"] == 86400, "a frequency of its own goes before"
    assert enqueue_due(watch.now) == Dispatched(jobs=1, streams=1)


def test_an_object_type_may_be_switched_off_and_on(make_account: MakeAccount, watch: Watch) -> None:
    account = settled(make_account, watch, "hourly")
    set_type("account_days", is_sync_enabled=False)
    assert due(account)["account_days"] is None
    watch.move(hours=5)
    assert enqueue_due(watch.now) == Dispatched(jobs=1, streams=2)
    drain(watch)
    set_type("account_days", is_sync_enabled=True)
    scheduler.reschedule_type(account.provider, watch.now)
    assert due(account)["account_days"] == watch.now
    assert enqueue_due(watch.now) == Dispatched(jobs=1, streams=1)


def test_a_stream_of_a_connection_may_have_an_interval_of_its_own(account: Connection, watch: Watch) -> None:
    SyncSchedule.objects.filter(connection=account, stream="account_days").update(interval_minutes=7)
    paced(account, "daily", watch)
    assert paces(account)["account_days"] == 420
    paced(account, "manual", watch)
    assert paces(account)["account_days"] is None


def test_what_staff_set_really_takes_effect(account: Connection, watch: Watch) -> None:
    """Priority and queue of a chunk, how often it is tried, and how many entities a part of it names."""
    set_type("account_days", priority=5, queue="parser", max_retry_attempts=1)
    set_type("campaign_days", priority=1, batch_size=2)
    Connection.objects.filter(pk=account.pk).update(
        options={"campaigns": 5, "most_ids": 2, "errors": [{"kind": "transient", "stream": "account_days"}]}
    )
    paced(Connection.objects.get(pk=account.pk), "hourly", watch)
    tick(watch)
    chunks = SyncJob.objects.get().chunks
    totals, levels = chunks.filter(stream="account_days"), chunks.filter(stream="campaign_days")
    assert set(totals.values_list("queue", "rank", "max_retries", "retry_count", "status")) == {
        ("parser", 5, 1, 1, "failed")
    }
    assert set(levels.values_list("queue", "rank")) == {("sync", 1)}
    assert max(len(chunk.entity_ids) for chunk in levels) == 2
    assert SyncSchedule.objects.get(stream="account_days").consecutive_failures == 1


@pytest.mark.spec("L19")
def test_each_object_type_has_a_row_and_what_people_changed_stays(account: Connection) -> None:
    set_type("account_days", sync_interval_minutes=77)
    seed_object_types()
    mine = ObjectSyncConfig.objects.filter(provider="plain")
    assert dict(mine.values_list("object_type", "sync_interval_minutes")) == {
        "campaigns": 60,
        "campaign_days": 60,
        "account_days": 77,
    }
    assert dict(mine.values_list("object_type", "depends_on"))["campaign_days"] == "campaigns"


# What is out of order


def test_heal_makes_what_is_missing(make_account: MakeAccount, watch: Watch) -> None:
    account, manual = settled(make_account, watch, "hourly"), make_account()
    SyncSchedule.objects.filter(stream="account_days").delete()
    assert heal(watch.now) == 2, "of the manual one only the priority"
    assert due(account)["account_days"] == watch.now
    assert due(manual)["account_days"] is None
    assert heal(watch.now) == 0


def test_heal_leaves_alone_what_is_in_order(make_account: MakeAccount, watch: Watch) -> None:
    accounts = [settled(make_account, watch, frequency) for frequency in ("realtime", "hourly", "daily", "smart")]
    SyncSchedule.objects.filter(stream="account_days").update(interval_minutes=10_080)
    for each in accounts:
        scheduler.reschedule([each.pk], watch.now)
    before = [rows(each) for each in accounts]
    assert heal(watch.now) == 0
    assert [rows(each) for each in accounts] == before


@pytest.mark.parametrize("wrong", [None, NOON + 3650 * DAY, NOON + 3 * DAY], ids=["none", "ten years", "three days"])
def test_heal_gives_a_moment_to_what_has_none_or_a_senseless_one(
    make_account: MakeAccount, watch: Watch, wrong: Any
) -> None:
    """As after a clock that ran ahead, and was set right."""
    account = settled(make_account, watch, "hourly")
    SyncSchedule.objects.filter(stream="account_days").update(next_due_at=wrong)
    assert heal(watch.now) == 1
    assert NOON < due(account)["account_days"] <= NOON + HOUR


@pytest.mark.parametrize("ahead", [30 * DAY, 20 * HOUR], ids=["a month", "hours"])
@pytest.mark.parametrize("frequency", ["realtime", "hourly"])
def test_after_a_clock_ran_ahead_and_was_set_right_it_goes_on(
    make_account: MakeAccount, watch: Watch, frequency: str, ahead: timedelta
) -> None:
    account = settled(make_account, watch, frequency)
    watch.now += ahead
    assert tick(watch).jobs == 1
    watch.now += 5 * MINUTE - ahead
    assert due(account)["account_days"] > watch.now
    assert heal(watch.now) == 3
    assert tick(watch).jobs == 1
    assert NOON < due(account)["account_days"] <= watch.now + HOUR
    assert heal(watch.now) == 0


def test_heal_keeps_to_the_back_off_of_what_fails(make_account: MakeAccount, watch: Watch) -> None:
    account = settled(make_account, watch, "30min")
    SyncSchedule.objects.filter(stream="account_days").update(consecutive_failures=7, next_due_at=None)
    heal(watch.now)
    assert due(account)["account_days"] == NOON + 4 * HOUR
    assert heal(watch.now) == 0


def test_heal_takes_off_what_should_not_be_scheduled(make_account: MakeAccount, watch: Watch) -> None:
    account, off = settled(make_account, watch, "hourly"), settled(make_account, watch, "hourly")
    set_type("account_days")
    ConnectionSync.set_frequency(account.pk, "manual")
    ObjectSyncConfig.objects.filter(object_type="account_days", provider="plain").update(is_sync_enabled=False)
    assert heal(watch.now) == 4
    assert set(due(account).values()) == {None}
    assert due(off)["account_days"] is None
    assert due(off)["campaigns"] is not None


def test_a_stream_that_a_release_has_taken_away_is_never_due_again(
    make_account: MakeAccount, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = settled(make_account, watch, "hourly")
    make_due(account, watch)
    monkeypatch.setattr(PlainSource, "streams", PlainSource.streams[:2])
    assert enqueue_due(watch.now) == Dispatched(jobs=1, streams=2)
    drain(watch)
    assert heal(watch.now) == 1
    assert due(account)["account_days"] is None
    assert heal(watch.now) == 0


def test_a_stream_that_a_release_has_brought_is_due_at_once(
    make_account: MakeAccount, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_streams = PlainSource.streams
    monkeypatch.setattr(PlainSource, "streams", all_streams[:2])
    account = paced(make_account(), "hourly", watch)
    tick(watch)
    assert set(due(account)) == {"campaigns", "campaign_days"}
    monkeypatch.setattr(PlainSource, "streams", all_streams)
    assert heal(watch.now) == 1
    assert enqueue_due(watch.now) == Dispatched(jobs=1, streams=1)


def test_a_provider_that_is_gone_hinders_no_other(make_account: MakeAccount, watch: Watch) -> None:
    gone, account = settled(make_account, watch, "hourly"), settled(make_account, watch, "hourly")
    Connection.objects.filter(pk=gone.pk).update(provider="gone")
    SyncSchedule.objects.update(next_due_at=None)
    assert heal(watch.now) == 3
    assert None not in due(account).values()


def test_what_was_removed_is_not_mended(make_account: MakeAccount, watch: Watch) -> None:
    account = settled(make_account, watch, "hourly")
    Connection.objects.filter(pk=account.pk).update(removed_at=watch.now)
    SyncSchedule.objects.filter(stream="campaigns").delete()
    SyncSchedule.objects.update(next_due_at=None)
    assert heal(watch.now) == 0


def test_a_connection_that_cannot_be_mended_hinders_no_other(make_account: MakeAccount, watch: Watch) -> None:
    broken, account = settled(make_account, watch, "hourly"), settled(make_account, watch, "hourly")
    SyncSchedule.objects.update(next_due_at=None)
    SyncSchedule.objects.filter(connection=broken).update(interval_minutes=2_147_483_647)  # past the year 9999
    assert heal(watch.now) == 3
    assert None not in due(account).values()
    assert set(due(broken).values()) == {None}


# Settings that the schedules did not follow


@pytest.mark.parametrize("frequency", ["smart", "realtime", "hourly", "daily"])
def test_heal_brings_schedules_in_line_with_settings_that_changed_without_them(
    make_account: MakeAccount, watch: Watch, frequency: str
) -> None:
    """As after a crash between saving and going through the schedules, or SQL by hand."""
    account, manual = settled(make_account, watch, frequency), make_account()
    set_type("campaigns")
    ours = ObjectSyncConfig.objects.filter(provider="plain", object_type="campaigns")
    ours.update(sync_interval_minutes=2880, staleness_threshold_minutes=5760)
    assert heal(watch.now) == 1
    assert paces(account)["campaigns"] == 2880 * 60
    assert states(account, "stale_at")["campaigns"] == NOON + 5760 * MINUTE
    assert set(paces(manual).values()) == {None}
    assert heal(watch.now) == 0


def test_heal_sees_a_priority_and_an_interval_of_its_own_that_were_changed_by_hand(
    make_account: MakeAccount, watch: Watch
) -> None:
    account, other = settled(make_account, watch, "hourly"), settled(make_account, watch, "hourly")
    SyncSchedule.objects.filter(connection=account, stream="account_days").update(interval_minutes=7)
    assert heal(watch.now) == 1
    assert paces(account)["account_days"] == 420
    assert paces(other)["account_days"] == 3600
    set_type("account_days")
    ObjectSyncConfig.objects.filter(provider="plain", object_type="account_days").update(priority=1)
    assert heal(watch.now) == 2
    assert set(SyncSchedule.objects.filter(stream="account_days").values_list("priority", flat=True)) == {1}
    assert heal(watch.now) == 0


@pytest.mark.django_db(transaction=True)
def test_settings_are_saved_without_a_lock_on_any_schedule(make_account: MakeAccount, watch: Watch) -> None:
    """Which follow once it is committed, in transactions of their own, or ticks and ends of jobs would wait for all."""
    account = settled(make_account, watch, "smart")
    config = set_type("account_days")
    before = rows(account)
    with transaction.atomic():
        config.sync_interval_minutes, config.staleness_threshold_minutes = 7, 20
        with CaptureQueriesContext(database) as queries:
            config.save()
        assert [each["sql"] for each in queries if "syncing_syncschedule" in each["sql"]] == []
        assert rows(account) == before
    assert paces(account)["account_days"] == 420
