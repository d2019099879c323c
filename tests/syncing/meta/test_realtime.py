"""A realtime connection, tick by tick: within its calls, at an even pace, and no news is left unread.

REALTIME_HOURS=24 lets the first one watch a whole day.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from statistics import median
from typing import Any
from uuid import UUID

import pytest

from connections.models import Connection
from connections.sandbox.calls import busiest
from connections.sandbox.server import SandboxServer
from syncing import freshness, runner, scheduler
from syncing.models import ConnectionSync, SyncChunk
from tests.fixtures.engine import Impatience, sync
from tests.fixtures.sandbox import MetaConnection, SharedClock, account_of, stored_rows, true_rows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

HOURS = float(os.environ.get("REALTIME_HOURS", "1.5"))
TICK, SMART, DAY = timedelta(seconds=30), timedelta(minutes=5), timedelta(days=1)
LIMIT = 180
TOTALS, LEVELS = "account_metrics", {"campaign_metrics", "adset_metrics", "ad_metrics"}
SMALL: dict[str, Any] = {"campaigns": 2, "ad_sets": 4, "ads": 8}
AWKWARD = (
    172767227402653640689424813119816503804,  # the hourly reads two minutes before the daily ones
    273474540041573486623154268494675074451,  # three and a half minutes after them
    246994841215756501110536677316606758623,  # fourteen
)
"""Ids of connections whose moments lie so that large runs meet when the hour is nearly used up."""
STILL: dict[str, Any] = {**SMALL, "dense": True, "drift": False}


@dataclass(frozen=True)
class Tick:
    """news: of each stream that was read, whether it had any. dates: how many of the totals were read."""

    at: datetime
    calls: int
    news: dict[str, bool]
    dates: int


def realtime(connection: Connection, clock: SharedClock) -> Connection:
    """Read once by a person's wish, and on its own from then on."""
    assert sync(connection, clock).status == "completed"
    ConnectionSync.set_frequency(connection.pk, "realtime")
    scheduler.reschedule([connection.pk], clock.now)
    return connection


def watched(connection: Connection, sandbox: SandboxServer, clock: SharedClock, hours: float) -> list[Tick]:
    """Beat and a worker, every 30 seconds of the clock that product and stand-in share."""
    begin, ticks = clock.now, []
    for at in (begin + number * TICK for number in range(int(timedelta(hours=hours) / TICK))):
        clock.move(seconds=max(0.0, (at - clock.now).total_seconds()))
        before = len(calls(sandbox, connection))
        scheduler.enqueue_due(at, fast_only=(at - begin) % SMART != timedelta(0))
        runner.run_ready(until=at + timedelta(seconds=10), clock=clock, stop=Impatience(clock))
        ticks.append(tick(connection, at, len(calls(sandbox, connection)) - before))
    return ticks


def tick(connection: Connection, at: datetime, calls_made: int) -> Tick:
    news, dates = dict[str, bool](), 0
    ended = SyncChunk.objects.filter(connection=connection, finished_at__gte=at)
    for chunk in ended.order_by("pk"):
        assert chunk.status == "completed", (chunk.stream, chunk.error)
        changed = chunk.records_created + chunk.records_updated > 0
        news[chunk.stream] = news.get(chunk.stream, False) or changed
        if chunk.stream == TOTALS and chunk.start_date and chunk.end_date:
            dates += (chunk.end_date - chunk.start_date).days + 1
    return Tick(at, calls_made, news, dates)


def calls(sandbox: SandboxServer, connection: Connection) -> list[datetime]:
    """By the stand-in's own log."""
    return [call.at for call in sandbox.meta.calls.all(scope=account_of(connection))]


def pauses(ticks: Sequence[Tick]) -> list[float]:
    """Seconds from one look at the account's totals to the next."""
    looks = [each.at for each in ticks if TOTALS in each.news]
    return [(later - earlier).total_seconds() for earlier, later in pairwise(looks)]


def left_unread(ticks: Sequence[Tick]) -> list[datetime]:
    """Ticks whose totals had news of which some level was not read before the totals were read again."""
    found, owed = [], dict[str, datetime]()
    for each in ticks:
        if TOTALS in each.news:
            found += [at for level, at in owed.items() if level not in each.news]
            owed = {}
        owed = {level: at for level, at in owed.items() if level not in each.news}
        if each.news.get(TOTALS):
            owed |= {level: each.at for level in LEVELS if level not in each.news}
    return found


def to_just_before_the_night(connection: Connection, clock: SharedClock) -> datetime:
    """The moment of its daily reads. The clock then stands 50 minutes before."""
    night = freshness.next_due(clock.now + DAY, DAY, zone=connection.zone, seed=connection.pk.int)
    clock.move(seconds=(night - timedelta(minutes=50) - clock.now).total_seconds())
    return night


@pytest.mark.spec("A42")
@pytest.mark.parametrize("seed", AWKWARD)
def test_a_night_of_news_stays_within_the_calls_of_each_hour(
    seed: int, meta_connection: MetaConnection, sandbox: SandboxServer, clock: SharedClock, monkeypatch: Any
) -> None:
    monkeypatch.setattr(Connection._meta.pk, "_get_default", lambda: UUID(int=seed))
    connection = meta_connection("42", **SMALL)
    assert connection.pk.int == seed
    night = to_just_before_the_night(connection, clock)
    realtime(connection, clock)
    sandbox.meta.calls.clear()
    ticks = watched(connection, sandbox, clock, HOURS)
    made, between = calls(sandbox, connection), pauses(ticks)
    assert {call.status for call in sandbox.meta.calls.all()} == {200}
    assert 0.7 * LIMIT < busiest(made) <= LIMIT
    assert left_unread(ticks) == []
    assert any(night <= each.at and each.dates == 29 for each in ticks), "nothing was read daily"
    assert median(between) <= 120
    assert max(between) <= 600
    assert_true_once_it_stands_still(connection, sandbox, clock)


def assert_true_once_it_stands_still(connection: Connection, sandbox: SandboxServer, clock: SharedClock) -> None:
    """From here on the stand-in has no more news; what it had is read within some ticks."""
    now = sandbox.clock.now()
    for _ in range(20):
        clock.now += TICK
        scheduler.enqueue_due(clock.now)
        runner.run_ready(until=clock.now + timedelta(seconds=10), clock=clock, stop=Impatience(clock))
    sandbox.clock.freeze(now)
    today = now.astimezone(connection.zone).date()
    stored = {key: row for key, row in stored_rows(connection).items() if key[2] >= today - DAY}
    assert stored == true_rows(sandbox, connection, today - DAY, today)


@pytest.mark.spec("C6")
def test_an_account_without_news_costs_a_call_a_tick(
    meta_connection: MetaConnection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    """Also where lists and levels are read each hour, and over midnight, when a day more is there to be read."""
    connection = meta_connection("42", **STILL)
    midnight = datetime.combine(clock.now.astimezone(connection.zone).date() + DAY, time(), connection.zone)
    clock.move(seconds=(midnight - timedelta(minutes=35) - clock.now).total_seconds())
    realtime(connection, clock)
    sandbox.meta.calls.clear()
    ticks = watched(connection, sandbox, clock, 0.75)
    assert set(pauses(ticks)) == {TICK.total_seconds()}
    plain = [each for each in ticks if set(each.news) == {TOTALS}]
    assert len(plain) >= len(ticks) - 8
    assert {each.calls for each in plain if each.dates == 2} == {1}
    at_midnight = [each for each in ticks if midnight <= each.at <= midnight + 2 * TICK]
    assert sum(bool(each.news.get(TOTALS)) for each in at_midnight) == 1, "the new day"
    assert [each.at for each in plain if each.news[TOTALS] and each not in at_midnight] == []
    assert busiest(calls(sandbox, connection)) <= LIMIT
    assert left_unread(ticks) == []
