"""Google keeps daily numbers for 37 months: history goes back so far, also where it had to wait, and no further."""

from datetime import date, timedelta

import pytest

from connections.models import Connection
from connections.providers.google_ads.sandbox.world import SHOP
from connections.sandbox.server import SandboxServer
from projects.models import Coverage
from syncing.models import SyncJob
from tests.fixtures.engine import sync, telemetry
from tests.fixtures.sandbox import SharedClock
from tests.syncing.google_ads.customer import connected, operations, pass_time, spent, stored, true

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

KEPT_SINCE, YESTERDAY = date(2023, 2, 13), date(2026, 3, 11)


@pytest.fixture
def shop(sandbox: SandboxServer, clock: SharedClock) -> Connection:
    """Opened long before what Google still has of it. Its recent days are read."""
    sandbox.google_ads.customers[SHOP].change(campaigns=2, groups=1, ads=1)
    sandbox.google_ads.customers[SHOP].opened = date(2019, 5, 1)
    connection = connected(clock.now)
    assert sync(connection, clock, recent=True).status == SyncJob.Status.COMPLETED
    return connection


def history(shop: Connection) -> SyncJob:
    return SyncJob.objects.get(connection=shop, sync_phase=SyncJob.Phase.HISTORICAL_BACKFILL)


def test_history_has_no_gap_in_37_months(shop: Connection, sandbox: SandboxServer, clock: SharedClock) -> None:
    pass_time(clock, minutes=30)
    assert (history(shop).status, history(shop).error) == (SyncJob.Status.COMPLETED, "")
    assert min(each.since for each in operations(sandbox) if each.since) == str(KEPT_SINCE)
    assert stored(shop, date.min, YESTERDAY) == true(sandbox, SHOP, KEPT_SINCE, YESTERDAY)
    assert spent(shop, "campaign") == spent(shop, "account")
    days = (YESTERDAY - KEPT_SINCE).days + 1
    for stream in ("account_metrics", "campaign_metrics", "adset_metrics", "ad_metrics"):
        assert Coverage.objects.filter(connection=shop, stream=stream, date__lte=YESTERDAY).count() == days
    assert telemetry(shop).phase_2_completed_at


def test_history_that_had_to_wait_loses_no_more_than_google_has_let_go_of(
    shop: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    Connection.objects.update(paused=True)
    pass_time(clock, days=3)
    Connection.objects.update(paused=False)
    pass_time(clock, minutes=30)
    assert (history(shop).status, history(shop).error) == (SyncJob.Status.COMPLETED, "")
    kept_since = KEPT_SINCE + timedelta(days=3)
    assert stored(shop, date.min, YESTERDAY) == true(sandbox, SHOP, kept_since, YESTERDAY)
    assert telemetry(shop).phase_2_completed_at


def test_days_that_google_no_longer_has_are_refused_in_words(shop: Connection, clock: SharedClock) -> None:
    job = sync(shop, clock, "campaign_metrics", since=date(2022, 5, 1), until=date(2022, 5, 9))
    assert job.status == SyncJob.Status.FAILED
    assert job.error == "Google Ads keeps daily numbers for 37 months only."
    assert job.remedy == "Choose a later first date, then sync again."
