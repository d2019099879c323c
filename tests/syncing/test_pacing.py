"""The pace that was asked for, the one that there is, and what each would cost."""

from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from connections.models import Connection, Workspace
from syncing import budget, scheduler, tuning
from syncing.forecast import forecast
from syncing.models import Bucket, ConnectionSync, ObjectSyncConfig, SyncJob
from syncing.pacing import Pace, costs, known_from, offers, pace, paces
from syncing.scheduler.known import Known
from syncing.status.buckets import fullest
from syncing.status.streams import object_types
from tests.fixtures.synced import make_chunk, make_connection, make_job

TOTALS = "account_metrics"
WHY = "180 calls an hour are allowed, one in 25 s, and one round takes"


def at_pace(connection: Connection, frequency: str, now: datetime, **calls: float) -> Connection:
    """calls: that a run of each stream takes, of the others none."""
    ConnectionSync.set_frequency(connection.pk, frequency)
    scheduler.reschedule([connection.pk], now)
    connection.schedules.update(average_calls=0)
    for stream, each in calls.items():
        connection.schedules.filter(stream=stream).update(average_calls=each)
    return loaded(connection)


def loaded(connection: Connection) -> Connection:
    return Connection.objects.select_related("sync").prefetch_related("schedules").get(pk=connection.pk)


def known(connection: Connection) -> Known:
    return known_from(connection, object_types())


def began(connection: Connection, now: datetime, seconds_ago: list[float], trigger: str = "schedule") -> None:
    """Scheduled reads of the totals, each a minute long."""
    for seconds in seconds_ago:
        job = make_job(connection, now - timedelta(seconds=seconds), trigger=trigger)
        make_chunk(job, 0, TOTALS)


@pytest.mark.parametrize(
    ("frequency", "asked"),
    [("realtime", 30), ("30min", 1800), ("hourly", 3600), ("daily", 86_400), ("manual", None), ("smart", 900)],
)
def test_what_is_asked_for_is_the_pace_of_the_fastest_stream(
    workspace: Workspace, now: datetime, frequency: str, asked: int | None
) -> None:
    ObjectSyncConfig.objects.filter(object_type=TOTALS).update(sync_interval_minutes=15)
    found = pace(known(at_pace(make_connection(workspace), frequency, now)))
    assert (found.asked, found.runs, found.is_slower, found.why) == (asked, asked, False, "")


@pytest.mark.spec("C6")
@pytest.mark.parametrize(
    ("calls", "runs", "sentence"),
    [
        (1, 30, "Runs every 30 s, about 120 of 180 calls an hour."),
        (2, 51, f"Asked for every 30 s; runs about every 51 s: {WHY} 2."),
        (4, 101, f"Asked for every 30 s; runs about every 101 s: {WHY} 4."),
        (40, 1020, f"Asked for every 30 s; runs about every 17 min: {WHY} 40."),
    ],
)
def test_a_realtime_pace_follows_from_the_calls_that_a_round_takes(
    workspace: Workspace, now: datetime, calls: float, runs: int, sentence: str
) -> None:
    found = pace(known(at_pace(make_connection(workspace), "realtime", now, account_metrics=calls)))
    assert (found.asked, found.runs, found.sentence) == (30, runs, sentence)
    assert (found.calls, found.allowed) == (120 * calls, 180)


def test_what_slow_streams_take_is_not_there_for_fast_ones(workspace: Workspace, now: datetime) -> None:
    """A call is earned in 25.3 s, so 142 an hour: without 90 of them it comes every 276 s."""
    ObjectSyncConfig.objects.filter(object_type="ads").update(sync_interval_minutes=60)
    found = pace(known(at_pace(make_connection(workspace), "realtime", now, account_metrics=4, ads=90)))
    assert (found.runs, found.calls) == (276, 570)


def test_every_page_reckons_a_pace_alike(workspace: Workspace, now: datetime) -> None:
    """The account's, the forecast of the intervals, and the time in which the scheduler's own account earns a call."""
    connection = at_pace(make_connection(workspace), "realtime", now, account_metrics=4, ads=20)
    found = next(need for need in forecast(tuning.ordered()).needs if need.per_hour == 180)
    assert found.effective == pytest.approx(pace(known(connection)).runs, rel=0.01)
    budget.reserve([found.limit], now, wanted=4)
    (bucket,) = fullest(now, most=1)
    assert bucket.seconds_a_call == budget.time_a_call(found.limit).total_seconds()
    assert Bucket.objects.get(pk=bucket.key).earned_at == now + timedelta(seconds=4 * bucket.seconds_a_call)


def test_nobody_knows_the_calls_of_what_never_ran(workspace: Workspace, now: datetime) -> None:
    connection = at_pace(make_connection(workspace), "realtime", now)
    connection.schedules.update(average_calls=None)
    found = pace(known(loaded(connection)))
    assert (found.calls, found.sentence) == (None, "Runs every 30 s.")


def test_a_daily_pace_costs_next_to_nothing(workspace: Workspace, now: datetime) -> None:
    found = pace(known(at_pace(make_connection(workspace), "daily", now, account_metrics=4)))
    assert found.sentence == "Runs every day, less than one call an hour."
    assert Pace().sentence == "No schedule reads it: it waits for Sync now."


# What really happened


def measured(connection: Connection, now: datetime) -> Pace:
    return paces([connection], object_types(), now)[connection.pk]


@pytest.mark.spec("C6")
def test_what_happened_in_the_last_hour_goes_before_what_was_reckoned(workspace: Workspace, now: datetime) -> None:
    connection = at_pace(make_connection(workspace), "realtime", now, account_metrics=4)
    assert measured(connection, now).runs == 101
    began(connection, now, [100, 200, 300, 400])
    assert measured(connection, now).runs == 100
    assert "runs about every 100 s: 180 calls an hour are allowed" in measured(connection, now).sentence


def test_one_long_pause_is_no_pace(workspace: Workspace, now: datetime) -> None:
    """Somebody chose realtime a few minutes ago, after an hourly sync."""
    connection = at_pace(make_connection(workspace), "realtime", now, account_metrics=1)
    began(connection, now, [30, 60, 91, 120, 3000])
    assert measured(connection, now).runs == 30


@pytest.mark.spec("A41")
def test_pauses_that_come_again_and_again_are_its_pace(workspace: Workspace, now: datetime) -> None:
    """Others use the same calls: each round, and what follows it at once, waits until some are left."""
    connection = at_pace(make_connection(workspace), "realtime", now, account_metrics=1)
    began(connection, now, [30, 60, 500, 530, 970, 1000, 1440])
    assert measured(connection, now).runs == (30 + 440 + 30 + 440 + 30) // 5


def test_slowness_that_no_limit_explains_is_told_all_the_same(workspace: Workspace, now: datetime) -> None:
    connection = at_pace(make_connection(workspace), "realtime", now, account_metrics=1)
    began(connection, now, [60, 120, 180, 240])
    said = "Asked for every 30 s; runs about every minute: so far apart did its last syncs begin."
    assert measured(connection, now).sentence == said


def test_only_scheduled_reads_of_the_fastest_stream_within_the_hour_count(workspace: Workspace, now: datetime) -> None:
    connection = at_pace(make_connection(workspace), "realtime", now, account_metrics=1)
    began(connection, now, [100, 200, 300, 400], trigger="user")
    began(connection, now, [3700, 3800, 3900])
    for seconds in (100, 300, 500):
        make_chunk(make_job(connection, now - timedelta(seconds=seconds), trigger="schedule"), 0, "ads")
    assert measured(connection, now).runs == 30


def test_a_page_of_them_costs_one_query_and_none_without_a_fast_one(
    workspace: Workspace, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    fast = [at_pace(make_connection(workspace), "realtime", now, account_metrics=4) for _ in range(3)]
    slow = [at_pace(make_connection(workspace), "hourly", now) for _ in range(3)]
    for connection in fast:
        began(connection, now, [100, 200, 300])
    configs = object_types()
    with django_assert_num_queries(0):
        assert len(paces(slow, configs, now)) == 3
    with django_assert_num_queries(1):
        assert {each.runs for each in paces(fast + slow, configs, now).values()} == {100, 3600}
    assert SyncJob.objects.count() == 9


# What each frequency would cost


def test_each_frequency_is_reckoned_from_what_runs_took_so_far(workspace: Workspace, now: datetime) -> None:
    """Daily reads take the whole lookback, the others a slice: five slices of seven days for 28 days and today."""
    found = costs(known(at_pace(make_connection(workspace), "daily", now, account_metrics=5)))
    assert found["daily"] == pytest.approx(5 / 24)
    assert found["realtime"] == pytest.approx(120, rel=0.01)
    assert found["hourly"] == pytest.approx(1 + 4 / 24)
    assert sorted(found, key=lambda each: found[each])[-1] == "realtime"


def test_nothing_is_said_of_costs_that_nobody_knows(workspace: Workspace, now: datetime) -> None:
    connection = at_pace(make_connection(workspace), "daily", now)
    connection.schedules.filter(stream="ads").update(average_calls=None)
    assert costs(known(loaded(connection))) == {}
    ObjectSyncConfig.objects.filter(object_type="ads").update(is_sync_enabled=False)
    assert costs(known(loaded(connection)))


def test_every_choice_is_offered_with_its_cost(workspace: Workspace, now: datetime) -> None:
    said = {choice.value: cost for choice, cost in offers(known(at_pace(make_connection(workspace), "daily", now)))}
    assert list(said) == ConnectionSync.Frequency.values
    assert (said["manual"], said["daily"]) == ("", "Less than one call an hour.")
