"""Streams that follow their totals: these are read first, and of the older days those whose totals have changed."""

import threading
from datetime import date, timedelta
from typing import Any, ClassVar

import pytest

from connections import registry
from connections.models import Connection
from connections.sources import Stream
from projects.models import Coverage, DailyMetric
from projects.tables import TABLES
from syncing import cancelling, runner, scheduler
from syncing.budget import Purse
from syncing.models import SyncChunk, SyncJob
from syncing.scheduler import plans
from syncing.scheduler.known import known_of
from syncing.scope import Scope
from tests.fixtures import plain as provider
from tests.fixtures.engine import TODAY, MakeAccount, Watch, change, claim, drain, enqueue, expected_numbers, numbers
from tests.fixtures.engine import sync as sync_all

pytestmark = pytest.mark.django_db

D = date.fromisoformat
FIRST_DAY = TODAY - timedelta(days=13)


class Followers(provider.CampaignDays):
    lookback_days: ClassVar[int] = 1
    summed_up_by: ClassVar[str | None] = "account_days"
    follows_totals: ClassVar[bool] = True


class FollowingSource(provider.PlainSource):
    streams: ClassVar[tuple[Stream, ...]] = (provider.Campaigns(), provider.AccountDays(), Followers())  # type: ignore[assignment]


@pytest.fixture
def following(plain: None) -> None:
    """The plain provider, whose campaigns by day follow the totals."""
    registry.SOURCES[provider.KIND] = registry.Listed("Plain", f"{__name__}.FollowingSource")


@pytest.fixture
def account(make_account: MakeAccount, following: None, watch: Watch) -> Connection:
    """Read once."""
    made = make_account()
    assert sync_all(made, watch).status == SyncJob.Status.COMPLETED
    watch.move(hours=1)
    return made


def run(chunk: SyncChunk, watch: Watch) -> None:
    runner.run_chunk(chunk, clock=watch, stop=threading.Event(), purse=Purse(watch))


def slices(job: SyncJob, stream: str = "campaign_days") -> list[str]:
    rows = job.chunks.filter(stream=stream).order_by("chunk_order", "id").values_list("start_date", "end_date")
    return [f"{since:%m-%d} {until:%m-%d}" for since, until in rows]


def restate(connection: Connection, *days: str) -> None:
    """As though the stored totals of these days were other ones than the provider tells."""
    rows = DailyMetric.objects.filter(connection=connection, date__in=[D(f"2026-03-{day}") for day in days])
    rows.update(spend_micros=1, fingerprint=0)


def test_totals_are_planned_with_the_lists_and_what_follows_them_after(account: Connection, watch: Watch) -> None:
    known = known_of(account)
    first = [plan.stream.name for plan in plans.structure(known, Scope(), watch.now)]
    then = [plan.stream.name for plan in plans.metrics(known, Scope(), watch.now)]
    assert first == ["campaigns", "account_days", "account_days"]
    assert then == ["campaign_days"]


def test_without_followers_among_what_is_wanted_totals_are_numbers_like_any(account: Connection, watch: Watch) -> None:
    known, scope = known_of(account), Scope(("campaigns", "account_days"))
    assert [plan.stream.name for plan in plans.structure(known, scope, watch.now)] == ["campaigns"]
    assert {plan.stream.name for plan in plans.metrics(known, scope, watch.now)} == {"account_days"}


def test_a_first_sync_reads_every_day_of_the_totals_once(
    make_account: MakeAccount, following: None, watch: Watch
) -> None:
    made = make_account()
    job = sync_all(made, watch)
    assert slices(job) == ["03-19 03-20", "03-12 03-18", "03-07 03-11"]
    assert numbers(made) == expected_numbers(made)


def test_only_days_whose_totals_have_changed_are_read_again(account: Connection, watch: Watch) -> None:
    restate(account, "08", "11", "12")
    job = sync_all(account, watch)
    assert slices(job) == ["03-19 03-20", "03-11 03-12", "03-08 03-08"]
    assert numbers(account) == expected_numbers(account)
    watch.move(hours=1)
    assert slices(sync_all(account, watch)) == ["03-19 03-20"]


def test_days_that_could_not_be_read_again_stay_behind(account: Connection, watch: Watch) -> None:
    restate(account, "08", "15")
    broken = {"kind": "misconfigured", "stream": "campaign_days", "since": "2026-03-08"}
    change(account, errors=[broken])
    assert sync_all(account, watch).status == SyncJob.Status.COMPLETED_WITH_FAILURES
    change(account, errors=[])
    watch.move(hours=1)
    assert slices(sync_all(account, watch)) == ["03-19 03-20", "03-08 03-08"]
    assert numbers(account) == expected_numbers(account)


def test_totals_that_could_not_be_read_hide_nothing_for_good(account: Connection, watch: Watch) -> None:
    restate(account, "08")
    change(account, errors=[{"kind": "misconfigured", "stream": "account_days"}])
    job = sync_all(account, watch)
    assert (job.status, slices(job)) == (SyncJob.Status.COMPLETED_WITH_FAILURES, ["03-19 03-20"])
    again = change(account, errors=[])
    retried = scheduler.retry_failed(job, now=watch.move(hours=1), trigger="user")
    drain(watch, jobs=[retried.pk])
    assert slices(retried) == []
    assert slices(sync_all(again, watch)) == ["03-19 03-20", "03-08 03-08"]
    assert numbers(account) == expected_numbers(account)


def test_what_was_cancelled_before_it_read_the_changed_days_goes_on(account: Connection, watch: Watch) -> None:
    restate(account, "08")
    job = enqueue(account, watch.now)
    for _ in range(3):  # the list and the totals
        run(claim(watch), watch)
    cancelling.cancel(job.pk, now=watch.now)
    job.refresh_from_db()
    resumed = scheduler.resume(job, now=watch.move(minutes=5), trigger="user").job
    drain(watch, jobs=[resumed.pk])
    watch.move(minutes=5)
    sync_all(account, watch)
    assert numbers(account) == expected_numbers(account)


def test_a_day_that_changes_while_it_is_read_is_read_once_more(account: Connection, watch: Watch) -> None:
    """Its totals were told before, so the next map differs."""
    restate(account, "08")
    job = enqueue(account, watch.now)
    for _ in range(4):
        run(claim(watch), watch)
    change(account, salt="another")
    watch.move(seconds=30)
    drain(watch, jobs=[job.pk])
    watch.move(hours=1)
    sync_all(account, watch)
    assert numbers(account) == expected_numbers(account)


def test_a_stream_that_was_switched_off_makes_up_for_it(account: Connection, watch: Watch) -> None:
    switched(account, "campaign_days", on=False)
    restate(account, "08")
    assert slices(sync_all(account, watch)) == []
    switched(account, "campaign_days", on=True)
    watch.move(hours=1)
    assert slices(sync_all(account, watch)) == ["03-19 03-20", "03-08 03-08"]
    assert numbers(account) == expected_numbers(account)


def test_where_nobody_reads_the_totals_each_day_is_read_that_they_would_tell_of(
    account: Connection, watch: Watch
) -> None:
    switched(account, "account_days", on=False)
    restate(account, "08")
    assert slices(sync_all(account, watch)) == ["03-14 03-20", "03-07 03-13"]
    assert campaigns(numbers(account)) == campaigns(expected_numbers(account))


def campaigns(rows: list[Any]) -> list[Any]:
    return [row for row in rows if row[0] == "campaign"]


def switched(connection: Connection, stream: str, *, on: bool) -> None:
    config = known_of(connection).config(stream)
    config.is_sync_enabled = on
    config.save()


def test_a_day_is_behind_when_its_total_is_newer_than_its_reading_or_was_never_read(account: Connection) -> None:
    def behind(since: date = FIRST_DAY) -> list[str]:
        found = TABLES["daily_metric"].behind(account.pk, "campaign_days", since)
        return [f"{day:%m-%d}" for day in found]

    assert behind() == []
    Coverage.objects.filter(stream="campaign_days", date=D("2026-03-09")).delete()
    read = Coverage.objects.get(stream="campaign_days", date=D("2026-03-15"))
    totals = DailyMetric.objects.filter(connection=account, level="account", date=read.date)
    totals.update(changed_at=read.fetched_at)
    assert behind() == ["03-09"]
    totals.update(changed_at=read.fetched_at + timedelta(microseconds=1))
    assert behind() == ["03-09", "03-15"]
    assert behind(since=D("2026-03-10")) == ["03-15"]
    assert TABLES["campaign"].behind(account.pk, "campaigns", FIRST_DAY) == []
