"""Why did it sync, or not? Each reason is found, with its figures, its moments and what a person can do."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django_celery_beat.models import PeriodicTask
from pytest_django import DjangoAssertNumQueries

from connections import accounts
from connections.access import Actor
from connections.models import Connection, Credential
from connections.sources import CallLimit
from syncing import actions, budget, explaining, periodic, runner, scheduler
from syncing.budget import Purse
from syncing.explaining import Answer, Check
from syncing.models import (
    ConnectionSync,
    Decision,
    ObjectSyncConfig,
    SchedulerHeartbeat,
    SyncChunk,
    SyncJob,
    SyncSchedule,
    WorkerHeartbeat,
)
from tests.fixtures import plain as provider
from tests.fixtures.engine import NOON, MakeAccount, Watch, bare_job, change, claim, drain, enqueue, sync

pytestmark = pytest.mark.django_db
STREAM = "account_days"


def look(now: datetime, **ages: float) -> None:
    """The scheduler looked so many seconds ago, each kind of look just now unless told."""
    for name in (periodic.SMART_SYNC, periodic.DISPATCH_REALTIME):
        ran_at = now - timedelta(seconds=ages.get(name.replace("-", "_"), 1))
        SchedulerHeartbeat.objects.update_or_create(name=name, defaults={"ran_at": ran_at})


@pytest.fixture
def at_work(watch: Watch, settings: Any) -> None:
    """Background sync as it should be: somebody looks, and a worker lives."""
    settings.BACKGROUND_SYNC_ENABLED = True
    settings.REDIS_URL = "redis://nowhere.invalid/0"
    look(watch.now)
    queues = ["realtime", "sync", "parser", "backfill"]
    WorkerHeartbeat.objects.create(name="one:1", queues=queues, slots=4, started_at=watch.now, seen_at=watch.now)


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plain provider counts as a real one does: a limit of the schedule's own, and one for all work."""

    def limits(account: Any, settings: Any, *, scheduled: bool) -> Sequence[CallLimit]:
        own = [CallLimit("plain/scheduled", 30)] if scheduled else []
        return [CallLimit("plain", 200), *own, CallLimit("plain_app")]

    monkeypatch.setattr(provider.PlainSource, "limits", staticmethod(limits))


def paced(connection: Connection, frequency: str, now: datetime) -> None:
    ConnectionSync.set_frequency(connection.pk, frequency)
    scheduler.reschedule([connection.pk], now)


def asked(connection: Connection, now: datetime, stream: str = STREAM) -> Answer:
    return explaining.explain(Connection.objects.get(pk=connection.pk), stream, now).answer


def headline(connection: Connection, now: datetime, stream: str = STREAM) -> Check:
    return asked(connection, now, stream).headline


def found(answer: Answer, code: str) -> Check:
    return next(check for check in answer.checks if check.code == code)


def moment(check: Check, label: str) -> datetime:
    return dict(check.moments)[label]


def schedules(connection: Connection, *streams: str) -> Any:
    rows = SyncSchedule.objects.filter(connection=connection)
    return rows.filter(stream__in=streams) if streams else rows


def test_manual_says_that_nothing_is_scheduled_and_how_old_it_is(
    account: Connection, watch: Watch, at_work: None
) -> None:
    sync(account, watch)
    read = watch.now
    look(watch.move(hours=9))
    check = headline(account, watch.now)
    assert (check.code, check.verdict, check.title) == ("frequency", "blocks", "Nothing is scheduled")
    assert moment(check, "last read") == read
    assert "Press Sync now" in check.remedy
    assert check.state.tone == "neutral"


def test_not_due_says_when_and_why_then(account: Connection, watch: Watch, at_work: None) -> None:
    sync(account, watch)
    paced(account, "hourly", watch.now)
    check = headline(account, watch.now)
    assert (check.code, check.verdict) == ("due", "waits")
    due = schedules(account, STREAM).get().next_due_at
    assert moment(check, "due") == due
    assert "1 h apart, on a grid of this connection's own" in check.sentence
    assert headline(account, due - timedelta(seconds=1)).code in ("due", "looks", "workers")


def test_daily_work_says_at_which_hour_of_the_accounts_night(
    make_account: MakeAccount, watch: Watch, at_work: None
) -> None:
    account = make_account()
    Connection.objects.filter(pk=account.pk).update(timezone="Pacific/Auckland")
    sync(account, watch)
    paced(account, "daily", watch.now)
    check = headline(account, watch.now)
    local = moment(check, "due").astimezone(ZoneInfo("Pacific/Auckland"))
    assert f"in the account's night, at {local:%H:%M} in Pacific/Auckland" in check.sentence
    assert 3 <= local.hour < 6


def test_what_is_due_and_held_by_nothing_starts_with_the_next_look(
    account: Connection, watch: Watch, at_work: None
) -> None:
    paced(account, "hourly", watch.now)
    answer = asked(account, watch.now)
    assert (answer.headline.code, answer.headline.verdict) == ("starts", "ok")
    assert [check.code for check in answer.checks if check.decides] == []


def test_stale_goes_first_and_says_its_rank(account: Connection, watch: Watch, at_work: None) -> None:
    sync(account, watch)
    paced(account, "hourly", watch.now)
    now = watch.move(hours=3)
    look(now)
    age = found(asked(account, now), "age")
    assert "older than 2 h: the larger of its type's 2 h and twice its interval" in age.sentence
    assert "goes before all that is not" in age.sentence
    assert "priority, 2 of 5" in age.sentence
    assert moment(age, "stale since") == now - timedelta(hours=1)
    fresh = found(asked(account, NOON + timedelta(minutes=5)), "age")
    assert "not stale" in fresh.sentence


def test_a_parent_that_was_never_read_is_named(account: Connection, watch: Watch, at_work: None) -> None:
    paced(account, "hourly", watch.now)
    later = watch.now + timedelta(minutes=20)
    schedules(account, "campaigns").update(next_due_at=later)
    check = headline(account, watch.now, "campaign_days")
    assert (check.code, check.sentence) == ("parent", "Campaigns has to be read first, and never was.")
    assert moment(check, "parent due") == later
    schedules(account, "campaigns").update(next_due_at=watch.now)
    assert headline(account, watch.now, "campaign_days").code == "starts"


def test_a_parent_that_runs_now_is_waited_for(account: Connection, watch: Watch, at_work: None) -> None:
    paced(account, "hourly", watch.now)
    enqueue(account, watch.now, "campaigns", "campaign_days")
    claim(watch)
    check = headline(account, watch.now, "campaign_days")
    assert (check.code, check.verdict) == ("job", "waits")
    assert "reads it once the lists of objects are read" in check.sentence
    assert headline(account, watch.now, "campaigns").title == "It is being read now"


def test_being_read_says_which_job_and_how_far_it_is(account: Connection, watch: Watch, at_work: None) -> None:
    job = bare_job(account, chunks=3)
    claim(watch)
    check = headline(account, watch.now)
    assert (check.code, check.verdict, check.job_id) == ("job", "runs", job.pk)
    assert "0 of 3 chunks of it done, 1 at work" in check.sentence


def test_what_is_in_hand_is_told_before_a_pause_that_came_later(
    account: Connection, watch: Watch, at_work: None
) -> None:
    bare_job(account, chunks=1)
    claim(watch)
    Connection.objects.update(paused=True)
    assert headline(account, watch.now).verdict == "runs"
    assert headline(account, watch.now, "campaigns").code == "paused"


def test_queued_says_its_place(make_account: MakeAccount, watch: Watch, at_work: None) -> None:
    first, second = make_account(), make_account()
    for each in (first, second):
        bare_job(each, chunks=2)
    SyncChunk.objects.filter(connection=first).update(rank=1)
    assert "It is the next in the queue" in headline(first, watch.now).sentence
    check = headline(second, watch.now)
    assert (check.code, check.verdict) == ("job", "waits")
    assert "2 chunks in the queue sync go first" in check.sentence


def test_the_connections_own_slices_may_be_what_is_waited_for(account: Connection, watch: Watch, at_work: None) -> None:
    ConnectionSync.objects.update(slices_in_flight=1)
    bare_job(account, chunks=1)
    SyncChunk.objects.create(
        sync_job=SyncJob.objects.get(),
        connection=account,
        chunk_order=5,
        stream="campaigns",
        chunk_type="structure",
        ready_at=watch.now,
        created_at=watch.now,
    )
    claim(watch)
    assert "1 of 1 are at work" in headline(account, watch.now, "campaigns").sentence


def test_another_sync_of_the_connection_goes_first(account: Connection, watch: Watch, at_work: None) -> None:
    paced(account, "hourly", watch.now)
    job = enqueue(account, watch.now, "campaigns")
    check = headline(account, watch.now)
    assert (check.code, check.verdict, check.job_id) == ("another", "waits", job.pk)
    assert "0 of 1 chunk done" in check.sentence
    enqueue(account, watch.now, STREAM)
    assert "follows at once" in headline(account, watch.now).sentence
    drain(watch)
    again = bare_job(account, chunks=1, follows=job)
    assert "Sync that follows an earlier one" in headline(account, watch.now).sentence
    assert again.follows == job


def test_a_retry_says_which_and_when(account: Connection, watch: Watch, at_work: None) -> None:
    change(account, errors=[{"kind": "transient", "stream": STREAM}])
    bare_job(account, chunks=1)
    runner.run_chunk(claim(watch), clock=watch, stop=threading.Event(), purse=Purse(watch))
    check = headline(account, watch.now)
    assert (check.code, check.verdict) == ("job", "waits")
    assert "Trouble: transient. Retry 1 of 3 follows." in check.sentence
    assert moment(check, "goes on") == watch.now + timedelta(seconds=3)


def test_the_schedules_own_limit_leaves_sync_now_alone(
    account: Connection, watch: Watch, at_work: None, limited: None
) -> None:
    paced(account, "hourly", watch.now)
    scheduled = [CallLimit("plain", 200), CallLimit("plain/scheduled", 30)]
    budget.reserve(scheduled, watch.now, wanted=29)
    check = headline(account, watch.now)
    assert (check.code, check.verdict) == ("budget", "waits")
    assert "29 of 30 calls of the schedule's own limit" in check.sentence
    assert "29 of 200 calls of all work together" in check.sentence
    assert "Sync now is not affected" in check.remedy
    assert watch.now + timedelta(minutes=60) < moment(check, "calls are free") <= watch.now + timedelta(minutes=63)


def test_the_limit_of_all_work_holds_sync_now_too(
    account: Connection, watch: Watch, at_work: None, limited: None
) -> None:
    paced(account, "hourly", watch.now)
    budget.reserve([CallLimit("plain", 200)], watch.now, wanted=199)
    check = headline(account, watch.now)
    assert check.code == "budget"
    assert "Sync now waits too" in check.remedy


def test_the_budget_agrees_with_the_scheduler(account: Connection, watch: Watch, at_work: None, limited: None) -> None:
    paced(account, "hourly", watch.now)
    budget.reserve([CallLimit("plain/scheduled", 30)], watch.now, wanted=29)
    assert scheduler.enqueue_due(watch.now).jobs == 0
    decision = Decision.objects.filter(verdict="budget")[0]
    check = headline(account, watch.now)
    assert moment(check, "calls are free") == decision.next_look_at
    explained = explaining.explain(account, STREAM, watch.now)
    assert explained.decisions[0].budget == "29 of 30 calls"
    assert scheduler.enqueue_due(moment(check, "calls are free")).jobs == 1


def test_a_fast_one_says_its_effective_pace(account: Connection, watch: Watch, at_work: None, limited: None) -> None:
    sync(account, watch)
    paced(account, "realtime", watch.now)
    schedules(account).update(average_calls=1)
    pace = found(asked(account, watch.now), "pace")
    assert pace.verdict == "info"
    assert "Asked for every 30 s; runs about" in pace.sentence
    assert "30 calls an hour are allowed" in pace.sentence


def test_a_fast_one_says_when_it_may_come_again_as_the_scheduler_does(
    account: Connection, watch: Watch, at_work: None, limited: None
) -> None:
    """A part of what is to be earned only, so long before all of it is."""
    sync(account, watch)
    paced(account, "realtime", watch.now)
    budget.reserve([CallLimit("plain/scheduled", 30)], watch.now, wanted=12)
    earned_at = budget.fills(["plain/scheduled"], watch.now)["plain/scheduled"].earned_at
    schedules(account, STREAM).update(next_due_at=watch.move(seconds=30))
    foretold = moment(found(asked(account, watch.now), "pace"), "may come again")
    assert scheduler.enqueue_due(watch.now).jobs == 0
    check = found(asked(account, watch.now), "due")
    assert (check.verdict, moment(check, "due")) == ("waits", foretold)
    assert "faster than they are earned, so it waits a little" in check.sentence
    assert earned_at
    assert watch.now < foretold < earned_at - timedelta(minutes=5)


def test_parked_says_until_when_and_why(account: Connection, watch: Watch, at_work: None) -> None:
    paced(account, "hourly", watch.now)
    until = watch.now + timedelta(minutes=7)
    ConnectionSync.block(account.pk, until, "Too many calls for this account.")
    check = headline(account, watch.now)
    assert (check.code, check.verdict, moment(check, "goes on")) == ("quiet", "waits", until)
    assert "Too many calls for this account." in check.sentence


def test_a_bucket_that_is_shared_with_others_may_be_blocked(
    account: Connection, watch: Watch, at_work: None, limited: None
) -> None:
    paced(account, "hourly", watch.now)
    budget.block("plain_app", watch.now + timedelta(minutes=3), "The app was too fast.")
    check = headline(account, watch.now)
    assert (check.code, "The app was too fast." in check.sentence) == ("quiet", True)
    assert headline(account, watch.now + timedelta(minutes=4)).code != "quiet"


def test_paused_says_who_did_it_and_when(account: Connection, bob: Any, watch: Watch, at_work: None) -> None:
    paced(account, "hourly", watch.now)
    accounts.change(account, Actor(bob), now=watch.now, paused=True)
    check = headline(account, watch.move(hours=1))
    assert (check.code, check.verdict) == ("paused", "blocks")
    assert "paused by bob@example.com" in check.sentence
    assert moment(check, "paused") == NOON
    accounts.change(account, Actor(bob), now=watch.now, paused=False)
    assert headline(account, watch.now).code != "paused"


def test_paused_by_nobody_known_is_said_all_the_same(make_account: MakeAccount, watch: Watch, at_work: None) -> None:
    check = headline(make_account(paused=True), watch.now)
    assert check.sentence.startswith("The connection was paused. Nothing of it runs")


def test_with_the_flag_off_nothing_starts_and_sync_now_works(
    account: Connection, watch: Watch, at_work: None, settings: Any
) -> None:
    paced(account, "hourly", watch.now)
    settings.BACKGROUND_SYNC_ENABLED = False
    check = headline(account, watch.move(hours=2))
    assert (check.code, check.verdict, check.title) == ("flag", "blocks", "Background sync is off")
    assert "Sync now works all the same" in check.remedy


def test_with_the_flag_off_an_outside_cron_may_keep_it_going(
    account: Connection, watch: Watch, at_work: None, settings: Any
) -> None:
    paced(account, "hourly", watch.now)
    settings.BACKGROUND_SYNC_ENABLED = False
    answer = asked(account, watch.now)
    assert found(answer, "flag").verdict == "info"
    assert answer.headline.code == "starts"
    assert "from outside" in answer.headline.sentence


@pytest.mark.parametrize(("age", "code"), [(890, "starts"), (910, "looks")])
def test_a_silent_scheduler_is_noticed_after_three_looks(
    age: float, code: str, account: Connection, watch: Watch, at_work: None
) -> None:
    paced(account, "hourly", watch.now)
    look(watch.now, smart_sync=age)
    check = headline(account, watch.now)
    assert check.code == code
    if code == "looks":
        assert check.state.tone == "bad"
        assert moment(check, "last look") == watch.now - timedelta(seconds=age)


def test_a_beat_that_has_just_begun_is_not_silent(account: Connection, watch: Watch, at_work: None) -> None:
    paced(account, "hourly", watch.now)
    SchedulerHeartbeat.objects.all().delete()
    assert headline(account, watch.now).code == "looks"
    WorkerHeartbeat.objects.update(has_beat=True, started_at=watch.now - timedelta(minutes=2))
    check = headline(account, watch.now)
    assert check.code == "starts"
    assert moment(check, "next look") == watch.now + timedelta(minutes=3)
    WorkerHeartbeat.objects.update(started_at=watch.now - timedelta(minutes=16))
    assert headline(account, watch.now).code == "looks"


def test_a_fast_one_is_started_by_the_general_look_where_the_fast_one_is_silent(
    account: Connection, watch: Watch, at_work: None
) -> None:
    paced(account, "realtime", watch.now)
    look(watch.now, dispatch_realtime=100)
    PeriodicTask.objects.filter(name=periodic.DISPATCH_REALTIME).update(enabled=False)
    answer = asked(account, watch.now)
    assert answer.headline.code == "starts"
    assert "every 5 min" in found(answer, "looks").sentence
    assert "dispatch-realtime on in the admin" in found(answer, "looks").remedy


def test_no_worker_is_said(account: Connection, watch: Watch, at_work: None) -> None:
    paced(account, "hourly", watch.now)
    WorkerHeartbeat.objects.update(seen_at=watch.now - timedelta(minutes=1))
    check = headline(account, watch.now)
    assert (check.code, check.verdict, check.state.tone) == ("workers", "blocks", "bad")


def test_workers_that_do_not_listen_to_its_queue_are_no_help(account: Connection, watch: Watch, at_work: None) -> None:
    bare_job(account, chunks=1)
    WorkerHeartbeat.objects.update(queues=["realtime"])
    check = headline(account, watch.now)
    assert (check.code, "listens to sync" in check.sentence) == ("workers", True)


def test_needs_reconnect_says_why(account: Connection, watch: Watch, at_work: None) -> None:
    paced(account, "hourly", watch.now)
    Credential.objects.update(needs_reconnect=True, needs_reconnect_reason="The token was withdrawn.")
    check = headline(account, watch.now)
    assert (check.code, check.verdict, check.state.tone) == ("login", "blocks", "bad")
    assert "The token was withdrawn." in check.sentence
    assert "Connect the account again" in check.remedy


def test_a_type_that_is_switched_off_is_named(account: Connection, watch: Watch, at_work: None) -> None:
    paced(account, "hourly", watch.now)
    config = ObjectSyncConfig.of(provider.KIND, provider.AccountDays())
    config.is_sync_enabled = False
    config.save()
    scheduler.reschedule([account.pk], watch.now)
    check = headline(account, watch.now)
    assert (check.code, check.verdict) == ("type", "blocks")
    assert "Daily totals is switched off" in check.sentence


def test_an_account_of_the_other_mode_never_runs(account: Connection, watch: Watch, at_work: None) -> None:
    paced(account, "hourly", watch.now)
    Connection.objects.update(is_sandbox=False)
    check = headline(account, watch.now)
    assert (check.code, check.verdict) == ("mode", "blocks")
    assert "It is a real account" in check.sentence


def test_a_removed_connection_says_only_that(account: Connection, watch: Watch, at_work: None) -> None:
    Connection.objects.update(removed_at=watch.now)
    answer = asked(account, watch.now)
    assert [check.code for check in answer.checks] == ["removed"]
    ConnectionSync.objects.all().delete()
    assert headline(account, watch.now).code == "removed"


def test_failing_says_how_often_and_when_it_is_tried_again(account: Connection, watch: Watch, at_work: None) -> None:
    paced(account, "realtime", watch.now)
    change(account, errors=[{"kind": "misconfigured", "stream": STREAM}])
    for _ in range(2):
        schedules(account).update(next_due_at=watch.now)
        assert scheduler.enqueue_due(watch.now).jobs == 1
        drain(watch)
    look(watch.now)
    WorkerHeartbeat.objects.update(seen_at=watch.now)
    schedules(account, STREAM).update(next_due_at=watch.now + timedelta(minutes=2))
    check = headline(account, watch.now)
    assert (check.code, check.verdict) == ("failures", "waits")
    assert "failed 2 times in a row, so it is left alone for 2 min" in check.sentence
    assert "Trouble: misconfigured." in check.sentence
    assert check.remedy == "Wait."
    assert moment(check, "next try") == watch.now + timedelta(minutes=2)


def test_the_breaker_says_that_it_is_tried_seldom(account: Connection, watch: Watch, at_work: None) -> None:
    paced(account, "hourly", watch.now)
    again = watch.now + timedelta(hours=3)
    schedules(account, STREAM).update(consecutive_failures=6, verdict="breaker", next_due_at=again)
    check = headline(account, watch.now)
    assert "failed 6 times in a row, so it is tried only every 4 h" in check.sentence


@pytest.mark.parametrize(("frequency", "failed"), [("daily", 1), ("daily", 6), ("hourly", 2)])
def test_what_is_read_seldom_is_tried_at_its_next_moment_after_a_failure(
    account: Connection, watch: Watch, at_work: None, frequency: str, failed: int
) -> None:
    """The rest after a failure is shorter than the interval, so it is not what it waits for."""
    paced(account, frequency, watch.now)
    again = watch.now + timedelta(hours=20)
    schedules(account, STREAM).update(consecutive_failures=failed, next_due_at=again, last_attempted_at=watch.now)
    check = headline(account, watch.now)
    assert check.code == "failures"
    assert "tried again at its next moment" in check.sentence
    assert "left alone" not in check.sentence
    assert "tried only every" not in check.sentence
    assert moment(check, "next try") == again


@pytest.mark.parametrize("minutes", [-5, 5], ids=["due", "not yet due"])
def test_a_moment_without_an_interval_is_explained(
    account: Connection, watch: Watch, at_work: None, minutes: int
) -> None:
    """A hand in the database can leave that behind; the next general look mends it."""
    paced(account, "hourly", watch.now)
    at = watch.now + timedelta(minutes=minutes)
    schedules(account, STREAM).update(interval_seconds=None, next_due_at=at)
    answer = asked(account, watch.now)
    assert "the next general look" in found(answer, "frequency").sentence
    assert at in dict(found(answer, "due").moments).values()
    assert found(answer, "age").sentence


def test_broken_planning_is_said_as_a_mistake(account: Connection, watch: Watch, at_work: None) -> None:
    paced(account, "hourly", watch.now)
    schedules(account, STREAM).update(state={"settled_until": "nonsense"})
    check = headline(account, watch.now)
    assert (check.code, check.verdict, check.state.tone) == ("planning", "blocks", "bad")
    scheduler.enqueue_due(watch.now)
    later = headline(account, watch.now)
    assert later.code == "due"
    assert "could not be planned at the last look" in later.sentence


def test_a_cascade_says_whose_changes_made_it_due(account: Connection, watch: Watch, at_work: None) -> None:
    sync(account, watch)
    paced(account, "hourly", watch.now)
    change(account, status="PAUSED")
    sync(account, watch, "campaigns")
    check = headline(account, watch.now, "campaign_days")
    assert check.code == "starts"
    assert "Campaigns had changes" in check.sentence
    scheduler.enqueue_due(watch.move(seconds=10))
    drain(watch)
    explained = explaining.explain(account, "campaign_days", watch.now)
    assert explained.reads[0].row.job.trigger == "cascade"
    assert "Campaigns had changes." in explained.decisions[0].decision.reason


def test_why_it_did_sync_names_who_asked_and_what_came_of_it(
    account: Connection, bob: Any, watch: Watch, at_work: None
) -> None:
    sync(account, watch)
    job = actions.sync_now(account, Actor(bob), now=watch.move(minutes=1)).job
    drain(watch)
    watch.move(minutes=1)
    sync(account, watch, "campaigns")
    reads = explaining.explain(account, STREAM, watch.now).reads
    assert [read.row.job.pk for read in reads] == [job.pk, reads[1].row.job.pk]
    assert reads[0].row.asked_by == "by bob@example.com"
    assert reads[0].outcome == "Nothing differed, so nothing was written."
    assert "14 created" in reads[1].outcome
    SyncChunk.objects.all().delete()
    assert "no longer kept" in explaining.explain(account, STREAM, watch.now).reads[0].outcome


def test_the_last_twenty_decisions_come_newest_first(account: Connection, watch: Watch, at_work: None) -> None:
    for number in range(25):
        Decision.objects.create(
            connection=account,
            stream=STREAM,
            decided_at=watch.now + timedelta(minutes=number),
            verdict="started",
            reason=f"Number {number}.",
        )
    decisions = explaining.explain(account, STREAM, watch.now).decisions
    assert [each.decision.reason for each in decisions] == [f"Number {number}." for number in range(24, 4, -1)]


# What is to come


def test_the_coming_day_holds_every_moment_of_the_grid(account: Connection, watch: Watch, at_work: None) -> None:
    sync(account, watch)
    paced(account, "hourly", watch.now)
    ahead = explaining.explain(account, STREAM, watch.now).ahead
    assert (len(ahead.times), ahead.more) == (20, 4)
    assert {later - earlier for earlier, later in zip(ahead.times, ahead.times[1:], strict=False)} == {
        timedelta(hours=1)
    }
    for at in ahead.times[:3]:  # as the scheduler does it
        assert scheduler.enqueue_due(at - timedelta(seconds=1)).jobs == 0
        assert scheduler.enqueue_due(at).jobs == 1
        watch.now = at
        drain(watch)


def test_what_comes_all_the_time_is_said_in_one_line(account: Connection, watch: Watch, at_work: None) -> None:
    paced(account, "realtime", watch.now)
    ahead = explaining.explain(account, STREAM, watch.now).ahead
    assert (ahead.is_constant, ahead.pace, len(ahead.times)) == (True, "every 30 s", 1)


def test_nothing_is_ahead_of_a_manual_one(account: Connection, watch: Watch, at_work: None) -> None:
    assert explaining.explain(account, STREAM, watch.now).ahead.times == ()


@pytest.mark.parametrize(
    ("day", "number", "hours"), [("2026-03-28", 2, 23), ("2026-10-24", 1, 25)], ids=["forward", "back"]
)
def test_daily_moments_keep_their_hour_over_a_change_of_the_clock(
    day: str, number: int, hours: int, make_account: MakeAccount, watch: Watch, at_work: None
) -> None:
    """From the night before to the night after it are 23 or 25 hours, of which a day of 24 holds both or one."""
    account, zone = make_account(), ZoneInfo("Europe/Zurich")
    Connection.objects.filter(pk=account.pk).update(timezone="Europe/Zurich")
    watch.now = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(hours=12)
    sync(account, watch)
    paced(account, "daily", watch.now)
    before = schedules(account, STREAM).get().next_due_at
    assert before.astimezone(zone).date().isoformat() == day
    ahead = explaining.explain(Connection.objects.get(pk=account.pk), STREAM, before).ahead
    assert len(ahead.times) == number
    look(before)
    scheduler.enqueue_due(before)
    after = schedules(account, STREAM).get().next_due_at
    assert after - before == timedelta(hours=hours)
    assert after.astimezone(zone).time() == before.astimezone(zone).time()
    assert ahead.times[-1] == (after if number == 2 else before)


# All of a connection, jobs and chunks


def test_all_streams_cost_as_many_queries_as_few(
    account: Connection, watch: Watch, at_work: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    paced(account, "hourly", watch.now)
    found_connection = Connection.objects.select_related("workspace", "credential", "sync").get(pk=account.pk)
    with django_assert_max_num_queries(12):
        streams = explaining.explain_all(found_connection, watch.now)
    assert [answer.stream for answer in streams.answers] == ["campaigns", "campaign_days", "account_days"]
    assert {answer.headline.code for answer in streams.answers} == {"starts"}


def test_explaining_writes_nothing(account: Connection, watch: Watch, at_work: None) -> None:
    paced(account, "realtime", watch.now)
    bare_job(account, chunks=2)
    with CaptureQueriesContext(database) as queries:
        explaining.explain(account, STREAM, watch.now)
    assert {query["sql"].split()[0] for query in queries} <= {"SELECT"}


def test_an_unknown_stream_is_refused(account: Connection, watch: Watch) -> None:
    with pytest.raises(LookupError, match="no object type called 'nonsense'"):
        explaining.explain(account, "nonsense", watch.now)


def test_a_job_says_where_it_is_and_what_holds_each_chunk(account: Connection, watch: Watch, at_work: None) -> None:
    job = bare_job(account, chunks=3)
    claim(watch)
    late = SyncChunk.objects.filter(lease_token=None).order_by("-chunk_order")[0]
    SyncChunk.objects.filter(pk=late.pk).update(
        ready_at=watch.now + timedelta(seconds=6), retry_count=2, error="It did not answer."
    )
    checks = explaining.explain_job(SyncJob.objects.get(pk=job.pk), watch.now)
    said = [check.sentence for check in checks]
    assert said[0] == "Sync, asked for by a person: queued, 0 of 0 chunks done, 0 failed."
    assert said[1].startswith("It is being read: attempt 1")
    assert "next in the queue" in said[2]
    assert said[3] == "It waits for retry 2 of 3. It did not answer."
    assert moment(checks[3], "goes on") == watch.now + timedelta(seconds=6)


def test_a_chunk_whose_worker_died_says_so(account: Connection, watch: Watch, at_work: None) -> None:
    bare_job(account, chunks=1)
    chunk = claim(watch)
    watch.move(seconds=200)
    WorkerHeartbeat.objects.update(seen_at=watch.now)
    checks = explaining.explain_chunk(SyncChunk.objects.get(pk=chunk.pk), watch.now)
    assert "its lease has ended" in checks[0].sentence
    assert headline(account, watch.now).verdict in ("waits", "blocks")


def test_a_paused_connection_explains_its_waiting_job(account: Connection, watch: Watch, at_work: None) -> None:
    job = bare_job(account, chunks=1)
    Connection.objects.update(paused=True)
    checks = explaining.explain_job(SyncJob.objects.get(pk=job.pk), watch.now)
    assert [check.code for check in checks] == ["job", "paused", "chunk"]


def test_a_job_that_has_ended_says_how(account: Connection, watch: Watch, at_work: None) -> None:
    change(account, errors=[{"kind": "misconfigured", "stream": STREAM}])
    job = sync(account, watch)
    checks = explaining.explain_job(job, watch.now)
    assert len(checks) == 1
    assert "Trouble: misconfigured." in checks[0].sentence
    assert checks[0].remedy == "Wait."
    failed = job.chunks.filter(status="failed")[0]
    assert "Trouble: misconfigured." in explaining.explain_chunk(failed, watch.now)[0].sentence
