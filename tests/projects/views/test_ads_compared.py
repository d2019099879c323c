"""The page of the ads' numbers beside those of other days."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from connections.models import Connection, Workspace
from tests.fixtures.ads import UNTIL, make_campaign, make_metric, read_days
from tests.fixtures.synced import make_connection
from tests.projects.views.test_ads import MARCH, rows_of, said

SignIn = Callable[[User], Client]
LEDGER = "campaign_metrics"
A_YEAR_AGO = date(2024, 3, 10)


@pytest.fixture
def shop(workspace: Workspace) -> Connection:
    return make_connection(workspace, "Shop CH")


@pytest.fixture
def held(shop: Connection) -> Connection:
    """Both Marches have been read, each to the tenth."""
    read_days(shop, LEDGER, date(2025, 3, 1), 10)
    read_days(shop, LEDGER, date(2024, 3, 1), 10)
    return shop


def page_of(client: Client, **asked: Any) -> str:
    answer = client.get(reverse("ads"), {**MARCH, "compare": "year", **asked})
    assert answer.status_code == 200
    return said(answer.content.decode())


def plain(markup: str) -> str:
    """Without its tags."""
    return " ".join(re.sub("<[^>]*>", " ", markup).split())


def card(page: str, label: str) -> str:
    """What the totals say of one number."""
    return plain(page.partition(f"<dt>{label}</dt> <dd>")[2].partition("</dd>")[0])


def cell(row: str, label: str) -> str:
    return plain(row.partition(f'data-label="{label}"')[2].partition(">")[2].partition("</td>")[0])


def chart_of(page: str) -> str:
    return page.partition('<script id="daily-numbers"')[2].partition("</script>")[0]


# The numbers and their differences


def test_without_a_choice_nothing_is_compared_and_the_choice_is_offered(
    alice: User, held: Connection, signed_in: SignIn
) -> None:
    make_metric(held, "1", spend="150.00")
    make_metric(held, "1", A_YEAR_AGO, spend="100.00")
    page = page_of(signed_in(alice), compare="")
    assert "ads-change" not in page
    assert '"before"' not in chart_of(page)
    assert 'compare=year">last year</a>' in page


@pytest.mark.spec("C41")
def test_the_same_dates_of_last_year_stand_beside(alice: User, held: Connection, signed_in: SignIn) -> None:
    make_metric(held, "1", spend="150.00", clicks=50, impressions=2000, conversions="3")
    make_metric(held, "1", A_YEAR_AGO, spend="100.00", clicks=20, impressions=1000, conversions="4")
    make_metric(held, "1", date(2024, 3, 11), spend="9999.00")
    page = page_of(signed_in(alice))
    assert card(page, "Spend") == "CHF~150.00 +50~% more +CHF~50.00 from 100.00"
    assert card(page, "Clicks") == "50 +150~% better +30 from 20"
    assert card(page, "Cost per click") == "CHF~3.00 −40~% better −CHF~2.00 from 5.00"
    assert card(page, "Conversions") == "3 −25~% worse −1 from 4"
    assert card(page, "Click rate") == "2.50~% +25~% better +0.50 points from 2.00~%"
    assert "beside 1 to 10 Mar 2024" in page
    assert "Every day is compared: 1 to 10 Mar 2025 beside 1 to 10 Mar 2024." in page
    total, row = rows_of(page)
    assert cell(row, "Spend") == cell(total, "Spend") == "150.00 +50~% from~100.00"
    assert cell(row, "CPC") == "3.00 −40~% better from~5.00"


def test_the_days_before_stand_beside(alice: User, shop: Connection, signed_in: SignIn) -> None:
    read_days(shop, LEDGER, date(2025, 2, 19), 20)
    make_metric(shop, "1", spend="150.00")
    make_metric(shop, "1", date(2025, 2, 28), spend="100.00")
    make_metric(shop, "1", date(2025, 2, 18), spend="9999.00")
    page = page_of(signed_in(alice), compare="before")
    assert card(page, "Spend") == "CHF~150.00 +50~% more +CHF~50.00 from 100.00"
    assert "beside 19 to 28 Feb 2025" in page


def test_nothing_before_is_new_and_nothing_now_is_less(alice: User, held: Connection, signed_in: SignIn) -> None:
    make_campaign(held, "gone", "Summer")
    make_metric(held, "new", clicks=2, spend="3.00")
    make_metric(held, "gone", A_YEAR_AGO, clicks=5, spend="4.00")
    page = page_of(signed_in(alice))
    _, new, gone = rows_of(page)
    assert (cell(new, "Clicks"), cell(new, "CPC"), cell(new, "Revenue")) == ("2 new", "1.50 new", "0.00 no change")
    assert (cell(gone, "Clicks"), cell(gone, "CPC")) == ("0 −100~% worse from~5", "– none now from~0.80")
    assert ("Summer" in gone, "only on the days before" in gone, "only on the days before" in new) == (
        True,
        True,
        False,
    )
    assert "2 campaigns" in page
    assert "Infinity" not in page


def test_the_rows_add_up_to_their_total(alice: User, held: Connection, signed_in: SignIn) -> None:
    for key, now, before in (("1", "10.00", "30.00"), ("2", "20.00", "0"), ("3", "0", "50.00")):
        make_metric(held, key, spend=now)
        make_metric(held, key, A_YEAR_AGO, spend=before)
    total, *rows = rows_of(page_of(signed_in(alice)))
    assert cell(total, "Spend") == "30.00 −62.5~% from~80.00"
    assert [cell(row, "Spend") for row in rows] == ["20.00 new", "10.00 −66.7~% from~30.00", "0.00 −100~% from~50.00"]


# How much of it is known


def test_days_that_were_never_read_are_not_compared_and_said(alice: User, shop: Connection, signed_in: SignIn) -> None:
    """Last year's tenth was not read: this year's 900 of that day would look like growth."""
    read_days(shop, LEDGER, date(2025, 3, 1), 10)
    read_days(shop, LEDGER, date(2024, 3, 1), 9)
    make_metric(shop, "1", date(2025, 3, 9), spend="100.00")
    make_metric(shop, "1", UNTIL, spend="900.00")
    make_metric(shop, "1", date(2024, 3, 9), spend="80.00")
    page = page_of(signed_in(alice))
    assert card(page, "Spend") == "CHF~1_000 +25~% more +CHF~20.00 from 80.00 to 100.00"
    assert "Differences are of the 9 of 10 days that both periods have" in page
    assert "1 of 10 days of last year’s period was never read" in page
    assert cell(rows_of(page)[1], "Spend") == "1_000.00 +25~% from~80.00 to~100.00"


def test_where_nothing_of_last_year_was_read_there_is_no_difference(
    alice: User, shop: Connection, signed_in: SignIn
) -> None:
    read_days(shop, LEDGER, date(2025, 3, 1), 10)
    make_metric(shop, "1", spend="900.00")
    page = page_of(signed_in(alice))
    assert card(page, "Spend") == "CHF~900.00"
    assert "Nothing is compared: none of the 10 days of last year’s period was ever read" in page
    assert "ads-change" not in page
    assert '"before"' not in chart_of(page)


def test_today_is_not_compared(alice: User, held: Connection, signed_in: SignIn) -> None:
    make_metric(held, "1", date(2025, 3, 9), clicks=6)
    make_metric(held, "1", UNTIL, clicks=1)
    make_metric(held, "1", date(2024, 3, 9), clicks=3)
    make_metric(held, "1", A_YEAR_AGO, clicks=50)
    with time_machine.travel("2025-03-10T12:00:00Z", tick=False):
        page = page_of(signed_in(alice))
    assert card(page, "Clicks") == "7 +100~% better +3 from 3 to 6"
    assert "Today is not over." in page


def test_29_february_stands_alone(alice: User, shop: Connection, signed_in: SignIn) -> None:
    read_days(shop, LEDGER, date(2024, 2, 26), 7)
    read_days(shop, LEDGER, date(2023, 2, 26), 7)
    make_metric(shop, "1", date(2024, 2, 29), clicks=1000)
    make_metric(shop, "1", date(2024, 3, 1), clicks=4)
    make_metric(shop, "1", date(2023, 3, 1), clicks=2)
    page = page_of(signed_in(alice), since="2024-02-26", until="2024-03-03")
    assert card(page, "Clicks") == "1_004 +100~% better +2 from 2 to 4"
    assert "29 February has no such date last year." in page
    alone = page_of(signed_in(alice), since="2024-02-29", until="2024-02-29")
    assert "Nothing is compared: the two periods share no day" in alone


def test_an_account_without_a_last_year_is_not_growth(
    alice: User, workspace: Workspace, held: Connection, signed_in: SignIn
) -> None:
    young = make_connection(workspace, "Shop AT")
    read_days(young, LEDGER, date(2025, 3, 1), 10)
    for account in (held, young):
        make_metric(account, "1", spend="500.00")
    make_metric(held, "1", A_YEAR_AGO, spend="400.00")
    page = page_of(signed_in(alice))
    assert card(page, "Spend") == "CHF~1_000 +25~% more +CHF~100.00 from 400.00 to 500.00"
    assert "Of 1 of 2 accounts these are not all that are shown" in page
    assert sorted(cell(row, "Spend") for row in rows_of(page)[1:]) == ["500.00", "500.00 +25~% from~400.00"]
    assert '"values": [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, null]' in chart_of(page).partition('"before"')[2]


def test_currencies_are_never_compared(alice: User, held: Connection, signed_in: SignIn) -> None:
    make_metric(held, "1", spend="10.00", currency="CHF")
    make_metric(held, "1", A_YEAR_AGO, spend="40.00", currency="EUR")
    page = page_of(signed_in(alice))
    chf, eur, *rows = rows_of(page)
    assert (cell(chf, "Spend"), cell(eur, "Spend")) == ("10.00 new", "0.00 −100~% from~40.00")
    assert [cell(row, "Spend") for row in rows] == ["10.00 new", "0.00 −100~% from~40.00"]


def test_a_search_holds_for_both_periods(alice: User, held: Connection, signed_in: SignIn) -> None:
    make_campaign(held, "1", "Winter")
    for key in ("1", "2"):
        make_metric(held, key, clicks=3)
        make_metric(held, key, A_YEAR_AGO, clicks=2)
    page = page_of(signed_in(alice), q="winter", sort="-clicks")
    assert card(page, "Clicks") == "3 +50~% better +1 from 2"
    assert 'value="year" selected' in page
    assert "compare=year" in page.partition('aria-label="Level"')[2].partition("</nav>")[0]


def test_accounts_in_another_month_already_are_compared_with_their_own_days(
    alice: User, workspace: Workspace, signed_in: SignIn
) -> None:
    """Here it is still 28 February, there 2 March: its month is two days long, and stands beside two days."""
    here = make_connection(workspace, "Baker Island", timezone="Etc/GMT+12")
    there = make_connection(workspace, "Christmas Island", timezone="Pacific/Kiritimati")
    for account in (here, there):
        read_days(account, LEDGER, date(2025, 1, 1), 61)
    for account, day, clicks in (
        (here, date(2025, 2, 27), 30),
        (here, date(2025, 1, 30), 20),
        (here, date(2025, 1, 31), 500),
        (there, date(2025, 3, 1), 3),
        (there, date(2025, 2, 27), 2),
    ):
        make_metric(account, "1", day, clicks=clicks)
    with time_machine.travel("2025-03-01T11:00:00Z", tick=False):
        page = page_of(signed_in(alice), period="this_month", compare="before", bars="clicks")
    assert card(page, "Clicks") == "33 +50~% better +11 from 22"
    before = chart_of(page).partition('"before"')[2]
    assert '"2025-01-30", null, "2025-02-27", null]' in before
    assert "0.0, 20.0, null, 2.0, null]" in before


# The chart, the months, the filter


def test_the_chart_has_both_aligned_by_day(alice: User, held: Connection, signed_in: SignIn) -> None:
    make_metric(held, "1", clicks=5)
    make_metric(held, "1", A_YEAR_AGO, clicks=3)
    chart = chart_of(page_of(signed_in(alice), bars="clicks", since="2025-03-09"))
    now, _, before = chart.partition('"before"')
    assert '"label": "Clicks", "unit": "", "values": [0.0, 5.0]' in now
    assert '"dates": ["2024-03-09", "2024-03-10"]' in before
    assert '"label": "Clicks", "unit": "", "values": [0.0, 3.0]' in before


def test_a_long_range_is_told_by_month(alice: User, shop: Connection, signed_in: SignIn) -> None:
    read_days(shop, LEDGER, date(2024, 1, 1), 500)
    for month, now, before in ((1, 10, 20), (2, 30, 30), (3, 5, 0)):
        make_metric(shop, "1", date(2025, month, 3), clicks=now)
        make_metric(shop, "1", date(2024, month, 3), clicks=before)
    asked = {"since": "2025-01-01", "until": "2025-03-15"}
    page = page_of(signed_in(alice), **asked)
    table = page.partition('aria-label="Table of months"')[2].partition("</table>")[0]
    march, february, january = table.partition("<tbody")[2].split("<tr ")[1:]
    assert ("March 2025" in march, "15 days" in march, cell(march, "Clicks")) == (True, True, "5 new")
    assert cell(february, "Clicks") == "30 no change from~30"
    assert cell(january, "Clicks") == "10 −50~% worse from~20"
    assert "Table of months" not in page_of(signed_in(alice), **asked, compare="before")
    assert "Table of months" not in page_of(signed_in(alice))


def test_an_unknown_comparison_gets_a_sentence(alice: User, held: Connection, signed_in: SignIn) -> None:
    assert "There is no such comparison" in page_of(signed_in(alice), compare="galaxy")


def test_the_address_remembers_the_comparison(alice: User, held: Connection, signed_in: SignIn) -> None:
    client = signed_in(alice)
    assert client.get(reverse("ads"), {"compare": "year"})["HX-Push-Url"] == "/ads/?compare=year"
    assert client.get(reverse("ads"), {"compare": "none"})["HX-Push-Url"] == "/ads/"


def test_what_a_stranger_holds_is_not_compared_with(
    alice: User, held: Connection, strange_workspace: Workspace, signed_in: SignIn
) -> None:
    strange = make_connection(strange_workspace, "Chocolates")
    read_days(strange, LEDGER, date(2024, 3, 1), 10)
    make_metric(held, "1", clicks=2)
    make_metric(strange, "1", A_YEAR_AGO, clicks=4)
    assert card(page_of(signed_in(alice)), "Clicks") == "2 new"


@pytest.mark.parametrize("compare", ["before", "year"])
def test_more_rows_and_days_take_no_more_queries(
    compare: str, alice: User, workspace: Workspace, shop: Connection, signed_in: SignIn
) -> None:
    client = signed_in(alice)

    def queries() -> int:
        with CaptureQueriesContext(database) as found:
            page_of(client, since="2024-03-01", compare=compare)
        return len(found)

    read_days(shop, LEDGER, date(2022, 1, 1), 1200)
    make_metric(shop, "a")
    make_metric(shop, "a", A_YEAR_AGO)
    few = queries()
    for number in range(30):
        other = make_connection(workspace, f"Shop {number}")
        read_days(other, LEDGER, date(2022, 1, 1) + timedelta(days=number), 1170)
        make_metric(other, f"b{number}", UNTIL - timedelta(days=number))
        make_metric(other, f"b{number}", A_YEAR_AGO - timedelta(days=number))
    assert queries() == few <= 22
