"""Google restates some of the last 90 days: one operation tells which, and only those are read again."""

from datetime import date, datetime, time, timedelta

import pytest

from connections.models import Connection
from connections.sandbox.server import SandboxServer
from projects.models import Change, DailyMetric
from syncing import scheduler
from syncing.models import ConnectionSync, SyncJob
from tests.fixtures.engine import sync
from tests.fixtures.sandbox import SharedClock
from tests.syncing.google_ads.customer import Operation, connected, operations, pass_time, stored, true

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

SHOP = "2220002220"
THREE = (date(2025, 12, 24), date(2026, 2, 3), date(2026, 3, 9))
LEVELS = {"campaign", "ad_group", "ad_group_ad"}


@pytest.fixture
def shop(clock: SharedClock) -> Connection:
    """Read once, and every night from then on."""
    connection = connected(clock.now)
    assert sync(connection, clock, recent=True).status == SyncJob.Status.COMPLETED
    ConnectionSync.set_frequency(connection.pk, "daily")
    scheduler.reschedule([connection.pk], clock.now)
    return connection


def test_the_first_sync_reads_no_day_twice(shop: Connection, sandbox: SandboxServer) -> None:
    asked = [each for each in operations(sandbox) if each.since]
    assert sorted(each for each in asked if each.since != each.until) == sorted(
        Operation(resource, "2025-12-12", "2026-03-12") for resource in ("customer", *LEVELS)
    )


@pytest.mark.spec("A21")
def test_a_night_asks_once_for_the_map_and_for_the_three_days_that_differ(
    shop: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    pass_time(clock, days=1)
    sandbox.google_ads.calls.clear()
    Change.objects.all().delete()
    sandbox.google_ads.customers[SHOP].restate(*THREE)
    pass_time(clock, days=1)
    asked = operations(sandbox)
    (the_map,) = [each for each in asked if each.resource == "customer"]
    assert (the_map.since, the_map.until) == ("2025-12-14", "2026-03-14")
    pulls = [each for each in asked if each.resource in LEVELS and each.since and each.since < "2026-03-13"]
    assert sorted(pulls) == sorted(Operation(level, str(day), str(day)) for level in LEVELS for day in THREE)
    changed = Change.objects.filter(connection=shop, date__lt="2026-03-12").exclude(field="actions")
    assert {each.date for each in changed} == set(THREE)
    assert {each.field for each in changed} == {"spend_micros", "conversions", "revenue_micros"}
    rows = DailyMetric.objects.filter(connection=shop, date__in=THREE)
    assert {(f"{row.level}/{row.external_id}", row.date, str(row.spend_micros)) for row in rows} == {
        (each.key, each.date, each.after) for each in changed.filter(field="spend_micros")
    }


def test_where_nothing_was_restated_the_map_is_all_that_is_asked_of_older_days(
    shop: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    pass_time(clock, days=1)
    sandbox.google_ads.calls.clear()
    pass_time(clock, days=1)
    older = [each for each in operations(sandbox) if each.since and each.since < "2026-03-13"]
    assert [each.resource for each in older] == ["customer"]


def test_days_end_where_the_account_is(sandbox: SandboxServer, clock: SharedClock) -> None:
    """Read every half hour over a midnight there, with restated days on both of its sides."""
    customer = sandbox.google_ads.customers[SHOP]
    customer.change(time_zone="Pacific/Auckland")
    customer.opened = date(2026, 3, 1)
    connection = connected(clock.now)
    Connection.objects.update(opened_date=customer.opened)  # nothing is before
    assert sync(connection, clock, recent=True).status == SyncJob.Status.COMPLETED
    ConnectionSync.set_frequency(connection.pk, "30min")
    scheduler.reschedule([connection.pk], clock.now)
    midnight = datetime.combine(customer.today(clock.now) + timedelta(days=1), time(), connection.zone)
    clock.move(seconds=(midnight - clock.now).total_seconds() - 2_000)
    customer.restate(date(2026, 3, 4))
    pass_time(clock, minutes=65)
    customer.restate(date(2026, 3, 5), date(2026, 3, 8))
    pass_time(clock, hours=7)  # past the night, in which the map is read
    yesterday = customer.today(clock.now) - timedelta(days=1)
    assert yesterday == midnight.date() - timedelta(days=1)
    assert stored(connection, date.min, yesterday) == true(sandbox, SHOP, customer.opened, yesterday)
