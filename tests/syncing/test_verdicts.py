"""What is due and does not start: whom it waits for, why, and that nobody else waits with it."""

import time
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import OperationalError
from hypothesis import given
from hypothesis import strategies as st

from connections.models import Connection
from connections.sources import CallLimit
from syncing import budget
from syncing.models import Decision, SyncChunk, SyncJob, SyncSchedule
from syncing.scheduler import Dispatched, due, enqueue_due, jobs
from syncing.scheduler.due import Candidate, fair_order
from syncing.scheduler.verdicts import tightest
from tests.fixtures import plain as provider
from tests.fixtures.engine import NOON, MakeAccount, Watch, drain
from tests.fixtures.paced import due as due_of
from tests.fixtures.paced import make_due, many, paced, set_type, settled, the_job, tick, verdicts

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


# Parents first


def test_a_child_waits_for_a_parent_that_was_never_read(account: Connection, watch: Watch) -> None:
    paced(account, "hourly", watch)
    make_due(account, watch, "campaign_days", "account_days")
    assert enqueue_due(watch.now) == Dispatched(jobs=1, streams=1, held_back=1)
    assert the_job().scope["streams"] == ["account_days"]
    drain(watch)
    held = Decision.objects.get(verdict="parent")
    assert (held.stream, held.reason) == ("campaign_days", "Campaigns has to be read first, and never was.")
    assert [enqueue_due(watch.now).held_back for _ in range(3)] == [1, 1, 1]
    assert Decision.objects.filter(verdict="parent").count() == 1


def test_a_child_starts_with_its_parent_in_the_same_job_and_behind_it(account: Connection, watch: Watch) -> None:
    paced(account, "hourly", watch)
    make_due(account, watch, "campaign_days", "campaigns")
    assert enqueue_due(watch.now) == Dispatched(jobs=1, streams=2)
    drain(watch)
    assert list(SyncJob.objects.get().chunks.order_by("chunk_order").values_list("stream", flat=True)) == [
        "campaigns",
        "campaign_days",
        "campaign_days",
    ]


def test_a_child_follows_when_its_parent_has_been_read(account: Connection, watch: Watch) -> None:
    paced(account, "hourly", watch)
    make_due(account, watch, "campaign_days")
    assert enqueue_due(watch.now).held_back == 1
    SyncSchedule.objects.filter(connection=account, stream="campaigns").update(next_due_at=watch.now)
    tick(watch)
    assert verdicts(account) == [("campaign_days", "parent"), ("campaigns", "started"), ("campaign_days", "started")]


def test_a_child_waits_while_its_parent_fails_for_the_first_time(make_account: MakeAccount, watch: Watch) -> None:
    account = paced(make_account(errors=[{"kind": "misconfigured", "stream": "campaigns"}]), "hourly", watch)
    make_due(account, watch, "campaigns")
    tick(watch)
    make_due(account, watch, "campaign_days")
    assert enqueue_due(watch.now) == Dispatched(held_back=1)
    assert not SyncJob.objects.active().exists()


def test_a_child_does_not_wait_for_a_parent_that_is_switched_off(account: Connection, watch: Watch) -> None:
    set_type("campaigns", is_sync_enabled=False)
    paced(account, "hourly", watch)
    assert enqueue_due(watch.now) == Dispatched(jobs=1, streams=2)


def test_a_parent_that_fails_now_and_was_read_once_is_no_obstacle(make_account: MakeAccount, watch: Watch) -> None:
    account = settled(make_account, watch)
    SyncSchedule.objects.filter(stream="campaigns").update(consecutive_failures=9)
    make_due(account, watch, "campaign_days")
    assert enqueue_due(watch.now) == Dispatched(jobs=1, streams=1)


# Budgets


def limit(settings: Any, per_hour: int, **others: Any) -> None:
    its = provider.SETTINGS | {"scheduled_per_hour": per_hour} | others
    settings.PROVIDERS = {**configured.PROVIDERS, provider.KIND: its}


def spend(calls: int, bucket: str, per_hour: int, watch: Watch) -> None:
    assert budget.reserve([CallLimit(bucket, per_hour)], watch.now, wanted=calls) == calls


@pytest.mark.spec("A41")
def test_what_does_not_fit_the_hour_is_not_begun_and_is_when_there_is_room(
    make_account: MakeAccount, watch: Watch, settings: Any
) -> None:
    account = settled(make_account, watch)
    limit(settings, 180)
    bucket = f"plain_{account.external_account_id}/scheduled"
    spend(178, bucket, 180, watch)
    watch.move(minutes=10)
    make_due(account, watch)
    assert [enqueue_due(watch.now) for _ in range(3)] == [Dispatched(held_back=3)] * 3
    assert not SyncJob.objects.active().exists()
    held = list(Decision.objects.filter(verdict="budget"))
    assert len(held) == 3
    assert {(each.calls_used, each.calls_allowed) for each in held} == {(178, 180)}
    assert held[0].reason == "178 of 180 calls of this hour are used, and it needs at least 3."
    free_at = held[0].next_look_at
    assert free_at
    assert NOON + HOUR < free_at < NOON + HOUR + timedelta(minutes=3)
    assert enqueue_due(free_at - timedelta(minutes=1)) == Dispatched(held_back=3)
    watch.now = free_at
    assert enqueue_due(watch.now) == Dispatched(jobs=1, streams=3)
    assert set(SyncSchedule.objects.values_list("verdict", flat=True)) == {"started"}


def test_what_fits_to_the_last_call_is_begun(make_account: MakeAccount, watch: Watch, settings: Any) -> None:
    account = settled(make_account, watch)
    limit(settings, 180)
    spend(177, f"plain_{account.external_account_id}/scheduled", 180, watch)
    make_due(account, watch)
    assert enqueue_due(watch.now).jobs == 1


def test_what_fits_no_hour_at_all_begins_with_a_fresh_one(account: Connection, watch: Watch, settings: Any) -> None:
    limit(settings, 2)
    paced(account, "hourly", watch)
    assert enqueue_due(watch.now).jobs == 1


@pytest.mark.parametrize("batch", [100, 1], ids=["in one transaction", "in one each"])
def test_accounts_that_share_a_limit_are_counted_together(
    make_account: MakeAccount, watch: Watch, settings: Any, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """Seven calls are left and each needs three: what has begun counts, though it has made no call yet."""
    accounts = [settled(make_account, watch) for _ in range(4)]
    limit(settings, 100, bucket="everybody")
    monkeypatch.setattr(due, "A_BATCH", batch)
    spend(93, "everybody/scheduled", 100, watch)
    for each in accounts:
        make_due(each, watch)
    assert enqueue_due(watch.now) == Dispatched(jobs=2, streams=6, held_back=6)


def test_a_provider_that_wants_quiet_is_not_asked(make_account: MakeAccount, watch: Watch, settings: Any) -> None:
    account = settled(make_account, watch)
    limit(settings, 100)
    until = watch.now + HOUR
    budget.block(f"plain_{account.external_account_id}/scheduled", until, "It asked for an hour.")
    make_due(account, watch)
    assert enqueue_due(watch.now) == Dispatched(held_back=3)
    held = Decision.objects.filter(verdict="blocked")
    assert set(held.values_list("reason", "next_look_at")) == {("It asked for an hour.", until)}
    assert enqueue_due(until).jobs == 1


def test_who_is_to_be_quiet_is_no_candidate_until_then(make_account: MakeAccount, watch: Watch, settings: Any) -> None:
    """Or thousands of them would be planned anew at every tick, and hide the rest of their workspace."""
    account = settled(make_account, watch)
    limit(settings, 100)
    until = watch.now + HOUR
    budget.block(f"plain_{account.external_account_id}/scheduled", until, "It asked for an hour.")
    make_due(account, watch)
    assert [enqueue_due(watch.now) for _ in range(2)] == [Dispatched(held_back=3), Dispatched()]
    assert set(due_of(account).values()) == {until}


@pytest.mark.parametrize("gap", [200, 20])
def test_a_large_need_begins_beside_a_fast_account_of_the_same_limit(
    make_account: MakeAccount, watch: Watch, settings: Any, gap: int
) -> None:
    """And a gap of its own does not silence what is fast."""
    fast, large = settled(make_account, watch, "realtime"), settled(make_account, watch, "daily")
    limit(settings, 60, bucket="everybody")
    watch.move(hours=2)
    for look in range(240):
        enqueue_due(watch.now, fast_only=look % 10 > 0)
        drain(watch)
        watch.now = max(watch.now, NOON + timedelta(hours=2, seconds=30 * (look + 1)))
    settled_until = (watch.now.date() - timedelta(days=gap)).isoformat()
    mine = SyncSchedule.objects.filter(connection__in=[fast, large], stream="campaign_days")
    mine.update(next_due_at=watch.now, state={"settled_until": settled_until})
    waits = {fast.pk, large.pk}
    begin = watch.now
    while waits and watch.now < begin + timedelta(minutes=10):
        enqueue_due(watch.now)
        waits -= set(SyncJob.objects.filter(created_at__gte=begin).values_list("connection", flat=True))
        watch.move(seconds=30)
    assert not waits


def test_a_fast_stream_alone_comes_as_often_as_its_calls_are_earned(
    make_account: MakeAccount, watch: Watch, settings: Any
) -> None:
    """Which is its pace and no verdict."""
    account = settled(make_account, watch, "realtime")
    limit(settings, 180)
    bucket = f"plain_{account.external_account_id}/scheduled"
    spend(150, bucket, 180, watch)
    earned_at = budget.fills([bucket], watch.now)[bucket].earned_at
    assert earned_at
    assert earned_at > watch.now + timedelta(minutes=5)
    watch.move(seconds=30)
    make_due(account, watch, "account_days")
    assert enqueue_due(watch.now) == Dispatched()
    again_at = due_of(account)["account_days"]
    assert watch.now < again_at <= earned_at
    assert verdicts(account) == [(stream, "started") for stream in ("campaigns", "campaign_days", "account_days")]
    make_due(account, watch, "account_days", "campaigns")
    assert enqueue_due(watch.now).jobs == 1, "what is slow does not wait for it"


# Nobody waits for what is broken


def _bad_state(account: Connection) -> None:
    SyncSchedule.objects.filter(connection=account).update(state={"depths": "nonsense", "listed_at": 7})


def _no_such_provider(account: Connection) -> None:
    Connection.objects.filter(pk=account.pk).update(provider="gone")


@pytest.mark.parametrize("spoil", [_bad_state, _no_such_provider])
def test_an_account_that_cannot_be_planned_delays_nobody(make_account: MakeAccount, watch: Watch, spoil: Any) -> None:
    accounts = [settled(make_account, watch) for _ in range(3)]
    for each in accounts:
        make_due(each, watch)
    spoil(accounts[1])
    assert enqueue_due(watch.now).jobs == 2
    assert [verdict for _, verdict in verdicts(accounts[1])[3:]] == ["broken"] * 3
    assert set(due_of(accounts[1]).values()) == {watch.now + timedelta(minutes=15)}
    drain(watch)
    for each in (accounts[0], accounts[2]):
        paced(each, "manual", watch)
    for _ in range(3):
        assert enqueue_due(watch.move(minutes=15)) == Dispatched(held_back=3)
    assert Decision.objects.filter(connection=accounts[1], verdict="broken").count() == 3, "it is said once"


def test_an_account_that_cannot_be_started_delays_nobody(
    make_account: MakeAccount, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is found when its rows are made, with those of others in the same transaction."""
    accounts = [settled(make_account, watch) for _ in range(4)]
    for each in accounts:
        make_due(each, watch)
    queue = jobs._queue

    def spoiled(job: SyncJob, *others: Any) -> str:
        if job.connection_id == accounts[2].pk:
            raise ZeroDivisionError
        return queue(job, *others)

    monkeypatch.setattr(jobs, "_queue", spoiled)
    assert enqueue_due(watch.now).jobs == 3
    assert {job.connection_id for job in SyncJob.objects.active()} == {each.pk for each in accounts} - {accounts[2].pk}
    assert [verdict for _, verdict in verdicts(accounts[2])[3:]] == ["broken"] * 3
    assert set(due_of(accounts[2]).values()) == {watch.now + timedelta(minutes=15)}
    monkeypatch.undo()
    drain(watch)
    watch.move(minutes=15)
    enqueue_due(watch.now)
    assert [verdict for _, verdict in verdicts(accounts[2])[6:]] == ["started"] * 3


def _locked(monkeypatch: pytest.MonkeyPatch, *accounts: Connection) -> None:
    """As where somebody holds a row of theirs for longer than lock_timeout."""
    queue, theirs = jobs._queue, {each.pk for each in accounts}

    def waiting(job: SyncJob, *others: Any) -> str:
        if job.connection_id in theirs:
            time.sleep(due.LONGEST_TICK_SECONDS + 0.1)
            raise OperationalError("canceling statement due to lock timeout")
        return queue(job, *others)

    monkeypatch.setattr(jobs, "_queue", waiting)


@pytest.mark.parametrize("at", [0, 1, 2], ids=["first", "amid", "last"])
def test_a_row_that_somebody_holds_delays_its_batch_alone(
    make_account: MakeAccount, watch: Watch, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    accounts = [settled(make_account, watch) for _ in range(3)]
    for ago, each in zip((30, 20, 10), accounts, strict=True):
        make_due(each, watch, ago=ago)
    monkeypatch.setattr(due, "A_BATCH", 1)
    with monkeypatch.context() as patch:
        _locked(patch, accounts[at])
        assert enqueue_due(watch.now).jobs == 2
    assert set(due_of(accounts[at]).values()) == {watch.now - timedelta(seconds=(30, 20, 10)[at])}
    assert enqueue_due(watch.now).jobs == 1, "nothing is wrong with it"


def test_a_database_that_is_gone_ends_the_tick(
    make_account: MakeAccount, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = [settled(make_account, watch) for _ in range(3)]
    for each in accounts:
        make_due(each, watch)
    monkeypatch.setattr(due, "A_BATCH", 1)
    _locked(monkeypatch, *accounts)
    with pytest.raises(OperationalError):
        enqueue_due(watch.now)


def test_an_account_that_always_fails_delays_nobody(make_account: MakeAccount, watch: Watch) -> None:
    poison = paced(make_account(errors=[{"kind": "misconfigured"}]), "30min", watch)
    others = [settled(make_account, watch, "30min") for _ in range(3)]
    turns: Counter[Any] = Counter()
    for _ in range(24):
        watch.move(minutes=5)
        overdue = {each.pk for each in others if min(due_of(each).values()) <= watch.now}
        enqueue_due(watch.now)
        assert overdue <= {job.connection_id for job in SyncJob.objects.active()}
        turns.update(overdue)
        drain(watch)
    assert turns == {each.pk: 4 for each in others}, "each was due every half hour, and was started"
    assert SyncJob.objects.filter(connection=poison, status="failed").count() >= 3


# Fair


def candidates(draw: Any) -> list[Candidate]:
    ages = st.integers(0, 5)
    rows = draw(st.lists(st.tuples(st.integers(1, 6), ages, st.integers(1, 5), ages), max_size=60, unique=True))
    return [
        Candidate(number, workspace, NOON + (3 - stale) * HOUR, priority, NOON - waited * HOUR)  # type: ignore[arg-type]
        for number, (workspace, stale, priority, waited) in enumerate(rows)
    ]


@given(st.composite(candidates)())
def test_each_workspace_in_turn_and_in_each_the_most_urgent_first(found: list[Candidate]) -> None:
    order = fair_order(found, NOON)
    assert sorted(order) == sorted(each.connection for each in found)
    by_id = {each.connection: each for each in found}
    workspaces = [by_id[pk].workspace for pk in order]
    turns = [workspaces[:at].count(workspace) for at, workspace in enumerate(workspaces)]
    assert turns == sorted(turns)
    for workspace in set(workspaces):
        mine = [by_id[pk] for pk in order if by_id[pk].workspace == workspace]
        urgency = [(each.stale_at > NOON, each.priority, each.due_at) for each in mine]
        assert urgency == sorted(urgency)
    assert order == fair_order(list(reversed(found)), NOON)


def test_a_noisy_workspace_does_not_keep_others_waiting(
    make_account: MakeAccount, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even where it has more overdue accounts than are looked at in one tick, all of them overdue for longer."""
    many(make_account(), 300, "hourly", watch.now - HOUR)
    quiet = [many(make_account(), 2, "hourly", watch.now) for _ in range(20)]
    monkeypatch.setattr(due, "MOST_CANDIDATES", 45)
    monkeypatch.setattr(due, "A_BATCH", 21)
    monkeypatch.setattr(due, "LONGEST_TICK_SECONDS", -1.0)
    assert enqueue_due(watch.now).jobs == 21
    started = {job.connection_id for job in SyncJob.objects.active()}
    assert sum(any(each.pk in started for each in pair) for pair in quiet) == 20
    assert enqueue_due(watch.now).jobs == 21
    started = {job.connection_id for job in SyncJob.objects.active()}
    assert all(each.pk in started for pair in quiet for each in pair)


def test_stale_first_then_by_priority_then_who_waits_longest(make_account: MakeAccount, watch: Watch) -> None:
    """In one workspace; and the rank is kept, however stale others become meanwhile."""
    set_type("account_days", priority=5)
    set_type("campaigns", priority=1)
    account = settled(make_account, watch)
    others = many(account, 3, "hourly", watch.now)
    low, high, stale = others
    SyncSchedule.objects.update(stale_at=watch.now + HOUR, next_due_at=None)
    for each, stream in ((low, "account_days"), (high, "campaigns"), (stale, "account_days")):
        SyncSchedule.objects.filter(connection=each, stream=stream).update(next_due_at=watch.now)
    SyncSchedule.objects.filter(connection=stale).update(stale_at=watch.now)
    for each in others:
        SyncSchedule.objects.filter(connection=each, stream="account_days").update(priority=5)
        SyncSchedule.objects.filter(connection=each, stream="campaigns").update(priority=1)
    order = fair_order(due._candidates(watch.now, fast_only=False), watch.now)
    assert order == [stale.pk, high.pk, low.pk]
    assert enqueue_due(watch.now).jobs == 3
    ranks = {job.connection_id: set(job.chunks.values_list("rank", flat=True)) for job in SyncJob.objects.active()}
    assert ranks == {stale.pk: {5}, high.pk: {11}, low.pk: {15}}
    SyncSchedule.objects.update(stale_at=watch.now)
    claimed: list[Any] = []
    drain_order(watch, claimed)
    assert claimed == [stale.pk, high.pk, low.pk]


def test_what_is_held_back_does_not_keep_its_own_workspace_waiting(
    make_account: MakeAccount, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays due and grows stale, so it would be looked at first for ever. Another workspace keeps its turn."""
    (other,) = many(make_account(), 1, "hourly", watch.now)
    accounts = many(make_account(), 7, "hourly", watch.now)
    held, free = accounts[:5], accounts[5:]
    waiting = SyncSchedule.objects.filter(connection__in=held)
    waiting.update(verdict="budget", stale_at=watch.now - HOUR, next_due_at=watch.now - HOUR, priority=1)
    waiting.filter(stream="campaign_days").update(verdict="parent")
    SyncSchedule.objects.filter(connection__in=[*free, other]).update(stale_at=watch.now + HOUR)
    monkeypatch.setattr(due, "MOST_CANDIDATES", 4)
    order = fair_order(due._candidates(watch.now, fast_only=False), watch.now)
    assert set(order[:2]) == {other.pk, free[0].pk} or set(order[:2]) == {other.pk, free[1].pk}
    assert {order[2]} < {each.pk for each in free}
    assert order[3] in {each.pk for each in held}
    waiting.filter(connection=held[4], stream="campaigns").update(verdict="started")
    order = fair_order(due._candidates(watch.now, fast_only=False), watch.now)
    assert held[4].pk in order[:2], "of which something may start is not held back"


def test_stale_ones_are_seen_first_where_not_all_fit(
    make_account: MakeAccount, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    *fresh, stale = many(make_account(), 5, "hourly", watch.now)
    SyncSchedule.objects.filter(connection__in=fresh).update(
        stale_at=watch.now + HOUR, next_due_at=watch.now - HOUR, priority=1
    )
    monkeypatch.setattr(due, "MOST_CANDIDATES", 1)
    assert fair_order(due._candidates(watch.now, fast_only=False), watch.now) == [stale.pk]


def drain_order(watch: Watch, claimed: list[Any]) -> None:
    while chunk := SyncChunk.claim_next(watch.now):
        if chunk.connection_id not in claimed:
            claimed.append(chunk.connection_id)


def test_what_people_ask_for_does_not_slow_the_schedule() -> None:
    """Each limit has its own pace; the larger one is filled by first syncs and Sync now."""
    larger, own, blocks = CallLimit("act_1", 2000), CallLimit("act_1/scheduled", 180), CallLimit("app")
    assert tightest([larger, own, blocks]) == own
    assert tightest([blocks]) is None


# What is written down


def test_a_start_because_of_changes_elsewhere_is_written_down_each_time(account: Connection, watch: Watch) -> None:
    """But for the totals of a realtime account, which have changes all the time."""
    paced(account, "hourly", watch)
    tick(watch)
    written = Decision.objects.filter(stream="campaign_days")
    for number in (2, 3):
        make_due(account, watch, "campaign_days")
        SyncSchedule.objects.filter(stream="campaign_days").update(due_because="Campaigns")
        tick(watch)
        assert written.count() == number
    assert written.order_by("pk").last().reason == "It was due. Campaigns had changes."  # type: ignore[union-attr]


def test_the_totals_of_a_realtime_account_do_not_flood_the_decisions(
    account: Connection, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider.PlainSource.stream("campaign_days"), "summed_up_by", "account_days")
    paced(account, "realtime", watch)
    tick(watch)
    totals = set_type("account_days").display_name
    make_due(account, watch, "campaign_days")
    SyncSchedule.objects.filter(stream="campaign_days").update(due_because=totals)
    assert tick(watch).jobs == 1
    assert Decision.objects.filter(stream="campaign_days").count() == 1


def test_a_steady_stream_has_a_decision_for_as_long_as_decisions_are_kept(
    account: Connection, watch: Watch, settings: Any
) -> None:
    settings.KEEP_DAYS = {**settings.KEEP_DAYS, "decisions": 2}
    paced(account, "hourly", watch)
    for hours, written in ((0, 3), (1, 3), (46, 3), (2, 6)):
        watch.move(hours=hours)
        make_due(account, watch)
        assert tick(watch).jobs == 1
        assert Decision.objects.count() == written, hours
