"""A week in which much goes wrong: what is stored afterwards is what Google holds, to the micro and on every level."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from connections.accounts import connect
from connections.models import Connection
from connections.providers.google_ads.sandbox.world import SHOP
from connections.sandbox.server import SandboxServer
from projects.models import Coverage
from syncing import planner, scheduler
from syncing.models import ConnectionSync, SyncChunk, SyncJob
from tests.fixtures.engine import sync
from tests.fixtures.sandbox import SharedClock
from tests.syncing.google_ads.customer import connected, pass_time, same_ids, spent, stored, true

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

OPENED, FIRST_NIGHT = date(2026, 2, 1), date(2026, 3, 13)
NEW_LOGIN = "sandbox-login.1110001110.adwords.renewed"
LEVELS = {"account_metrics", "campaign_metrics", "adset_metrics", "ad_metrics"}


@pytest.fixture
def shop(sandbox: SandboxServer, clock: SharedClock, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """Read once, and every night from then on. Its answers come in many messages."""
    same_ids(monkeypatch)
    sandbox.google_ads.customers[SHOP].opened = OPENED
    connection = connected(clock.now)
    Connection.objects.update(opened_date=OPENED)  # nothing is before
    sandbox.google_ads.rows_a_message = 7
    assert sync(connection, clock, recent=True).status == SyncJob.Status.COMPLETED
    paced(connection, clock, ConnectionSync.Frequency.DAILY)
    return connection


def paced(connection: Connection, clock: SharedClock, frequency: ConnectionSync.Frequency) -> None:
    ConnectionSync.set_frequency(connection.pk, frequency)
    scheduler.reschedule([connection.pk], clock.now)


def restate(sandbox: SandboxServer, *days_ago: int) -> None:
    shop = sandbox.google_ads.customers[SHOP]
    today = shop.today(sandbox.clock.now())
    shop.restate(*(today - timedelta(days=back) for back in days_ago))


def lose_a_worker(clock: SharedClock) -> None:
    """It takes the next chunk in hand, and is never heard of again."""
    while not (chunk := SyncChunk.claim_next(clock.now)):
        scheduler.enqueue_due(clock.now)
        clock.move(minutes=20)
    assert chunk.lease_token


def sign_in_again(connection: Connection, clock: SharedClock) -> None:
    connect(
        connection.workspace,
        "google_ads",
        connection.external_account_id,
        {"refresh_token": NEW_LOGIN},
        now=clock.now,
    )


Fault = dict[str, Any]
BREAKS: Fault = {"kind": "error", "status": "UNAVAILABLE", "after": 2, "probability": 0.4, "seed": 5}
INTERNAL: Fault = {"kind": "error", "error": "internal_error.INTERNAL_ERROR", "after": 1, "probability": 0.4, "seed": 2}
DOWN: Fault = {"kind": "error", "status": "UNAVAILABLE"}
LIMIT: Fault = {"kind": "error", "error": "quota_error.RESOURCE_EXHAUSTED", "seconds": 9_000, "after": 1, "nth": [6]}
NEWER: Fault = {"kind": "extra_field"}


@pytest.mark.spec("A21")
def test_after_a_week_of_mishaps_all_is_as_google_has_it(
    shop: Connection, sandbox: SandboxServer, clock: SharedClock
) -> None:
    google, day = sandbox.google_ads, partial(pass_time, clock, days=1)
    fired: list[int] = []

    def weather(*faults: Fault, then: Callable[[], None] = day) -> None:
        google.faults.add(*faults)
        then()
        fired.extend(rule.fired for rule in google.faults.rules)
        google.faults.clear()

    weather(BREAKS)
    restate(sandbox, 2, 3, 17, 30)
    weather(INTERNAL)
    restate(sandbox, 5, 6, 7, 17)
    weather(LIMIT)
    restate(sandbox, 9)
    google.logins.revoke()
    day()
    assert Connection.objects.get(pk=shop.pk).credential.needs_reconnect
    restate(sandbox, 1, 2, 11)
    sign_in_again(shop, clock)
    lose_a_worker(clock)
    weather(NEWER)
    restate(sandbox, 4, 20)
    weather(DOWN)
    assert SyncJob.objects.filter(connection=shop).latest("created_at").status == SyncJob.Status.FAILED
    paced(shop, clock, ConnectionSync.Frequency.HALF_HOURLY)
    weather(BREAKS, INTERNAL, then=partial(pass_time, clock, hours=2))
    restate(sandbox, 1, 13)
    paced(shop, clock, ConnectionSync.Frequency.DAILY)
    day()
    day()
    assert all(fired), "something did not go wrong, so nothing was shown"

    last = google.customers[SHOP].today(clock.now) - timedelta(days=1)
    assert last >= FIRST_NIGHT + timedelta(days=6)
    assert stored(shop, OPENED, last) == true(sandbox, SHOP, OPENED, last)
    days = planner.days(OPENED, last)
    campaigns, account = spent(shop, "campaign"), spent(shop, "account")
    assert [campaigns[each] for each in days] == [account[each] for each in days]
    assert min(account.values()) > 0
    for stream in LEVELS:
        covered = Coverage.objects.filter(connection=shop, stream=stream, date__range=(OPENED, last))
        assert covered.count() == len(days)
