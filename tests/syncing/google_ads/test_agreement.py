"""What Google's campaigns spent is what the account did, to the micro; a hole is seen, and closed by reading again."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db.models import Sum
from django.test import Client
from django.urls import reverse

from connections.models import Connection, Membership
from connections.sandbox.server import SandboxServer
from projects.models import Campaign, DailyMetric
from projects.numbers.agreement import Agreement, Drift, agreements
from syncing.models import SyncJob
from syncing.templatetags.freshet import money
from tests.fixtures.engine import sync
from tests.fixtures.sandbox import SharedClock
from tests.projects.views.test_ads import said
from tests.syncing.google_ads.customer import connected, spent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

DAY = date(2026, 2, 3)
YESTERDAY = date(2026, 3, 11)


@pytest.fixture
def shop(clock: SharedClock) -> Connection:
    connection = connected(clock.now)
    assert sync(connection, clock, recent=True).status == SyncJob.Status.COMPLETED
    return connection


def agreement(connection: Connection, clock: SharedClock) -> Agreement:
    (found,) = agreements([connection], clock.now).values()
    return found


@pytest.mark.spec("A21")
def test_every_day_of_a_first_sync_adds_up(shop: Connection, clock: SharedClock) -> None:
    found = agreement(shop, clock)
    assert (found.days, found.drifts) == (90, ())
    assert spent(shop, "account") == spent(shop, "campaign") != spent(shop, "ad")


def test_a_hole_is_a_drift_of_that_day_until_it_is_read_again(shop: Connection, clock: SharedClock) -> None:
    row = DailyMetric.objects.filter(connection=shop, level="campaign", date=DAY, spend_micros__gt=0).latest("pk")
    row.delete()
    total = spent(shop, "account")[DAY]
    found = agreement(shop, clock)
    assert (found.days, found.drifts) == (90, (Drift(DAY, total, total - row.spend_micros),))
    clock.move(minutes=5)
    again = sync(shop, clock, "account_metrics", "campaign_metrics", since=DAY, until=DAY)
    assert again.status == SyncJob.Status.COMPLETED
    found = agreement(shop, clock)
    assert (found.days, found.drifts) == (90, ())


def test_a_row_that_nobody_sent_is_a_drift(shop: Connection, clock: SharedClock) -> None:
    DailyMetric.objects.filter(connection=shop, level="account", date=DAY).update(spend_micros=1)
    with pytest.raises(SystemExit) as ended:
        call_command("verify_coverage", str(shop.pk))
    assert ended.value.code == 1
    assert [drift.date for drift in agreement(shop, clock).drifts] == [DAY]


def test_a_total_that_was_restated_is_no_drift_before_its_day_is_read_again(
    shop: Connection, clock: SharedClock, sandbox: SandboxServer
) -> None:

    clock.move(minutes=5)
    sandbox.google_ads.customers[shop.external_account_id].restate(DAY)
    sync(shop, clock, "account_metrics", since=DAY, until=DAY)
    found = agreement(shop, clock)
    assert (found.days, found.drifts) == (89, ())
    clock.move(minutes=5)
    sync(shop, clock, "campaign_metrics", since=DAY, until=DAY)
    found = agreement(shop, clock)
    assert (found.days, found.drifts) == (90, ())


def test_what_a_campaign_without_ads_spent_is_shown_as_not_attributed(
    shop: Connection, alice: User, client: Client
) -> None:
    Membership.objects.create(user=alice, workspace=shop.workspace, role="owner")
    everywhere = Campaign.objects.get(connection=shop, name__endswith="(everywhere)")
    since = YESTERDAY - timedelta(days=29)
    days = DailyMetric.objects.filter(connection=shop, level="campaign", date__range=(since, YESTERDAY))
    theirs, whole = (
        rows.aggregate(Sum("spend_micros"))["spend_micros__sum"]
        for rows in (days.filter(external_id=everywhere.external_id), days)
    )
    assert 0 < theirs < whole
    client.force_login(alice)
    asked = {"connection": str(shop.pk), "period": "custom", "since": str(since), "until": str(YESTERDAY)}
    for level, words in (("ad_set", "ad sets"), ("ad", "ads")):
        page = said(client.get(reverse("ads"), {**asked, "level": level}).content.decode())
        assert (
            said(
                f"<strong>{money(theirs, 'USD')}</strong> of the {money(whole, 'USD')} that campaigns spent "
                f"is not attributed to {words}: campaigns without {words} of their own spend too."
            )
            in page
        )
