"""A tick of a realtime connection: one operation while nothing has changed, and the levels at once when it has."""

from datetime import date, timedelta

import pytest

from connections.models import Connection
from connections.providers.google_ads.sandbox.world import SHOP
from connections.sandbox.server import SandboxServer
from projects.models import DailyMetric
from syncing import runner, scheduler
from syncing.models import ConnectionSync, SyncJob
from tests.fixtures.engine import sync
from tests.fixtures.sandbox import SharedClock
from tests.syncing.google_ads.customer import Haste, Operation, connected, operations, same_ids

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

OPENED, TODAY = date(2026, 3, 1), date(2026, 3, 12)
LEVELS = {"campaign", "ad_group", "ad_group_ad"}


@pytest.fixture
def shop(sandbox: SandboxServer, clock: SharedClock, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """Read by hand an hour ago, and in realtime from now on. Slower reads are due 28 and 58 minutes after the hour."""
    same_ids(monkeypatch)
    sandbox.google_ads.customers[SHOP].opened = OPENED
    connection = connected(clock.now)
    Connection.objects.update(opened_date=OPENED)  # nothing is before
    assert sync(connection, clock, recent=True).status == SyncJob.Status.COMPLETED
    ConnectionSync.set_frequency(connection.pk, "realtime")
    scheduler.reschedule([connection.pk], clock.now)
    clock.move(hours=1)
    tick(clock)  # what is read once an hour, and what that has changed
    tick(clock)
    return connection


def tick(clock: SharedClock) -> None:
    """The clock of the stand-in stands still, or it would have news each minute."""
    clock.now += timedelta(minutes=2)
    scheduler.enqueue_due(clock.now, fast_only=True)
    runner.run_ready(until=clock.now + timedelta(seconds=30), clock=clock, stop=Haste(clock))


@pytest.mark.spec("A21", "A43")
def test_a_tick_without_news_is_one_operation(shop: Connection, sandbox: SandboxServer, clock: SharedClock) -> None:
    sandbox.google_ads.calls.clear()
    for _ in range(4):
        before = len(operations(sandbox))
        tick(clock)
        assert operations(sandbox)[before:] == [Operation("customer", "2026-03-11", "2026-03-12")]


@pytest.mark.spec("A21")
def test_news_of_today_are_followed_by_all_levels_at_once(
    shop: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    sandbox.google_ads.calls.clear()
    sandbox.clock.freeze(clock.now + timedelta(hours=1))
    before = stored_today(shop)
    tick(clock)
    tick(clock)
    asked = operations(sandbox)
    assert asked[0].resource == "customer"
    assert {each.resource for each in asked} == {"customer", *LEVELS}
    assert {each.since for each in asked} == {"2026-03-11"}
    after = stored_today(shop)
    assert after["campaign"] == after["account"] > before["account"]
    assert after["ad"] == after["ad_set"] > before["ad"]
    sandbox.google_ads.calls.clear()
    tick(clock)
    assert [each.resource for each in operations(sandbox)] == ["customer"]


def stored_today(shop: Connection) -> dict[str, int]:
    found: dict[str, int] = {}
    for level, micros in DailyMetric.objects.filter(connection=shop, date=TODAY).values_list("level", "spend_micros"):
        found[level] = found.get(level, 0) + micros
    return found
