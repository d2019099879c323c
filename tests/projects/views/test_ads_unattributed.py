"""What campaigns spent and no ad set or ad did, on the page of the ads' numbers."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from connections.models import Connection, Workspace
from tests.fixtures.ads import UNTIL, make_ad_sets, make_campaign, make_metric, read_days
from tests.fixtures.synced import make_connection
from tests.projects.views.test_ads import SignIn, page_of

LEVELS = {"campaign": "campaign_metrics", "ad_set": "adset_metrics", "ad": "ad_metrics"}


def told(client: Client, **asked: str) -> list[str]:
    """What the page says is not attributed."""
    page = page_of(client, **asked)
    notes = re.findall(r'<p class="ads-read">.*?</p>', page)
    found = [" ".join(re.sub(r"<[^>]+>", " ", note).split()) for note in notes if "not attributed" in note]
    return [note.replace("~", " ") for note in found]


def read(connection: Connection, *levels: str, days: int = 10) -> None:
    for level in levels or LEVELS:
        read_days(connection, LEVELS[level], UNTIL - timedelta(days=9), days)


def spend(connection: Connection, everywhere: str = "120") -> None:
    """One campaign with an ad set with an ad, and one without any."""
    made = make_campaign(connection, "c1", "Brand")
    make_campaign(connection, "c2", "Everywhere")
    make_ad_sets(connection, made, "s1")
    make_metric(connection, "c1", spend="880", campaign_id="c1")
    make_metric(connection, "c2", spend=everywhere, campaign_id="c2")
    make_metric(connection, "s1", level="ad_set", spend="880", campaign_id="c1", ad_set_id="s1")
    make_metric(connection, "a1", level="ad", spend="870", campaign_id="c1", ad_set_id="s1")


@pytest.fixture
def shop(workspace: Workspace) -> Connection:
    made = make_connection(workspace, "Shop CH", provider="google_ads")
    spend(made)
    read(made)
    return made


def test_what_no_ad_spent_is_said_at_their_levels(alice: User, shop: Connection, signed_in: SignIn) -> None:
    client, here = signed_in(alice), str(shop.pk)
    (note,) = told(client, connection=here, level="ad_set")
    assert note == (
        "CHF 120.00 of the CHF 1_000.00 that campaigns spent is not attributed to ad sets: "
        "campaigns without ad sets of their own spend too. Show the campaigns"
    )
    assert told(client, connection=here, level="ad")[0].startswith("CHF 130.00 of the CHF 1_000.00 that campaigns ")
    for level in ("campaign", "account"):
        assert told(client, connection=here, level=level) == []


def test_inside_of_a_campaign_or_an_ad_set_it_is_of_these(alice: User, shop: Connection, signed_in: SignIn) -> None:
    client, here = signed_in(alice), str(shop.pk)
    assert told(client, connection=here, level="ad", campaign="c1") == [
        "CHF 10.00 of the CHF 880.00 that this campaign spent is not attributed to ads. Show the campaign"
    ]
    assert told(client, connection=here, level="ad", campaign="c1", ad_set="s1") == [
        "CHF 10.00 of the CHF 880.00 that this ad set spent is not attributed to ads. Show the ad set"
    ]
    assert told(client, connection=here, level="ad_set", campaign="c1") == []
    assert told(client, connection=here, level="ad_set", ad_set="s1") == []


def test_a_campaign_without_ads_says_where_its_money_is(alice: User, shop: Connection, signed_in: SignIn) -> None:
    client = signed_in(alice)
    asked = {"connection": str(shop.pk), "level": "ad_set", "campaign": "c2"}
    assert told(client, **asked) == [
        "CHF 120.00 of the CHF 120.00 that this campaign spent is not attributed to ad sets. Show the campaign"
    ]
    page = page_of(client, **asked)
    assert "Nothing of this is attributed to ad sets" in page
    assert "Nothing ran on these days" not in page


def test_only_days_that_are_read_at_both_levels_count(alice: User, workspace: Workspace, signed_in: SignIn) -> None:
    made = make_connection(workspace, "Half", provider="google_ads")
    spend(made)
    read(made, "campaign")
    read(made, "ad_set", days=9)
    client, here = signed_in(alice), str(made.pk)
    assert told(client, connection=here, level="ad_set") == []
    make_metric(made, "c2", UNTIL - timedelta(days=1), spend="7")
    assert told(client, connection=here, level="ad_set")[0].startswith("CHF 7.00 of the CHF 7.00 ")
    assert told(client, connection=here, level="ad") == []


def test_today_still_moves(alice: User, shop: Connection, signed_in: SignIn) -> None:
    make_metric(shop, "c2", UNTIL - timedelta(days=1), spend="5")
    client, here = signed_in(alice), str(shop.pk)
    with time_machine.travel(f"{UNTIL}T12:00:00Z", tick=False):
        (note,) = told(client, connection=here, level="ad_set", period="7")
    assert note.startswith("CHF 5.00 of the CHF 5.00 that campaigns spent until yesterday is not attributed")


def test_nothing_is_said_where_it_is_not_known(alice: User, workspace: Workspace, signed_in: SignIn) -> None:
    """Of a source that does not declare what its campaigns add up to, of a search, and where nothing is left."""
    other = make_connection(workspace, "Other", provider="meta")
    whole = make_connection(workspace, "Whole", provider="google_ads")
    for each in (other, whole):
        spend(each, "120" if each == other else "0")
        read(each)
    client = signed_in(alice)
    assert told(client, connection=str(other.pk), level="ad_set") == []
    assert told(client, connection=str(whole.pk), level="ad_set") == []
    assert told(client, connection=str(whole.pk), level="ad", q="a1") == []
    assert len(told(client, connection=str(whole.pk), level="ad")) == 1


def test_of_several_accounts_each_currency_is_said(
    alice: User, shop: Connection, workspace: Workspace, signed_in: SignIn
) -> None:
    for name, currency in (("Shop DE", "EUR"), ("Shop AT", "EUR")):
        made = make_connection(workspace, name, provider="google_ads", currency=currency)
        spend(made)
        read(made)
    spend(make_connection(workspace, "Other", provider="meta"))
    assert [note.partition(" spent")[0] for note in told(signed_in(alice), level="ad_set")] == [
        "CHF 120.00 of the CHF 1_000.00 that campaigns of 1 account",
        "EUR 240.00 of the EUR 2_000.00 that campaigns of 2 accounts",
    ]
