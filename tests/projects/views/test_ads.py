"""The page of the ads' numbers."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from connections.models import Connection, Membership, Workspace
from projects.models import AdSet, Campaign, DailyMetric
from tests.fixtures.ads import UNTIL, make_ad_sets, make_campaign, make_metric, read_days
from tests.fixtures.people import make_person
from tests.fixtures.synced import make_connection

SignIn = Callable[[User], Client]
MARCH = {"period": "custom", "since": "2025-03-01", "until": "2025-03-10"}


@pytest.fixture
def shop(workspace: Workspace) -> Connection:
    return make_connection(workspace, "Shop CH")


def page_of(client: Client, **asked: Any) -> str:
    answer = client.get(reverse("ads"), {**MARCH, **asked})
    assert answer.status_code == 200
    return said(answer.content.decode())


def said(page: str) -> str:
    return " ".join(page.replace("\u202f", "_").replace("\u00a0", "~").replace("&nbsp;", "~").split())


def rows_of(page: str) -> list[str]:
    """The rows of the table, its totals among them."""
    table = page.partition('<tbody role="rowgroup">')[2].partition("</tbody>")[0]
    return table.split("<tr ")[1:]


def cells(row: str) -> list[str]:
    return [cell.partition("</td>")[0] for cell in row.split('class="number" data-label="')[1:]]


def numbers(row: str) -> list[str]:
    return [cell.partition(">")[2] for cell in cells(row)]


def test_it_is_only_read(alice: User, shop: Connection, signed_in: SignIn) -> None:
    client = signed_in(alice)
    assert client.post(reverse("ads"), MARCH).status_code == 405
    assert client.head(reverse("ads"), MARCH).status_code == 200


def test_times_are_those_of_the_persons_workspace(alice: User, signed_in: SignIn) -> None:
    """Also before there is an account."""
    assert "Times are in C" in page_of(signed_in(alice))


# The numbers


def test_the_rates_are_those_of_the_sums_and_not_an_average(alice: User, shop: Connection, signed_in: SignIn) -> None:
    """900 of 10,000 clicked, then 1 of 100: 901 of 10,100 are 8.92 %, while the mean of 9 % and 1 % is 5 %."""
    make_metric(shop, "1", impressions=10_000, clicks=900, spend="450.00", conversions="9", revenue="1350.00")
    before = UNTIL - timedelta(days=1)
    make_metric(shop, "1", before, impressions=100, clicks=1, spend="0.50", conversions="0.5", revenue="0.15")
    total, row = rows_of(page_of(signed_in(alice)))
    assert numbers(row) == ["450.50", "10_100", "901", "8.92~%", "0.50", "9.5", "47.42", "1_350.15", "3.00"]
    assert numbers(total) == numbers(row)


def test_nothing_spent_has_no_rates(alice: User, shop: Connection, signed_in: SignIn) -> None:
    make_metric(shop, "1", impressions=5)
    assert numbers(rows_of(page_of(signed_in(alice)))[1]) == ["0.00", "5", "0", "0.00~%", "–", "0", "–", "0.00", "–"]


def test_currencies_are_never_added(alice: User, workspace: Workspace, shop: Connection, signed_in: SignIn) -> None:
    euros = make_connection(workspace, "Shop DE", currency="EUR")
    yen = make_connection(workspace, "Shop JP", currency="JPY")
    make_metric(shop, "1", spend="100.00", impressions=30)
    make_metric(euros, "1", spend="10.00", impressions=20)
    make_metric(yen, "1", spend="5000", impressions=10)
    page = page_of(signed_in(alice))
    chf, eur, jpy, *_ = rows_of(page)
    assert [numbers(row)[0] for row in (chf, eur, jpy)] == ["100.00", "10.00", "5_000"]
    assert page.index("CHF~100.00") < page.index("EUR~10.00") < page.index("JPY~5_000")
    assert "5_110" not in page
    assert "110.00" not in page


def test_a_row_without_a_currency_has_its_accounts(alice: User, shop: Connection, signed_in: SignIn) -> None:
    make_metric(shop, "1", spend="1.00", currency="")
    make_metric(shop, "2", spend="2.00")
    page = page_of(signed_in(alice))
    assert [numbers(row)[0] for row in rows_of(page)] == ["3.00", "2.00", "1.00"]
    assert '"unit": "CHF", "values": [null, null, null, null, null, null, null, null, null, 3.0]' in page


def test_days_that_nobody_has_read_are_counted(alice: User, shop: Connection, signed_in: SignIn) -> None:
    make_metric(shop, "1")
    read_days(shop, "campaign_metrics", date(2025, 3, 1), 7)
    page = page_of(signed_in(alice))
    assert "3 of 10 days are not read yet" in page
    assert page.count("not read yet</td>") == 2  # the third has numbers
    read_days(shop, "campaign_metrics", date(2025, 3, 8), 3)
    assert "not read yet" not in page_of(signed_in(alice))


def test_reach_is_never_added(alice: User, shop: Connection, signed_in: SignIn) -> None:
    for back in range(3):
        make_metric(shop, "1", UNTIL - timedelta(days=back), reach=70_000_001)
    page = page_of(signed_in(alice))
    assert "210_000_003" not in page
    assert "Reach" not in page


def test_the_two_clocks_are_those_of_the_days_asked_for(alice: User, shop: Connection, signed_in: SignIn) -> None:
    make_metric(shop, "1", hours_old=30)
    read_days(shop, "campaign_metrics", UNTIL, 1, hours_old=3)
    read_days(shop, "campaign_metrics", date(2025, 2, 28), 1, hours_old=2)
    page = page_of(signed_in(alice))
    assert page.index("<dt>checked</dt>") < page.index("3 hours ago") < page.index("<dt>changed</dt>")
    assert page.index("<dt>changed</dt>") < page.index("1 day ago")


def test_each_account_is_asked_for_the_days_of_its_own_time_zone(
    alice: User, workspace: Workspace, signed_in: SignIn
) -> None:
    """At 23:30 in London it is tomorrow in Auckland, and that day's numbers are already today's."""
    there = make_connection(workspace, "Auckland", timezone="Pacific/Auckland")
    here = make_connection(workspace, "London", timezone="Europe/London")
    for account in (there, here):
        make_metric(account, "1", date(2025, 3, 11), spend="1.00")
        make_metric(account, "1", date(2025, 3, 4), spend="20.00")
    with time_machine.travel("2025-03-10T23:30:00Z", tick=False):
        page = page_of(signed_in(alice), period="7")
    assert sorted(numbers(row)[0] for row in rows_of(page)) == ["1.00", "20.00", "21.00"]


# The rows


def test_one_walks_from_account_to_campaign_to_ad_set_to_ad(alice: User, shop: Connection, signed_in: SignIn) -> None:
    campaign = make_campaign(shop, "c1", "Winter sale")
    make_ad_sets(shop, campaign, "s1", "s2")
    for level, key in (("account", shop.external_account_id), ("campaign", "c1")):
        make_metric(shop, key, level=level)
    for key in ("s1", "s2"):
        make_metric(shop, key, level="ad_set", campaign_id="c1")
    make_metric(shop, "s9", level="ad_set", campaign_id="c9")
    make_metric(shop, "a1", level="ad", campaign_id="c1", ad_set_id="s1")
    make_metric(shop, "a2", level="ad", campaign_id="c1", ad_set_id="s2")
    client = signed_in(alice)
    page, seen = page_of(client, level="account"), []
    for _ in range(3):
        address = page.partition('class="row-title" href="')[2].partition('"')[0].replace("&amp;", "&")
        assert "since=2025-03-01" in address
        page = said(client.get(address).content.decode())
        seen.append([row.partition("<bdi>")[2].partition("</bdi>")[0] for row in rows_of(page)[1:]])
    assert seen == [["Winter sale"], ["Ad set s1", "Ad set s2"], ["a1"]]
    assert "Winter sale" in page.partition('aria-label="Where you are"')[2].partition("</nav>")[0]


def test_parents_that_are_missing_are_called_so(alice: User, shop: Connection, signed_in: SignIn) -> None:
    make_metric(shop, "a1", level="ad", campaign_id="c-unseen")
    row = rows_of(page_of(signed_in(alice), level="ad"))[1]
    assert "<bdi>c-unseen</bdi>" in row
    assert "ad set unknown" in row
    assert "its name is not known" in row


def test_a_parent_that_only_the_structure_knows_is_walked_into_too(
    alice: User, shop: Connection, signed_in: SignIn
) -> None:
    make_ad_sets(shop, make_campaign(shop, "c1", "Winter sale"), "s1", "s2")
    make_metric(shop, "s1", level="ad_set", campaign_id="")
    make_metric(shop, "s2", level="ad_set", campaign_id="c2")
    rows = rows_of(page_of(signed_in(alice), level="ad_set", campaign="c1"))
    assert [("Ad set s1" in row, "Ad set s2" in row) for row in rows] == [(False, False), (True, False)]


def test_the_name_is_looked_for_in_its_own_account(
    alice: User, workspace: Workspace, shop: Connection, signed_in: SignIn
) -> None:
    other = make_connection(workspace, "Shop DE")
    make_campaign(shop, "1", "Winter 100%_sale")
    make_campaign(other, "1", "Summer")
    for account, spend in ((shop, "7.00"), (other, "8.00")):
        make_metric(account, "1", spend=spend)
    client = signed_in(alice)
    assert [numbers(row)[0] for row in rows_of(page_of(client, q="wINTER"))] == ["7.00", "7.00"]
    assert len(rows_of(page_of(client, q="100%_"))) == 2
    assert rows_of(page_of(client, q="1%s")) == []
    assert len(rows_of(page_of(client, q="1"))) == 3  # a whole id finds it in both
    assert "Nothing of that name has numbers here" in page_of(client, q="autumn")


def test_an_account_is_found_by_name(alice: User, workspace: Workspace, shop: Connection, signed_in: SignIn) -> None:
    for account in (shop, make_connection(workspace, "Other")):
        make_metric(account, account.external_account_id, level="account")
    assert len(rows_of(page_of(signed_in(alice), level="account", q="shop"))) == 2


def test_asset_groups_are_offered_where_there_are_some(alice: User, shop: Connection, signed_in: SignIn) -> None:
    make_metric(shop, "1")
    assert "Asset groups" not in page_of(signed_in(alice))
    make_metric(shop, "g1", level="asset_group", campaign_id="1")
    assert "Asset groups" in page_of(signed_in(alice))
    assert "<bdi>g1</bdi>" in page_of(signed_in(alice), level="asset_group", campaign="1")


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("-spend", "cab"),
        ("spend", "bac"),
        ("-ctr", "bca"),
        ("ctr", "acb"),
        ("-cpc", "cab"),
        ("name", "bca"),
        ("-name", "acb"),
        ("status", "acb"),
        ("-conversions", "acb"),
    ],
)
def test_rows_are_sorted(sort: str, order: str, alice: User, shop: Connection, signed_in: SignIn) -> None:
    make_campaign(shop, "a", "Zebra", "ACTIVE")
    make_campaign(shop, "b", "antelope", "PAUSED")
    make_campaign(shop, "c", "Monkey", "CAMPAIGN_PAUSED")
    make_metric(shop, "a", impressions=100, clicks=10, spend="10.00", conversions="3")
    make_metric(shop, "b", impressions=3, clicks=3, spend="0.03", conversions="1")
    make_metric(shop, "c", impressions=1000, clicks=200, spend="1000.00", conversions="2")
    rows = rows_of(page_of(signed_in(alice), sort=sort))[1:]
    assert "".join(row.partition('<span class="row-note"><bdi>')[2][0] for row in rows) == order


def test_what_has_no_rate_stands_last_both_ways(alice: User, shop: Connection, signed_in: SignIn) -> None:
    make_metric(shop, "none", impressions=10)
    make_metric(shop, "some", clicks=2, spend="3.00")
    for sort in ("cpc", "-cpc"):
        rows = rows_of(page_of(signed_in(alice), sort=sort))[1:]
        assert [numbers(row)[4] for row in rows] == ["1.50", "–"]


def test_amounts_are_sorted_within_their_currency(
    alice: User, workspace: Workspace, shop: Connection, signed_in: SignIn
) -> None:
    yen = make_connection(workspace, "Shop JP", currency="JPY")
    make_metric(yen, "1", spend="5000")
    for key, spend in (("1", "7.00"), ("2", "9000.00")):
        make_metric(shop, key, spend=spend)
    rows = rows_of(page_of(signed_in(alice)))[2:]
    assert [numbers(row)[0] for row in rows] == ["9_000.00", "7.00", "5_000"]


def test_long_lists_come_in_pages(alice: User, shop: Connection, signed_in: SignIn) -> None:
    for number in range(60):
        make_metric(shop, f"c{number:02}", spend="1.00")
    client = signed_in(alice)
    first, second = page_of(client, sort="-name"), page_of(client, sort="-name", page="2")
    assert (len(rows_of(first)), len(rows_of(second))) == (51, 11)
    assert "51 to 60 of 60" in second
    assert numbers(rows_of(second)[0])[0] == "60.00"
    assert len(rows_of(page_of(client, page="99999999"))) == 11
    assert len(rows_of(page_of(client, page="x" * 5000))) == 51


# Who sees what


@pytest.mark.parametrize("role", Membership.Role.values)
def test_everybody_of_the_workspace_sees_it(
    role: str, workspace: Workspace, shop: Connection, signed_in: SignIn
) -> None:
    make_metric(shop, "Winter")
    assert "Winter" in page_of(signed_in(make_person("bob", workspace, role)))


def test_a_stranger_sees_nothing_of_it(charlie: User, shop: Connection, signed_in: SignIn) -> None:
    make_metric(shop, "Winter", spend="12.34")
    client = signed_in(charlie)
    page = page_of(client)
    assert "No account is connected yet" in page
    assert "Winter" not in page
    for pk in (shop.pk, uuid4()):
        for name in ("ads", "ads_csv"):
            assert client.get(reverse(name), {"connection": str(pk)}).status_code == 404


def test_what_a_stranger_holds_under_the_same_id_is_not_mixed_in(
    alice: User, shop: Connection, strange_workspace: Workspace, signed_in: SignIn
) -> None:
    strange = make_connection(strange_workspace, "Chocolates")
    make_campaign(strange, "1", "Truffles")
    make_metric(strange, "1", spend="9.00")
    make_metric(shop, "1", spend="1.00")
    page = page_of(signed_in(alice), campaign="1")
    assert "Truffles" not in page
    assert numbers(rows_of(page)[0])[0] == "1.00"


def test_who_is_not_signed_in_is_asked_to(client: Client, db: None) -> None:
    for name in ("ads", "ads_csv"):
        assert client.get(reverse(name)).headers["Location"].startswith("/sign-in/")


# What one may ask


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"level": "galaxy"}, "There is no such level"),
        ({"level": "x" * 10_000}, "There is no such level"),
        ({"period": "0"}, "There is no such period"),
        ({"connection": "1 OR 1=1"}, "There is no such account"),
        ({"sort": "-password"}, "There is no such column"),
        ({"bars": "__class__"}, "There is no such number"),
        ({"q": "a\x00b"}, "Null characters are not allowed"),
        ({"q": "x" * 10_000}, "The search is too long"),
        ({"campaign": "\x00"}, "Null characters are not allowed"),
        ({"campaign": "9" * 10_000}, "id is too long"),
        ({"since": "10000-01-01"}, "The first day is not a date"),
        ({"since": "yesterday"}, "The first day is not a date"),
        ({"until": "2025-02-30"}, "The last day is not a date"),
        ({"since": "2025-03-11"}, "The first day is after the last day"),
        ({"since": "0001-01-01", "until": "0001-01-01"}, "The first day is too long ago"),
        ({"since": "", "until": "0001-01-05"}, "The first day is too long ago"),
        ({"since": "2001-01-01"}, "three years at most"),
        ({"since": "9999-12-31", "until": "9999-12-31"}, "still to come"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_nonsense_gets_a_sentence(
    asked: dict[str, str], sentence: str, alice: User, shop: Connection, signed_in: SignIn
) -> None:
    make_metric(shop, "1")
    client = signed_in(alice)
    page = page_of(client, **asked)
    assert sentence in page
    assert "x" * 300 not in page
    file = client.get(reverse("ads_csv"), {**MARCH, **asked})
    assert (file.status_code, sentence in file.content.decode()) == (400, True)


def test_a_mistake_leaves_the_other_filters_as_they_were(
    alice: User, workspace: Workspace, shop: Connection, signed_in: SignIn
) -> None:
    make_connection(workspace, "Shop DE")
    page = page_of(signed_in(alice), since="2025-03-11", level="ad", q="winter", connection=str(shop.pk))
    for kept in (f'"{shop.pk}" selected', '"custom" selected', 'value="2025-03-11"', 'value="winter"', 'value="ad"'):
        assert kept in page


@pytest.mark.parametrize("period", ["7", "28", "90", "this_month", "last_month", "custom"])
def test_every_period_is_shown(period: str, alice: User, shop: Connection, signed_in: SignIn) -> None:
    assert signed_in(alice).get(reverse("ads"), {"period": period}).status_code == 200


def test_the_address_that_is_remembered_has_only_what_is_not_usual(
    alice: User, shop: Connection, signed_in: SignIn
) -> None:
    asked = {"connection": "", "period": "28", "since": "2025-01-01", "q": "a&b", "level": "ad", "sort": "-spend"}
    answer = signed_in(alice).get(reverse("ads"), asked)
    assert answer["HX-Push-Url"] == "/ads/?level=ad&q=a%26b"


def test_hostile_names_are_shown_as_they_are(alice: User, shop: Connection, signed_in: SignIn) -> None:
    Connection.objects.filter(pk=shop.pk).update(name="</script><script>alert(1)</script>", currency="</s")
    make_campaign(shop, "1", "<img src=x onerror=alert(1)>\u202eevil")
    make_metric(shop, "1", currency="</s")
    page = page_of(signed_in(alice))
    assert "<img src=x" not in page
    assert "<bdi>&lt;img src=x onerror=alert(1)&gt;" in page
    assert "<script>alert" not in page
    assert '"unit": "</s' not in page


def test_the_chart_carries_what_was_chosen(alice: User, shop: Connection, signed_in: SignIn) -> None:
    make_metric(shop, "1", impressions=200, clicks=3)
    read_days(shop, "campaign_metrics", date(2025, 3, 9), 2)
    page = page_of(signed_in(alice), bars="clicks", line="ctr", since="2025-03-08")
    assert '"dates": ["2025-03-08", "2025-03-09", "2025-03-10"]' in page
    assert '{"label": "Clicks", "unit": "", "values": [null, 0.0, 3.0]}' in page
    assert '{"label": "Click rate", "unit": "%", "values": [null, null, 1.5]}' in page


def test_empty_pages_say_what_to_do(alice: User, shop: Connection, signed_in: SignIn) -> None:
    client = signed_in(alice)
    assert "Not all of them have been read. Choose days that were read" in page_of(client)
    read_days(shop, "campaign_metrics", date(2025, 3, 1), 10)
    assert "Nothing ran on these days" in page_of(client)


def test_more_rows_take_no_more_queries(alice: User, workspace: Workspace, shop: Connection, signed_in: SignIn) -> None:
    client = signed_in(alice)

    def queries() -> int:
        with CaptureQueriesContext(database) as found:
            page_of(client, level="ad", connection=str(shop.pk))
            page_of(client, level="ad")
        return len(found)

    make_metric(shop, "a1", level="ad", campaign_id="c1", ad_set_id="s1")
    few = queries()
    for number in range(30):
        make_metric(shop, f"b{number}", level="ad", campaign_id=f"c{number}", ad_set_id=f"s{number}")
        make_metric(make_connection(workspace, f"Shop {number}"), "a1", level="ad", campaign_id="c1")
    assert queries() == few <= 2 * 15


def test_sums_are_exact_to_the_last_millionth(alice: User, shop: Connection, signed_in: SignIn) -> None:
    for back in range(10):
        make_metric(shop, "1", UNTIL - timedelta(days=back), conversions="0.1", spend="0.000001")
    DailyMetric.objects.filter(date=UNTIL).update(spend_micros=9_000_000_000_000_001)
    row = rows_of(page_of(signed_in(alice)))[1]
    assert (numbers(row)[0], numbers(row)[5]) == ("9_000_000_000.00", "1")
    assert Campaign.objects.count() == AdSet.objects.count() == 0
    assert Decimal(1) == sum((metric.conversions for metric in DailyMetric.objects.all()), Decimal(0))
