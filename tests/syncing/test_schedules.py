"""What the end of a job says of its streams: when they are due again, and who has to follow."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from connections.models import Connection
from syncing import scheduler
from syncing.models import Decision, SyncJob, SyncSchedule
from syncing.scheduler import Dispatched, enqueue_due
from tests.fixtures.engine import NOON, MakeAccount, Watch, change, drain, enqueue, sync
from tests.fixtures.paced import due, make_due, paced, set_type, settled, states, the_job, tick, verdicts
from tests.fixtures.plain import CampaignDays

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
FAILING = [{"kind": "misconfigured", "stream": "account_days"}]


def schedule(account: Connection, stream: str = "account_days") -> SyncSchedule:
    return SyncSchedule.objects.get(connection=account, stream=stream)


def only(account: Connection, *streams: str) -> None:
    """Nothing else of it is scheduled."""
    SyncSchedule.objects.filter(connection=account).exclude(stream__in=streams).update(next_due_at=None)


def tries(account: Connection, watch: Watch, amount: int) -> list[datetime]:
    """When the account's totals are tried, whenever they are due."""
    found = []
    for _ in range(amount):
        only(account, "account_days")
        watch.now = max(watch.now, due(account)["account_days"])
        assert tick(watch).jobs == 1
        found.append(watch.now)
    return found


# What fails


@pytest.mark.spec("A84", "C10")
def test_a_failure_is_tried_again_later_each_time_and_no_sooner_than_the_interval(
    make_account: MakeAccount, watch: Watch
) -> None:
    """First after retry_delay, then twice that, and so on, up to four hours."""
    set_type("account_days", retry_delay=600)
    account = settled(make_account, watch, "realtime")
    change(account, errors=FAILING)
    tried = tries(account, watch, 9)
    minutes = [(later - earlier) / timedelta(minutes=1) for earlier, later in pairwise(tried)]
    assert minutes == [10, 20, 40, 80, 240, 240, 240, 240]


def test_an_interval_that_is_longer_stays_as_it_is(make_account: MakeAccount, watch: Watch) -> None:
    account = settled(make_account, watch, "hourly")
    change(account, errors=FAILING)
    tried = tries(account, watch, 8)
    gaps = [later - earlier for earlier, later in pairwise(tried)]
    assert gaps[:4] == [HOUR] * 4
    assert all(gap >= 4 * HOUR for gap in gaps[4:])


def test_one_success_ends_the_back_off_at_once(make_account: MakeAccount, watch: Watch) -> None:
    """Also one that a person started: nobody waits out the hours that are left."""
    account = settled(make_account, watch, "hourly")
    change(account, errors=FAILING)
    tries(account, watch, 6)
    assert due(account)["account_days"] > watch.now + 3 * HOUR
    change(account, errors=[])
    watch.move(minutes=1)
    sync(account, watch)
    assert schedule(account).consecutive_failures == 0
    assert watch.now < due(account)["account_days"] <= watch.now + HOUR


def test_the_other_streams_of_a_connection_keep_their_pace(make_account: MakeAccount, watch: Watch) -> None:
    account = settled(make_account, watch, "hourly")
    change(account, errors=FAILING)
    for _ in range(6):
        watch.now = min(due(account).values())
        tick(watch)
    assert states(account, "consecutive_failures") == {"campaigns": 0, "campaign_days": 0, "account_days": 5}
    assert due(account)["campaign_days"] <= watch.now + HOUR < due(account)["account_days"]


def test_the_breaker_is_said_once_and_closed_by_a_success(
    make_account: MakeAccount, watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    account = settled(make_account, watch, "hourly")
    change(account, errors=FAILING)
    tries(account, watch, 4)
    assert not Decision.objects.filter(verdict="breaker").exists()
    tries(account, watch, 4)
    said = Decision.objects.get(verdict="breaker")
    assert said.reason.startswith("It failed 5 times in a row")
    assert "Trouble: misconfigured." in said.reason
    assert said.next_look_at == said.decided_at + 4 * HOUR
    assert "a stream fails again and again" in caplog.text
    assert schedule(account).verdict == "breaker"
    assert verdicts(account)[-1] == ("account_days", "breaker"), "each try is no news"
    change(account, errors=[])
    tries(account, watch, 2)
    assert verdicts(account)[-1] == ("account_days", "started")
    assert schedule(account).verdict == "started"
    assert "a stream works again" in caplog.text
    change(account, errors=FAILING)
    tries(account, watch, 5)
    assert Decision.objects.filter(verdict="breaker").count() == 2


def test_a_failure_schedules_nothing_that_is_manual(account: Connection, watch: Watch) -> None:
    change(account, errors=FAILING)
    for _ in range(6):
        sync(account, watch)
    assert set(due(account).values()) == {None}


# Who follows


@pytest.fixture
def summed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The account's totals tell whether the campaigns' days have news."""
    monkeypatch.setattr(CampaignDays, "summed_up_by", "account_days")


@pytest.mark.usefixtures("summed")
def test_what_hangs_on_a_change_is_due_at_once(make_account: MakeAccount, watch: Watch) -> None:
    account = settled(make_account, watch)
    make_due(account, watch, "account_days")
    tick(watch)
    assert due(account)["campaign_days"] == watch.now + HOUR, "nothing has changed"
    change(account, salt="other")
    make_due(account, watch, "account_days")
    tick(watch)
    assert due(account) | {"account_days": None} == {
        "campaigns": watch.now + HOUR,
        "campaign_days": watch.now,
        "account_days": None,
    }
    assert enqueue_due(watch.now) == Dispatched(jobs=1, streams=1)
    job = the_job()
    assert (job.trigger, job.scope["streams"]) == ("cascade", ["campaign_days"])
    drain(watch)
    assert schedule(account, "campaign_days").due_because == ""
    assert enqueue_due(watch.now) == Dispatched()


@pytest.mark.usefixtures("summed")
def test_a_decision_says_whose_change_it_was(make_account: MakeAccount, watch: Watch) -> None:
    account = settled(make_account, watch)
    change(account, salt="other")
    SyncSchedule.objects.update(verdict="")
    make_due(account, watch, "account_days")
    tick(watch)
    enqueue_due(watch.now)
    assert Decision.objects.order_by("pk").last().reason == "It was due. Daily totals had changes."  # type: ignore[union-attr]


def test_a_change_goes_on_from_stream_to_stream(make_account: MakeAccount, watch: Watch) -> None:
    """Totals, then the campaigns' days that hang on them, then what hangs on those."""
    set_type("campaign_days", depends_on="account_days")
    set_type("campaigns", depends_on="campaign_days")
    account = settled(make_account, watch)
    change(account, salt="other", suffix=" renamed")
    make_due(account, watch, "account_days")
    tick(watch)
    found = []
    while enqueue_due(watch.now).jobs:
        found.append(tuple(the_job().scope["streams"]))
        drain(watch)
    assert found == [("campaign_days",), ("campaigns",)]


def test_what_the_same_job_has_read_does_not_follow(make_account: MakeAccount, watch: Watch) -> None:
    account = settled(make_account, watch)
    change(account, salt="other", suffix=" renamed")
    make_due(account, watch)
    tick(watch)
    assert enqueue_due(watch.now) == Dispatched()
    assert min(due(account).values()) > watch.now


@pytest.mark.parametrize("why", ["manual", "switched off", "failing", "no cascade", "nothing new"])
@pytest.mark.usefixtures("summed")
def test_who_does_not_follow(make_account: MakeAccount, watch: Watch, why: str) -> None:
    account = settled(make_account, watch)
    change(account, salt="other" if why != "nothing new" else "")
    if why == "manual":
        paced(account, "manual", watch)
    if why == "switched off":
        set_type("campaign_days", is_sync_enabled=False)
    if why == "no cascade":
        set_type("account_days", cascade_sync=False)
    if why == "failing":
        SyncSchedule.objects.filter(stream="campaign_days").update(consecutive_failures=1)
    before = due(account)["campaign_days"]
    sync(account, watch, "account_days")
    assert due(account)["campaign_days"] == before
    assert enqueue_due(watch.now) == Dispatched()


# What a run of it costs


def test_the_calls_of_scheduled_runs_are_averaged(make_account: MakeAccount, watch: Watch) -> None:
    account = settled(make_account, watch, page_size=3)
    first = schedule(account).average_calls
    assert first == 6.0, "14 days, 7 in a window, 3 on a page"
    watch.now = due(account)["account_days"]
    tick(watch)
    assert schedule(account).average_calls == pytest.approx(6 + 0.2 * (1 - 6))
    sync(account, watch)
    assert schedule(account).average_calls == pytest.approx(5.0), "what a person asks for is another limit's"


def test_how_stale_and_how_fresh(make_account: MakeAccount, watch: Watch) -> None:
    """The threshold of the type, or two intervals, after the last success; a failure is no success."""
    set_type("account_days", staleness_threshold_minutes=300)
    account = settled(make_account, watch, "hourly")
    assert states(account, "stale_at") == {
        "campaigns": NOON + 2 * HOUR,
        "campaign_days": NOON + 2 * HOUR,
        "account_days": NOON + 5 * HOUR,
    }
    change(account, errors=FAILING)
    watch.move(hours=1)
    make_due(account, watch)
    tick(watch)
    assert schedule(account).stale_at == NOON + 5 * HOUR
    assert schedule(account, "campaigns").stale_at == NOON + 3 * HOUR
    paced(account, "daily", watch)
    assert schedule(account, "campaigns").stale_at == NOON + timedelta(hours=1 + 48)
    paced(account, "manual", watch)
    assert set(states(account, "stale_at").values()) == {None}


def test_what_is_asked_for_while_a_scheduled_job_runs_is_of_no_concern_to_the_schedule(
    make_account: MakeAccount, watch: Watch
) -> None:
    account = settled(make_account, watch)
    watch.move(hours=1)
    make_due(account, watch)
    enqueue_due(watch.now)
    before = due(account)
    january: dict[str, Any] = {"since": NOON.date() - timedelta(days=90), "until": NOON.date() - timedelta(days=60)}
    enqueue(account, watch.now, **january)
    drain(watch)
    assert SyncJob.objects.filter(sync_type="range", status="completed").count() == 1
    assert {name: max(moment, watch.now + timedelta(seconds=1)) for name, moment in before.items()} == before
    assert due(account)["account_days"] == before["account_days"]
    assert schedule(account).state["settled_until"] > "2026-03-01"
    assert scheduler.heal(watch.now) == 0


def test_days_of_long_ago_say_nothing_of_the_schedule(make_account: MakeAccount, watch: Watch) -> None:
    """Neither do their failures slow it, nor does their success make it well."""
    account = settled(make_account, watch, "hourly")
    long_ago = NOON.date() - timedelta(days=300)
    change(account, errors=[*FAILING, {"kind": "misconfigured", "since": long_ago.isoformat()}])
    before = due(account)
    for _ in range(5):
        sync(account, watch, "account_days", since=long_ago, until=long_ago)
    assert due(account) == before
    assert schedule(account).consecutive_failures == 0
    tries(account, watch, 6)
    slowed = due(account)
    change(account, errors=[])
    sync(account, watch, "account_days", since=long_ago, until=long_ago)
    assert (schedule(account).consecutive_failures, schedule(account).verdict) == (6, "breaker")
    assert due(account) == slowed


def test_a_first_sync_counts_as_the_scheduled_run(account: Connection, watch: Watch) -> None:
    """Or a new daily account would be read twice within minutes."""
    paced(account, "daily", watch)
    sync(account, watch)
    assert SyncJob.objects.get().sync_type == "initial"
    assert enqueue_due(watch.now) == Dispatched()
    assert all(watch.now < moment <= watch.now + 25 * HOUR for moment in due(account).values())


@pytest.mark.parametrize("why", ["a range to today", "another stream", "days ago"])
def test_what_is_less_than_the_scheduled_run_does_not_count_as_it(account: Connection, watch: Watch, why: str) -> None:
    paced(account, "daily", watch)
    today: dict[str, Any] = {"since": NOON.date(), "until": NOON.date()}
    if why == "a range to today":
        sync(account, watch, "account_days", **today)
    elif why == "another stream":
        sync(account, watch, "campaigns")
    else:
        enqueue(account, watch.now)
        SyncJob.objects.update(created_at=NOON - timedelta(days=2), planned_at=NOON - timedelta(days=2))
        drain(watch)
    assert due(account)["account_days"] == NOON
